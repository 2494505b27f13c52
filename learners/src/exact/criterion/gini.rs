//! Gini impurity.
//!
//! The best split has the largest `L/l + R/r`, where `l` and `r` are the weights on the two sides
//! and `L` and `R` the sums of the squared weights of their classes (scikit-learn's
//! `proxy_impurity_improvement`).

mod binary;
mod wide;

pub(crate) use binary::GiniBinary;
pub(crate) use wide::GiniWide;

use super::{
    super::{
        totals::{Class, ClassTotals, Totals},
        weights::NARROW,
    },
    Basis, Criterion,
    ratio::Ratio,
};

/// A float estimate of a score is off by less than this share.
const MARGIN: f64 = 1e-12;

/// The best split so far.
#[derive(Clone, Copy)]
struct Best {
    score: Option<Ratio>,
    /// What an estimate must exceed to be worth the exact comparison; below 0, and so exceeded by any
    /// estimate, as long as there is no best split.
    bar: f64,
}

impl Best {
    fn new(score: Option<Ratio>) -> Self {
        let value = |score: Ratio| score.numerator as f64 / score.denominator as f64;
        Self {
            score,
            bar: score.map_or(-1.0, |score| value(score) * (1.0 - MARGIN)),
        }
    }

    /// Replaces the best score by a better one, `estimate` being its value as a float.
    #[inline(always)]
    fn take(&mut self, new: Ratio, estimate: f64) -> bool {
        let better = match self.score {
            None => true,
            Some(best) => new.is_above(best),
        };
        if better {
            self.score = Some(new);
            self.bar = estimate * (1.0 - MARGIN);
        }
        better
    }
}

/// Any number of classes; the whole weight is below [`NARROW`] units, so squares fit in 64 bits.
pub(crate) struct Gini {
    /// By class: the weight on the left, and on both sides.
    classes: Vec<[i64; 2]>,
    /// Sum of the squared weights of the classes on both sides.
    squares: i64,
}

#[derive(Clone, Copy)]
pub(crate) struct Running {
    /// The sides' weights; floats hold them exactly.
    left: f64,
    right: f64,
    left_squares: i64,
    /// Sum of the squared weights on the right, less that on the left.
    difference: i64,
    best: Best,
}

impl Criterion for Gini {
    type Target = Class;
    type Score = Ratio;
    type Running = Running;
    const EXACT: bool = true;

    fn new(basis: &Basis) -> Self {
        Self {
            classes: vec![[0; 2]; basis.n_classes],
            squares: 0,
        }
    }

    fn enter(&mut self, totals: &ClassTotals) {
        debug_assert!(totals.weight() < NARROW);
        self.squares = 0;
        for (class, weight) in totals.iter() {
            self.classes[class as usize][1] = weight as i64;
            self.squares += (weight * weight) as i64;
        }
    }

    fn start(&mut self, totals: &ClassTotals, best: Option<Ratio>) -> Running {
        for (class, _) in totals.iter() {
            self.classes[class as usize][0] = 0;
        }
        Running {
            left: 0.0,
            right: totals.weight() as f64,
            left_squares: 0,
            difference: self.squares,
            best: Best::new(best),
        }
    }

    #[inline(always)]
    fn push(&mut self, running: &mut Running, Class(class): Class, weight: u64) {
        let weight = weight as i64;
        let [left, both] = &mut self.classes[class];
        running.left_squares += weight * (2 * *left + weight);
        // The right side's squares are those of (both - left).
        running.difference -= 2 * weight * *both;
        *left += weight;
        running.left += weight as f64;
        running.right -= weight as f64;
    }

    #[inline(always)]
    fn is_promising(&self, running: &Running) -> bool {
        let (left, right) = (running.left, running.right);
        let right_squares = (running.difference + running.left_squares) as f64;
        running.left_squares as f64 * right + right_squares * left
            > running.best.bar * (left * right)
    }

    #[inline(always)]
    fn improve(&self, running: &mut Running) -> bool {
        let (left, right) = (running.left as u64, running.right as u64);
        let left_squares = running.left_squares as u64;
        let right_squares = (running.difference + running.left_squares) as u64;
        let crossed = |squares: u64, weight: u64| u128::from(squares) * u128::from(weight);
        let score = Ratio {
            numerator: crossed(left_squares, right) + crossed(right_squares, left),
            denominator: left * right,
        };
        let estimate = left_squares as f64 / left as f64 + right_squares as f64 / right as f64;
        running.best.take(score, estimate)
    }

    fn best(running: Running) -> Option<Ratio> {
        running.best.score
    }

    fn left_weight(running: &Running) -> u64 {
        running.left as u64
    }

    fn is_better(new: Ratio, old: Ratio) -> bool {
        new.is_above(old)
    }
}
