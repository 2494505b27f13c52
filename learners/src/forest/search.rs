//! The best split of a node by some features: by histograms of bins, between all values, or at a random threshold.

mod histogram;
mod random;
mod sorted;

pub(super) use histogram::Histogram;
pub(super) use random::Random;
pub(super) use sorted::Sorted;

use super::{
    Draws,
    block::{Cut, Row, Value, View},
    response::Response,
};

/// What each side of a split needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) min_samples_leaf: usize,
    pub(super) min_weight_leaf: f64,
}

/// The best split so far.
#[derive(Clone, Debug)]
pub(super) struct Best<V, S> {
    /// The sum of both sides' scores.
    pub(super) score: f64,
    pub(super) feature: u32,
    pub(super) cut: Cut<V>,
    /// Whether a row of the node misses the feature.
    pub(super) has_missing: bool,
    /// The sums of the rows that go left.
    pub(super) left: S,
}

/// A node that a split is looked for.
pub(super) struct Looked<'a, R: Response> {
    pub(super) response: &'a R,
    pub(super) rows: &'a [Row<R::Y>],
    pub(super) totals: &'a R::Sums,
    pub(super) limits: &'a Limits,
}

/// A way to look for splits.
pub(super) trait Search<R: Response>: Send {
    type Value: Value;

    /// Looks for a split by one of these features that is better than `best`; returns whether one of them has two
    /// values in the node.
    fn search(
        &mut self,
        at: &Looked<'_, R>,
        features: &[u32],
        columns: View<'_, Self::Value>,
        draws: &mut Draws,
        best: &mut Option<Best<Self::Value, R::Sums>>,
    ) -> bool;
}

impl<R: Response> Looked<'_, R> {
    /// The score of both sides, unless one is too small.
    #[inline(always)]
    fn score(&self, left: &R::Sums, right: &R::Sums, n_left: usize) -> Option<f64> {
        let least = self.limits.min_samples_leaf;
        if n_left < least || self.rows.len() - n_left < least {
            return None;
        }
        if self.limits.min_weight_leaf > 0.0 {
            let weight = |sums| self.response.weight(sums);
            if weight(left).min(weight(right)) < self.limits.min_weight_leaf {
                return None;
            }
        }
        Some(self.response.scores(left, right))
    }
}

fn worst<V, S>(best: &Option<Best<V, S>>) -> f64 {
    best.as_ref().map_or(f64::NEG_INFINITY, |best| best.score)
}
