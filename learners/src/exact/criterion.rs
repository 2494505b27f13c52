//! How good a split is: the criteria, each with a running state that changes as rows move.
//!
//! A criterion starts with all of a node's rows on the right. Rows are pushed to the left one by one,
//! and between two values the split is scored. All state is in whole numbers, so a score depends on
//! which rows are on which side and not on the order in which they came, and scores are compared exactly
//! as long as whole numbers of 128 bits hold them.

mod entropy;
mod gini;
mod ratio;

mod inexact;
mod poisson;
mod squared;

pub(super) use entropy::{Entropy, Logs};
pub(super) use gini::{Gini, GiniBinary, GiniWide};
pub(super) use squared::Squared;

pub(super) type SquaredWide = inexact::Inexact<squared::Wide>;
pub(super) type Poisson = inexact::Inexact<poisson::Poisson>;

use std::sync::Arc;

use super::totals::{Measure, Target};

/// What every criterion is made from.
pub(super) struct Basis {
    pub(super) measure: Measure,
    pub(super) n_classes: usize,
    /// For [`Entropy`].
    pub(super) logs: Arc<Logs>,
}

/// A measure of splits.
pub(super) trait Criterion: Send + Sync {
    /// What is learnt about a row.
    type Target: Target;

    /// A split's value; larger is better.
    type Score: Copy + Send + Sync;

    /// The state that changes with every row. It is apart from the criterion so that it stays in
    /// registers while a column is scanned.
    type Running: Copy;

    /// Whether scores are compared exactly, so that "better" is transitive. Then the best score of earlier
    /// features can rule out splits while a feature is scanned.
    const EXACT: bool;

    fn new(basis: &Basis) -> Self;

    /// Prepares for a node.
    fn enter(&mut self, totals: &<Self::Target as Target>::Totals);

    /// Puts all rows to the right. Only splits better than `best` will be taken.
    fn start(
        &mut self,
        totals: &<Self::Target as Target>::Totals,
        best: Option<Self::Score>,
    ) -> Self::Running;

    /// Moves a row from the right to the left.
    fn push(&mut self, running: &mut Self::Running, target: Self::Target, weight: u64);

    /// Moves `count` rows of weight 1, `second` of them of the second class, if no split on the way
    /// can be promising; returns whether it did.
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
