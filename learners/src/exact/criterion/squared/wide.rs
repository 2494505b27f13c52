//! Squared error of weights that [`Squared`](super::Squared) has no room for.

use super::super::inexact::{Proxy, Sides};

/// Scores that differ by less than this share are equal.
const SAME: f64 = 1e-14;

pub(crate) enum Wide {}

impl Proxy for Wide {
    const CENTRED: bool = true;

    fn score(sides: &Sides) -> f64 {
        let (left, right) = (sides.left_sum as f64, (sides.sum - sides.left_sum) as f64);
        left * left / sides.left as f64 + right * right / sides.right as f64
    }

    fn is_better(new: f64, old: f64) -> bool {
        new > old * (1.0 + SAME)
    }
}
