//! Random tables, gradients and settings with everything that makes trees disagree.

use learners::histogram::{GradientPair, GrowPolicy, Params};
use ndarray::Array2;

pub(crate) use crate::random::Random;

impl Random {
    pub(crate) fn share(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1 << 24) as f32
    }
    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Data {
    pub(crate) x: Array2<f32>,
    pub(crate) gradients: Vec<GradientPair>,
}

impl Data {
    /// Gradients are small fractions of powers of two, so that float64 sums of them are exact. Columns have
    /// few values or many, and some miss values. Some rows weigh nothing.
    pub(crate) fn random(r: &mut Random, n_rows: usize, n_features: usize) -> Self {
        let mut x = Array2::zeros((n_rows, n_features));
        for mut column in x.columns_mut() {
            let (values, missing) = (r.pick(&[2, 5, 30, 4_000]), r.pick(&[0, 0, 3, 10]));
            for x in &mut column {
                *x = match missing != 0 && r.once_in(missing) {
                    true => f32::NAN,
                    false => r.below(values) as f32 - 1.0,
                };
            }
        }
        let (constant, weighted) = (r.once_in(3), r.once_in(3));
        let gradients = (0..n_rows)
            .map(|_| {
                let w = if weighted {
                    r.below(4) as f32 / 2.0
                } else {
                    1.0
                };
                let h = if constant {
                    1.0
                } else {
                    (1 + r.below(32)) as f32 / 32.0
                };
                GradientPair {
                    g: w * (r.below(65) as f32 - 32.0) / 32.0,
                    h: w * h,
                }
            })
            .collect();
        Self { x, gradients }
    }

    /// Row `i` of the answer is row `order[i]`.
    pub(crate) fn reordered(&self, order: &[u32]) -> Self {
        let of = |(row, feature)| self.x[(order[row] as usize, feature)];
        Self {
            x: Array2::from_shape_fn((order.len(), self.x.ncols()), of),
            gradients: order
                .iter()
                .map(|&row| self.gradients[row as usize])
                .collect(),
        }
    }
}

/// Without column sampling, which the naive grower doesn't know.
pub(crate) fn params(r: &mut Random, n_features: usize) -> Params {
    let mut params = Params {
        max_depth: r.pick(&[0, 1, 3, 6]),
        max_leaves: r.pick(&[0, 0, 2, 7, 31]),
        grow_policy: r.pick(&[GrowPolicy::Depthwise, GrowPolicy::Lossguide]),
        min_child_weight: r.pick(&[0.0, 1.0, 1.0, 5.5]),
        lambda: r.pick(&[0.0, 1.0, 3.0]),
        alpha: r.pick(&[0.0, 0.0, 0.75]),
        gamma: r.pick(&[0.0, 0.0, 0.5]),
        max_delta_step: r.pick(&[0.0, 0.0, 0.25]),
        eta: r.pick(&[1.0, 0.3]),
        seed: r.next(),
        ..Params::default()
    };
    if r.once_in(3) {
        params.monotone_constraints = (0..n_features).map(|_| r.pick(&[-1, 0, 1])).collect();
    }
    if r.once_in(3) {
        let set = |r: &mut Random| (0..n_features as u32).filter(|_| r.once_in(2)).collect();
        params.interaction_constraints = vec![set(r), set(r)];
    }
    params
}
