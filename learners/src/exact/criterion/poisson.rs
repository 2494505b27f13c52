//! Poisson deviance.
//!
//! The best split has the largest `L·ln(L/l) + R·ln(R/r)`, where `l` and `r` are the weights on the two
//! sides and `L` and `R` the weighted sums of their numbers, both above 0.

use super::inexact::{Proxy, Sides};

/// Scores that differ by less than this are equal. A score is the gain over the node's sum.
const SAME: f64 = 1e-14;

pub(crate) enum Poisson {}

impl Proxy for Poisson {
    const CENTRED: bool = false;

    fn score(sides: &Sides) -> f64 {
        let (all, weight) = (sides.sum as f64, (sides.left + sides.right) as f64);
        let side = |sum: i128, of: u64| {
            let share = sum as f64 / all;
            share * (share / (of as f64 / weight)).ln()
        };
        side(sides.left_sum, sides.left) + side(sides.sum - sides.left_sum, sides.right)
    }

    #[inline(always)]
    fn is_defined(sides: &Sides) -> bool {
        0 < sides.left_sum && sides.left_sum < sides.sum
    }

    fn is_better(new: f64, old: f64) -> bool {
        new > old + SAME
    }
}
