//! The order in which a tree grows best-first.

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
};

/// Improvements are compared in steps of 2^-44: two ways to compute the same number may differ in a
/// double's last bits.
const STEPS: f64 = (1u64 << 44) as f64;

/// Nodes that may be split, the most worthwhile first. Of equal improvements the lowest number is first.
pub(crate) struct BestFirst<T>(BinaryHeap<Open<T>>);

struct Open<T> {
    /// In steps.
    improvement: i64,
    number: Reverse<usize>,
    item: T,
}

impl<T> BestFirst<T> {
    /// No nodes.
    pub(crate) fn new() -> Self {
        Self(BinaryHeap::new())
    }

    /// Adds the node `number`. `improvement` is how much its split lowers the impurity of the whole tree.
    pub(crate) fn push(&mut self, improvement: f64, number: usize, item: T) {
        self.0.push(Open {
            improvement: (improvement * STEPS).round() as i64,
            number: Reverse(number),
            item,
        });
    }

    /// Takes the node that is split next: its number and its item.
    pub(crate) fn pop(&mut self) -> Option<(usize, T)> {
        let open = self.0.pop()?;
        Some((open.number.0, open.item))
    }
}

impl<T> Open<T> {
    fn rank(&self) -> (i64, Reverse<usize>) {
        (self.improvement, self.number)
    }
}

impl<T> Ord for Open<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl<T> PartialOrd for Open<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Open<T> {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl<T> Eq for Open<T> {}
