//! Sums of the numbers of a node's rows, and the impurity that follows from them.

use super::{Measure, Number, Totals};
use crate::{Targets, impurity::NumberCriterion};

/// Steps in a unit, for the sum of `y·ln(y)`.
const LOG_STEPS: f64 = (1u64 << 32) as f64;

/// Weighted sums of numbers, in units of weight times units of numbers.
#[derive(Default)]
pub(crate) struct NumberTotals {
    weight: u64,
    rows: usize,
    /// Of the numbers.
    sum: i128,
    /// Of their squares.
    squares: i128,
    /// Of `y·ln(y)` in steps, if the criterion is `poisson`.
    logs: i128,
}

impl NumberTotals {
    pub(crate) fn sum(&self) -> i128 {
        self.sum
    }

    /// The mean, rounded down to whole units.
    pub(crate) fn centre(&self) -> i128 {
        self.sum.div_euclid(i128::from(self.weight).max(1))
    }

    /// The mean, in units.
    fn mean(&self) -> f64 {
        let centre = self.centre();
        let rest = self.sum - centre * i128::from(self.weight);
        centre as f64 + rest as f64 / self.weight as f64
    }

    /// The variance, in squared units: exactly 0 if all numbers are the same. Around a centre close to the
    /// mean nothing is lost to cancellation.
    fn variance(&self) -> f64 {
        let (centre, weight) = (self.centre(), i128::from(self.weight));
        let squares = self.squares - 2 * centre * self.sum + weight * centre * centre;
        let rest = (self.sum - centre * weight) as f64 / self.weight as f64;
        (squares as f64 / self.weight as f64 - rest * rest).max(0.0)
    }
}

impl Totals<Number> for NumberTotals {
    fn new(_: usize) -> Self {
        Self::default()
    }

    fn count(&mut self, rows: impl Iterator<Item = (Number, u64)>, measure: Measure) {
        *self = Self::default();
        let (criterion, unit) = of_numbers(measure);
        for (Number(number), weight) in rows {
            self.rows += 1;
            self.weight += weight;
            let product = i128::from(number) * i128::from(weight);
            self.sum += product;
            self.squares += product * i128::from(number);
            if criterion == NumberCriterion::Poisson && number > 0 {
                let value = number as f64;
                let log = value * (value * unit).ln() * LOG_STEPS;
                self.logs += log.round() as i128 * i128::from(weight);
            }
        }
    }

    fn subtract(&mut self, all: &Self, part: &Self) {
        *self = Self {
            weight: all.weight - part.weight,
            rows: all.rows - part.rows,
            sum: all.sum - part.sum,
            squares: all.squares - part.squares,
            logs: all.logs - part.logs,
        };
    }

    fn weight(&self) -> u64 {
        self.weight
    }

    fn rows(&self) -> usize {
        self.rows
    }

    fn impurity(&self, measure: Measure) -> f64 {
        let (criterion, unit) = of_numbers(measure);
        let variance = self.variance() * unit * unit;
        match criterion {
            _ if variance == 0.0 => 0.0,
            NumberCriterion::SquaredError => variance,
            NumberCriterion::Poisson => {
                let logs = self.logs as f64 / LOG_STEPS / self.weight as f64;
                let mean = self.mean();
                ((logs - mean * (mean * unit).ln()) * unit).max(0.0)
            }
        }
    }

    fn targets(&self, measure: Measure, _: f64) -> Targets {
        Targets::Mean(self.mean() * of_numbers(measure).1)
    }
}

/// The criterion, and what a unit is.
fn of_numbers(measure: Measure) -> (NumberCriterion, f64) {
    match measure {
        Measure::Numbers { criterion, unit } => (criterion, unit),
        Measure::Classes(_) => unreachable!("numbers are measured as numbers"),
    }
}
