//! Poisson deviance.
//!
//! The best split has the largest `L·ln(L/l) + R·ln(R/r)`, where `l` and `r` are the weights on the two
//! sides and `L` and `R` the weighted sums of their numbers, both above 0 (scikit-learn's
//! `proxy_impurity_improvement`). Sums are exact; scores are floats, and two that hardly differ are equal.

use super::{
    super::totals::{Number, NumberTotals, Totals},
    Basis, Criterion,
};

/// Scores that differ by less than this are equal. A score is the gain over the node's sum.
const SAME: f64 = 1e-14;

pub(crate) struct Poisson {
    weight: u64,
    sum: i128,
}

#[derive(Clone, Copy)]
pub(crate) struct Running {
    left: u64,
    right: u64,
    left_sum: i128,
    /// Of both sides.
    sum: i128,
    best: Option<f64>,
}

impl Running {
    /// Treats left and right alike, so that mirrored splits score the same.
    fn score(&self) -> f64 {
        let (all, weight) = (self.sum as f64, (self.left + self.right) as f64);
        let side = |sum: i128, of: u64| {
            let share = sum as f64 / all;
            share * (share / (of as f64 / weight)).ln()
        };
        side(self.left_sum, self.left) + side(self.sum - self.left_sum, self.right)
    }
}

impl Criterion for Poisson {
    type Target = Number;
    type Score = f64;
    type Running = Running;
    const EXACT: bool = false;

    fn new(_: &Basis) -> Self {
        Self { weight: 0, sum: 0 }
    }

    fn enter(&mut self, totals: &NumberTotals) {
        self.weight = totals.weight();
        self.sum = totals.sum();
    }

    fn start(&mut self, _: &NumberTotals, best: Option<f64>) -> Running {
        Running {
            left: 0,
            right: self.weight,
            left_sum: 0,
            sum: self.sum,
            best,
        }
    }

    #[inline(always)]
    fn push(&mut self, running: &mut Running, Number(number): Number, weight: u64) {
        running.left_sum += i128::from(number) * i128::from(weight);
        running.left += weight;
        running.right -= weight;
    }

    #[inline(always)]
    fn is_promising(&self, running: &Running) -> bool {
        0 < running.left_sum && running.left_sum < running.sum
    }

    fn improve(&self, running: &mut Running) -> bool {
        let score = running.score();
        let better = running.best.is_none_or(|best| Self::is_better(score, best));
        if better {
            running.best = Some(score);
        }
        better
    }

    fn best(running: Running) -> Option<f64> {
        running.best
    }

    fn left_weight(running: &Running) -> u64 {
        running.left
    }

    fn is_better(new: f64, old: f64) -> bool {
        new > old + SAME
    }
}
