//! The hyperparameters resolved against one data set, and the rules that follow from them alone.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use ndarray::ArrayView2;

use super::{
    criterion::Basis,
    params::Params,
    weights::{NARROW, Weights},
};
use crate::parameters;

/// Impurities and improvements up to this are 0: the double's epsilon, as in scikit-learn.
const EPSILON: f64 = f64::EPSILON;

/// What every part of the engine needs to know, and nothing that changes while the tree grows.
pub(super) struct Plan<'a> {
    pub(super) records: ArrayView2<'a, f32>,
    pub(super) basis: Basis,
    /// Rows that each side of a split needs.
    pub(super) min_samples_leaf: usize,
    /// Weight in units that each side of a split needs.
    pub(super) min_weight_leaf: f64,
    /// Features that a node looks at; `None`: all.
    pub(super) max_features: Option<usize>,
    pub(super) random_state: u64,
    /// What a unit of weight weighs.
    pub(super) unit: f64,
    /// Weight of all rows in units.
    total: u64,
    max_depth: usize,
    min_samples_split: usize,
    min_impurity_decrease: f64,
    progress: Option<Arc<AtomicUsize>>,
}

impl<'a> Plan<'a> {
    pub(super) fn new<C>(
        params: &Params<C>,
        records: ArrayView2<'a, f32>,
        basis: Basis,
        weights: &Weights,
    ) -> Self {
        // As in scikit-learn, fractions are of all rows, those without weight included.
        let n_rows = records.nrows();
        let n_features = records.ncols();
        let min_samples_leaf = parameters::rows(params.min_samples_leaf, n_rows).max(1);
        let min_samples_split = parameters::rows(params.min_samples_split, n_rows).max(2);
        let max_features = params.max_features.map(|m| m.resolve(n_features));
        if let Some(progress) = &params.progress {
            progress.store(0, Ordering::Relaxed);
        }
        Self {
            records,
            basis,
            min_samples_leaf,
            min_weight_leaf: params.min_weight_fraction_leaf * weights.total as f64,
            max_features: max_features.filter(|&m| m < n_features),
            random_state: params.random_state,
            unit: weights.unit,
            total: weights.total,
            max_depth: params.max_depth.unwrap_or(usize::MAX),
            min_samples_split: min_samples_split.max(min_samples_leaf.saturating_mul(2)),
            min_impurity_decrease: params.min_impurity_decrease,
            progress: params.progress.clone(),
        }
    }

    /// Whether a node can't be split whatever its features say.
    pub(super) fn is_leaf(&self, depth: usize, rows: usize, weight: u64, impurity: f64) -> bool {
        depth >= self.max_depth
            || rows < self.min_samples_split
            || (weight as f64) < 2.0 * self.min_weight_leaf
            || impurity <= EPSILON
    }

    /// How much a split lowers the impurity of the whole tree; the sides' and the node's weights in
    /// units, each with its impurity. No split raises it: what seems to be below 0 is rounding.
    pub(super) fn improvement(&self, node: (u64, f64), left: (u64, f64), right: (u64, f64)) -> f64 {
        let all = node.0 as f64;
        let after = left.0 as f64 / all * left.1 + right.0 as f64 / all * right.1;
        (all / self.total as f64 * (node.1 - after)).max(0.0)
    }

    /// Whether a split lowers the impurity by enough.
    pub(super) fn is_enough(&self, improvement: f64) -> bool {
        improvement + EPSILON >= self.min_impurity_decrease
    }

    /// Whether `a` is more weight than `b`, both in units and together of `rows` rows. If the whole weight
    /// is many units, each row's weight may have been rounded by up to half a unit; weights that were
    /// equal before rounding must stay equal.
    pub(super) fn is_heavier(&self, a: u64, b: u64, rows: usize) -> bool {
        let slack = if self.total < NARROW { 0 } else { rows as u64 };
        a > b + slack
    }

    /// Counts `rows` more rows as settled in leaves, for whoever watches.
    pub(super) fn settled(&self, rows: usize) {
        if let Some(progress) = &self.progress {
            progress.fetch_add(rows, Ordering::Relaxed);
        }
    }
}

/// The largest float32 that is at most the midpoint of two values, `below` being the smaller one.
///
/// scikit-learn keeps the midpoint as a float64; a float32 row is on the same side of both.
pub(crate) fn threshold(below: f32, above: f32) -> f32 {
    let midpoint = f64::from(below) / 2.0 + f64::from(above) / 2.0;
    let nearest = midpoint as f32;
    if f64::from(nearest) > midpoint {
        nearest.next_down()
    } else {
        nearest
    }
}

#[cfg(test)]
mod tests {
    use super::threshold;

    #[test]
    fn the_threshold_lies_between_any_two_values() {
        let next = |x: f32| x.next_up();
        for (below, above) in [
            (1.0, next(1.0)),
            (next(1.0), next(next(1.0))),
            (-1e-45, 0.0),
            (0.0, 1e-45),
            (f32::MIN, f32::MAX),
            (next(f32::MIN), f32::MAX),
            (f32::MAX.next_down(), f32::MAX),
            (0.1, 0.3),
        ] {
            let t = threshold(below, above);
            assert!(below <= t && t < above, "{below} {t} {above}");
            let midpoint = (f64::from(below) + f64::from(above)) / 2.0;
            assert!(f64::from(t) <= midpoint && f64::from(next(t)) > midpoint);
        }
        assert_eq!(threshold(1.0, 2.0), 1.5);
    }
}
