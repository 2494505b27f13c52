//! A set of leaves of a tree, a bit each.

use std::{fmt::Debug, hash::Hash};

pub(in crate::forest) trait Mask: Copy + Debug + Eq + Hash {
    const ALL: Self;
    fn and(self, other: Self) -> Self;
    /// The lowest leaf of the set, which is not empty.
    fn first(self) -> usize;
    /// All leaves but those from `start` to below `end`.
    fn without(start: usize, end: usize) -> Self;
}

macro_rules! mask {
    ($type:ty) => {
        impl Mask for $type {
            const ALL: Self = <$type>::MAX;

            #[inline(always)]
            fn and(self, other: Self) -> Self {
                self & other
            }

            #[inline(always)]
            fn first(self) -> usize {
                self.trailing_zeros() as usize
            }

            fn without(start: usize, end: usize) -> Self {
                (start..end).fold(Self::ALL, |mask, leaf| mask & !(1 << leaf))
            }
        }
    };
}

mask!(u32);
mask!(u64);
