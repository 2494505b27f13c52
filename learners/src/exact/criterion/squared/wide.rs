//! Weights up to 2^53 units.
//!
//! Sums are exact in 128 bits. Scores are floats, and two that hardly differ are equal.

use super::super::{
    super::totals::{Number, NumberTotals, Totals},
    Basis, Criterion,
};

/// Scores that differ by less than this share are equal.
const SAME: f64 = 1e-14;

pub(crate) struct SquaredWide {
    weight: u64,
    sum: i128,
    centre: i128,
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
        let (left, right) = (self.left_sum as f64, (self.sum - self.left_sum) as f64);
        left * left / self.left as f64 + right * right / self.right as f64
    }
}

impl Criterion for SquaredWide {
    type Target = Number;
    type Score = f64;
    type Running = Running;
    const EXACT: bool = false;

    fn new(_: &Basis) -> Self {
        Self {
            weight: 0,
            sum: 0,
            centre: 0,
        }
    }

    fn enter(&mut self, totals: &NumberTotals) {
        self.weight = totals.weight();
        self.centre = totals.centre();
        self.sum = totals.sum() - self.centre * i128::from(self.weight);
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
        running.left_sum += (i128::from(number) - self.centre) * i128::from(weight);
        running.left += weight;
        running.right -= weight;
    }

    #[inline(always)]
    fn is_promising(&self, _: &Running) -> bool {
        true
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
        new > old * (1.0 + SAME)
    }
}
