//! A node of the packed forest.

use std::fmt::Debug;

/// A branch with its threshold, or a leaf; with one sum a row, the value of a leaf is its weight.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot<T, L> {
    pub(super) value: T,
    pub(super) link: L,
}

/// A node's feature and first child, in as few bytes as the forest allows.
pub(in crate::forest) trait Link: Copy + Debug {
    const MAX_FEATURE: u32;
    const MAX_CHILD: u32;
    fn branch(feature: u32, missing_first: bool, child: u32) -> Self;
    fn leaf(slot: u32) -> Self;
    fn feature(self) -> usize;
    fn child(self) -> u32;
    /// 1 for a branch, 0 for a leaf.
    fn is_branch(self) -> u32;
    /// Whether a missing value goes to the first child.
    fn missing_first(self) -> bool;
}

macro_rules! link {
    ($name:ident, $type:ty, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Copy, Debug)]
        pub(in crate::forest) struct $name {
            child: $type,
            /// The highest bit is set in a branch, the next one if a missing value goes first.
            feature: $type,
        }

        impl $name {
            const BRANCH: u32 = <$type>::BITS - 1;
            const MISSING: u32 = <$type>::BITS - 2;
        }

        impl Link for $name {
            const MAX_FEATURE: u32 = (1 << Self::MISSING) - 1;
            const MAX_CHILD: u32 = <$type>::MAX as u32;

            fn branch(feature: u32, missing_first: bool, child: u32) -> Self {
                let flags = 1 << Self::BRANCH | <$type>::from(missing_first) << Self::MISSING;
                Self {
                    child: child as $type,
                    feature: feature as $type | flags,
                }
            }

            fn leaf(slot: u32) -> Self {
                Self {
                    child: slot as $type,
                    feature: 0,
                }
            }

            #[inline(always)]
            fn feature(self) -> usize {
                (self.feature & Self::MAX_FEATURE as $type) as usize
            }

            #[inline(always)]
            fn child(self) -> u32 {
                self.child as u32
            }

            #[inline(always)]
            fn is_branch(self) -> u32 {
                (self.feature >> Self::BRANCH) as u32
            }

            #[inline(always)]
            fn missing_first(self) -> bool {
                self.feature & (1 << Self::MISSING) != 0
            }
        }
    };
}

link!(
    Narrow,
    u16,
    "Up to 65,536 nodes a tree and 16,384 features: with float32, 8 bytes a node."
);
link!(Wide, u32, "Any forest: with float32, 12 bytes a node.");
