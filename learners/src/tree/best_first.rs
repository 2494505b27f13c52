//! The order in which a tree grows best-first.

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
};

/// Improvements are compared in steps of 2^-44 of the root's impurity: two ways to compute the same number
/// may differ in a double's last bits.
const STEPS: f64 = (1u64 << 44) as f64;

/// Nodes that may be split, the most worthwhile first. Of equal improvements the lowest number is first.
pub(crate) struct BestFirst<T> {
    open: BinaryHeap<Open<T>>,
    /// Steps in 1.
    steps: f64,
}

struct Open<T> {
    /// In steps.
    improvement: i64,
    number: Reverse<usize>,
    item: T,
}

impl<T> BestFirst<T> {
    /// No nodes. `root_impurity` is the most that an improvement can be.
    pub(crate) fn new(root_impurity: f64) -> Self {
        let steps = STEPS / root_impurity;
        Self {
            open: BinaryHeap::new(),
            steps: if steps.is_finite() { steps } else { 0.0 },
        }
    }

    /// Adds the node `number`. `improvement` is how much its split lowers the impurity of the whole tree.
    pub(crate) fn push(&mut self, improvement: f64, number: usize, item: T) {
        self.open.push(Open {
            improvement: (improvement * self.steps).round() as i64,
            number: Reverse(number),
            item,
        });
    }

    /// Takes the node that is split next: its number and its item.
    pub(crate) fn pop(&mut self) -> Option<(usize, T)> {
        let open = self.open.pop()?;
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
