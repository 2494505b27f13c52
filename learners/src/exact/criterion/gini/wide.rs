//! Any number of classes and weights up to 2^53 units.
//!
//! Sums are exact in 128 bits. Scores are floats, and two that hardly differ are equal.

use super::super::{
    super::totals::{Class, ClassTotals, Totals},
    Basis, Criterion,
};

/// Scores that differ by less than this share are equal.
const SAME: f64 = 1e-14;

pub(crate) struct GiniWide {
    /// By class: the weight on the left, and on both sides.
    classes: Vec<[u64; 2]>,
    /// Sum of the squared weights of the classes on both sides.
    squares: i128,
}

#[derive(Clone, Copy)]
pub(crate) struct Running {
    left: u64,
    right: u64,
    left_squares: i128,
    /// Sum of the squared weights on the right, less that on the left.
    difference: i128,
    best: Option<f64>,
}

impl Running {
    /// Treats left and right alike, so that mirrored splits score the same.
    fn score(&self) -> f64 {
        let right_squares = self.difference + self.left_squares;
        self.left_squares as f64 / self.left as f64 + right_squares as f64 / self.right as f64
    }
}

impl Criterion for GiniWide {
    type Target = Class;
    type Score = f64;
    type Running = Running;
    const EXACT: bool = false;

    fn new(basis: &Basis) -> Self {
        Self {
            classes: vec![[0; 2]; basis.n_classes],
            squares: 0,
        }
    }

    fn enter(&mut self, totals: &ClassTotals) {
        self.squares = 0;
        for (class, weight) in totals.iter() {
            self.classes[class as usize][1] = weight;
            self.squares += i128::from(weight) * i128::from(weight);
        }
    }

    fn start(&mut self, totals: &ClassTotals, best: Option<f64>) -> Running {
        for (class, _) in totals.iter() {
            self.classes[class as usize][0] = 0;
        }
        Running {
            left: 0,
            right: totals.weight(),
            left_squares: 0,
            difference: self.squares,
            best,
        }
    }

    #[inline(always)]
    fn push(&mut self, running: &mut Running, Class(class): Class, weight: u64) {
        let [left, both] = &mut self.classes[class];
        running.left_squares += i128::from(weight) * i128::from(2 * *left + weight);
        running.difference -= i128::from(2 * weight) * i128::from(*both);
        *left += weight;
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
