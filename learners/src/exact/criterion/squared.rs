//! Squared error.
//!
//! The best split has the largest `L²/l + R²/r`, where `l` and `r` are the weights on the two sides and `L`
//! and `R` the weighted sums of their numbers (scikit-learn's `proxy_impurity_improvement`). Numbers are
//! taken from the node's mean, rounded to a whole number, so that no digits are lost on it.

mod wide;

pub(crate) use wide::Wide;

use super::{
    super::totals::{Number, NumberTotals, Totals},
    Basis, Criterion,
};

/// A float estimate of a score is off by less than this share.
const MARGIN: f64 = 1e-12;

/// The whole weight is below 2^31 units, and weights times numbers, summed without signs, are below 2^62.
pub(crate) struct Squared {
    weight: i64,
    sum: i64,
    centre: i64,
}

#[derive(Clone, Copy)]
pub(crate) struct Running {
    /// The sides' weights; floats hold them exactly.
    left: f64,
    right: f64,
    left_sum: i64,
    /// Of both sides.
    sum: i64,
    best: Option<Score>,
    /// What an estimate must exceed to be worth the exact comparison; below 0, and so exceeded by any
    /// estimate, as long as there is no best split.
    bar: f64,
}

/// `d²/(l·r)`, `d` being the sum on the left less what its share of the whole sum would be, times the whole
/// weight: the same order as that of `L²/l + R²/r`.
#[derive(Clone, Copy)]
pub(crate) struct Score {
    /// Below 2^94.
    d: u128,
    /// `l·r`, below 2^62.
    sides: u64,
    /// `L²/l + R²/r`.
    estimate: f64,
}

impl Score {
    #[inline(never)]
    fn is_above(self, other: Self) -> bool {
        times(squared(self.d), other.sides) > times(squared(other.d), self.sides)
    }
}

/// The square of a number below 2^96: the upper and the lower 128 bits.
fn squared(d: u128) -> (u128, u128) {
    let (high, low) = (d >> 64, d & u128::from(u64::MAX));
    let (middle, lowest) = (2 * high * low, low * low);
    let (sum, carry) = lowest.overflowing_add(middle << 64);
    (high * high + (middle >> 64) + u128::from(carry), sum)
}

/// The product of a number of 192 bits and one of 62: the upper and the lower 128 bits.
fn times((high, low): (u128, u128), factor: u64) -> (u128, u128) {
    let factor = u128::from(factor);
    let (upper, lower) = (low >> 64, low & u128::from(u64::MAX));
    let (middle, lowest) = (upper * factor, lower * factor);
    let (sum, carry) = lowest.overflowing_add(middle << 64);
    (high * factor + (middle >> 64) + u128::from(carry), sum)
}

impl Running {
    fn take(&mut self, best: Option<Score>) {
        self.best = best;
        self.bar = best.map_or(-1.0, |score| score.estimate * (1.0 - MARGIN));
    }
}

impl Criterion for Squared {
    type Target = Number;
    type Score = Score;
    type Running = Running;
    const EXACT: bool = true;

    fn new(_: &Basis) -> Self {
        Self {
            weight: 0,
            sum: 0,
            centre: 0,
        }
    }

    fn enter(&mut self, totals: &NumberTotals) {
        self.weight = totals.weight() as i64;
        self.centre = totals.centre() as i64;
        self.sum = (totals.sum() - totals.centre() * i128::from(self.weight)) as i64;
    }

    fn start(&mut self, _: &NumberTotals, best: Option<Score>) -> Running {
        let mut running = Running {
            left: 0.0,
            right: self.weight as f64,
            left_sum: 0,
            sum: self.sum,
            best: None,
            bar: 0.0,
        };
        running.take(best);
        running
    }

    #[inline(always)]
    fn push(&mut self, running: &mut Running, Number(number): Number, weight: u64) {
        running.left_sum += (number - self.centre) * weight as i64;
        running.left += weight as f64;
        running.right -= weight as f64;
    }

    #[inline(always)]
    fn is_promising(&self, running: &Running) -> bool {
        let (left, right) = (running.left, running.right);
        let left_sum = running.left_sum as f64;
        let right_sum = (running.sum - running.left_sum) as f64;
        left_sum * left_sum * right + right_sum * right_sum * left > running.bar * (left * right)
    }

    #[inline(always)]
    fn improve(&self, running: &mut Running) -> bool {
        let (left, right) = (running.left, running.right);
        let left_sum = running.left_sum as f64;
        let right_sum = (running.sum - running.left_sum) as f64;
        let share = i128::from(running.sum) * i128::from(left as i64);
        let d = i128::from(running.left_sum) * i128::from(self.weight) - share;
        let score = Score {
            d: d.unsigned_abs(),
            sides: left as u64 * right as u64,
            estimate: left_sum * left_sum / left + right_sum * right_sum / right,
        };
        let better = running.best.is_none_or(|best| score.is_above(best));
        if better {
            running.take(Some(score));
        }
        better
    }

    fn best(running: Running) -> Option<Score> {
        running.best
    }

    fn left_weight(running: &Running) -> u64 {
        running.left as u64
    }

    fn is_better(new: Score, old: Score) -> bool {
        new.is_above(old)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_of_252_bits_compare_exactly() {
        let score = |d, sides| Score {
            d,
            sides,
            estimate: 0.0,
        };
        let (d, sides) = ((1 << 94) - 1, (1 << 62) - 1);
        assert!(score(d, sides - 1).is_above(score(d, sides)));
        assert!(score(d, sides).is_above(score(d - 1, sides)));
        assert!(!score(d, sides).is_above(score(d, sides)));
        let most = u128::MAX;
        assert_eq!(
            squared((1 << 96) - 1),
            ((1 << 64) - 1, most - ((1 << 97) - 2))
        );
        assert_eq!(times((1, most), 3), (5, most - 2));
    }
}
