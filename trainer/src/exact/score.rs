//! How good a split is: the criteria, each as a running state that rows are moved through.
//!
//! A scorer starts with all of a node's rows on the right; rows are pushed to the left one by one,
//! and between two values the split is scored. All state is in whole numbers, so a score depends on
//! which rows are where and not on the order in which they came, and a better score is better by
//! exact comparison wherever whole numbers of 128 bits hold it.

mod entropy;
mod gini;
mod ratio;

pub(super) use entropy::{Entropy, Logs};
pub(super) use gini::{Gini, GiniBinary, GiniWide};

use std::sync::Arc;

use super::totals::Totals;

/// What scorers are made from.
pub(super) struct Basis {
    pub(super) n_classes: usize,
    /// For [`Entropy`].
    pub(super) logs: Arc<Logs>,
}

pub(super) trait Scorer: Send + Sync {
    /// A split's value; larger is better.
    type Score: Copy + Send + Sync;

    /// What changes with every row; it stays in registers while a column is scanned, as it would not
    /// inside the scorer itself.
    type Running: Copy;

    /// Scores of different features may be compared within one scan: "better" is transitive.
    const EXACT: bool;

    fn new(basis: &Basis) -> Self;

    /// Prepares for a node.
    fn enter(&mut self, totals: &Totals);

    /// Puts all rows to the right. Only splits better than `best` will be taken.
    fn start(&mut self, totals: &Totals, best: Option<Self::Score>) -> Self::Running;

    /// Moves a row from the right to the left.
    fn push(&mut self, running: &mut Self::Running, class: usize, weight: u64);

    /// Moves `count` rows of weight 1, `second` of them of the second class, if no split on the way
    /// can be promising; says whether it did.
    #[inline(always)]
    fn skip(
        &self,
        _running: &mut Self::Running,
        _count: usize,
        _second: impl FnOnce() -> usize,
    ) -> bool {
        false
    }

    /// Whether this split may be better than the best one so far: a quick test without false
    /// negatives.
    fn is_promising(&self, running: &Self::Running) -> bool;

    /// The exact test: makes this split the best one if it is.
    fn improve(&self, running: &mut Self::Running) -> bool;

    /// The best split's score.
    fn best(running: Self::Running) -> Option<Self::Score>;

    /// Weight on the left, in units.
    fn left_weight(running: &Self::Running) -> u64;

    /// Whether `new` is better than `old`.
    fn is_better(new: Self::Score, old: Self::Score) -> bool;
}
