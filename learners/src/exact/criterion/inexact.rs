//! Criteria of numbers whose scores are floats, with weights up to 2^53 units. Sums are exact in 128 bits, and two
//! scores that hardly differ are equal.

use std::marker::PhantomData;

use super::{
    super::totals::{Number, NumberTotals, Totals},
    Basis, Criterion,
};

/// What such a criterion makes large (scikit-learn's `proxy_impurity_improvement`).
pub(crate) trait Proxy {
    /// Whether numbers are taken from the node's mean, rounded to a whole number, so that no digits are lost on it.
    const CENTRED: bool;

    /// Treats left and right alike, so that mirrored splits score the same.
    fn score(sides: &Sides) -> f64;

    /// Whether there may be a score.
    #[inline(always)]
    fn is_defined(_: &Sides) -> bool {
        true
    }

    fn is_better(new: f64, old: f64) -> bool;
}

/// The weights on the two sides, and the weighted sums of their numbers.
#[derive(Clone, Copy)]
pub(crate) struct Sides {
    pub(super) left: u64,
    pub(super) right: u64,
    pub(super) left_sum: i128,
    /// Of both sides.
    pub(super) sum: i128,
}

pub(crate) struct Inexact<P> {
    weight: u64,
    sum: i128,
    centre: i128,
    proxy: PhantomData<fn() -> P>,
}

#[derive(Clone, Copy)]
pub(crate) struct Running {
    sides: Sides,
    best: Option<f64>,
}

impl<P: Proxy> Criterion for Inexact<P> {
    type Target = Number;
    type Score = f64;
    type Running = Running;
    const EXACT: bool = false;

    fn new(_: &Basis) -> Self {
        Self {
            weight: 0,
            sum: 0,
            centre: 0,
            proxy: PhantomData,
        }
    }

    fn enter(&mut self, totals: &NumberTotals) {
        self.weight = totals.weight();
        self.centre = if P::CENTRED { totals.centre() } else { 0 };
        self.sum = totals.sum() - self.centre * i128::from(self.weight);
    }

    fn start(&mut self, _: &NumberTotals, best: Option<f64>) -> Running {
        let sides = Sides {
            left: 0,
            right: self.weight,
            left_sum: 0,
            sum: self.sum,
        };
        Running { sides, best }
    }

    #[inline(always)]
    fn push(&mut self, running: &mut Running, Number(number): Number, weight: u64) {
        let sides = &mut running.sides;
        sides.left_sum += (i128::from(number) - self.centre) * i128::from(weight);
        sides.left += weight;
        sides.right -= weight;
    }

    #[inline(always)]
    fn is_promising(&self, running: &Running) -> bool {
        P::is_defined(&running.sides)
    }

    fn improve(&self, running: &mut Running) -> bool {
        let score = P::score(&running.sides);
        let better = running.best.is_none_or(|best| P::is_better(score, best));
        if better {
            running.best = Some(score);
        }
        better
    }

    fn best(running: Running) -> Option<f64> {
        running.best
    }

    fn left_weight(running: &Running) -> u64 {
        running.sides.left
    }

    fn is_better(new: f64, old: f64) -> bool {
        P::is_better(new, old)
    }
}
