//! The numbers to learn as whole numbers of a unit, for the same reason as [weights](super::weights).
//!
//! The unit is a power of two, chosen so that sums of the numbers, each times its weight, are exact: below
//! 2^62 if the rows' weight is below [`NARROW`] units, else such that sums of squares stay below 2^120.
//! Numbers that are multiples of a not too small power of two are kept as they are; others are rounded by
//! at most half a unit.

use super::{
    error::Error,
    weights::{NARROW, Weights, lowest_bit, scaled},
};
use crate::impurity::NumberCriterion;

/// Bits of the sum of all rows' numbers without signs, if weights are narrow.
const SUM_BITS: f64 = 61.0;
/// Bits of the sum of all rows' squares, if weights are wide.
const SQUARES_BITS: f64 = 118.0;

/// Exponents of a float32: its smallest number above 0 is 2^-149.
const LOWEST: i32 = -149;
const EXPONENTS: usize = 149 + 128;

/// The numbers of the rows that count.
pub(super) struct Numbers {
    /// By row, numbered as in the weights.
    pub(super) units: Vec<i64>,
    /// What one unit is: a power of two.
    pub(super) unit: f64,
    /// Whether weights times numbers, and their sums, fit in 64 bits.
    pub(super) are_narrow: bool,
}

impl Numbers {
    /// # Errors
    /// A number that is not finite; for `poisson` also one below 0, or no number above it.
    pub(super) fn new(
        numbers: &[f32],
        weights: &Weights,
        criterion: NumberCriterion,
    ) -> Result<Self, Error> {
        let is_poisson = criterion == NumberCriterion::Poisson;
        for (row, &value) in numbers.iter().enumerate() {
            if !value.is_finite() || (is_poisson && value < 0.0) {
                let expected = if is_poisson {
                    "a finite number from 0, as criterion=poisson needs"
                } else {
                    "a finite number"
                };
                return Err(Error::Number {
                    row,
                    value,
                    expected,
                });
            }
        }
        let kept: Vec<f64> = match &weights.rows {
            None => numbers.iter().map(|&value| f64::from(value)).collect(),
            Some(rows) => {
                let value = |row: &u32| f64::from(numbers[*row as usize]);
                rows.iter().map(value).collect()
            }
        };
        if is_poisson && kept.iter().all(|&value| value == 0.0) {
            return Err(Error::Empty("numbers above 0, as criterion=poisson needs,"));
        }
        let are_narrow = weights.total < NARROW;
        let exponent = exponent(&kept, weights, are_narrow);
        Ok(Self {
            units: kept
                .iter()
                .map(|&value| scaled(value, exponent).round() as i64)
                .collect(),
            unit: 2f64.powi(exponent),
            are_narrow,
        })
    }
}

/// The unit's exponent: the largest that keeps every number exact, if the sums then fit; else the smallest
/// that makes them fit.
fn exponent(numbers: &[f64], weights: &Weights, are_narrow: bool) -> i32 {
    // Weights by the numbers' exponents: a bound for the sums that does not depend on the order of rows.
    let mut by_exponent = vec![0u128; EXPONENTS];
    let mut exact: Option<i32> = None;
    for (row, &number) in numbers.iter().enumerate().filter(|(_, n)| **n != 0.0) {
        let size = number.abs();
        let exponent = ((size.to_bits() >> 52) as i32 - 1023).max(LOWEST);
        let weight = weights.units.as_ref().map_or(1, |units| units[row]);
        by_exponent[(exponent - LOWEST) as usize] += u128::from(weight);
        let lowest = lowest_bit(size);
        exact = Some(exact.map_or(lowest, |exact| exact.min(lowest)));
    }
    let Some(exact) = exact else { return 0 };
    let sum = |power: i32| -> f64 {
        let below = (LOWEST + 1..).zip(&by_exponent);
        below
            .map(|(exponent, &weight)| weight as f64 * 2f64.powi(exponent * power))
            .sum()
    };
    let fits = if are_narrow {
        (sum(1).log2() - SUM_BITS).ceil()
    } else {
        ((sum(2).log2() - SQUARES_BITS) / 2.0).ceil()
    };
    exact.max(fits as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(numbers: &[f32], weights: &[f32]) -> Numbers {
        let weights = Weights::new(weights, numbers.len(), |_| 1.0).unwrap();
        Numbers::new(numbers, &weights, NumberCriterion::SquaredError).unwrap()
    }

    #[test]
    fn whole_numbers_and_halves_are_kept_as_they_are() {
        let n = units(&[2.0, -6.0, 4.0, 0.0], &[]);
        assert_eq!((n.units, n.unit), (vec![1, -3, 2, 0], 2.0));
        let n = units(&[0.5, 1.0, 2.25], &[]);
        assert_eq!((n.units, n.unit), (vec![2, 4, 9], 0.25));
        assert_eq!(units(&[0.0, 0.0], &[]).units, [0, 0]);
    }

    #[test]
    fn other_numbers_use_the_precision_there_is() {
        for (weights, bits) in [(&[][..], 55), (&[1e-9, 0.3, 0.7], 32)] {
            for numbers in [
                [0.1f32, 0.2, -0.7],
                [1e-30, 1.0, 1e30],
                [f32::MAX; 3],
                [1e-45, 2e-45, -1e-45],
                [1e9, 0.3, 1e-3],
            ] {
                let n = units(&numbers, weights);
                let largest = numbers
                    .iter()
                    .fold(0.0, |a: f64, b| a.max(f64::from(*b).abs()));
                for (&units, &number) in n.units.iter().zip(&numbers) {
                    let error = (units as f64 * n.unit - f64::from(number)).abs();
                    assert!(error <= largest * 2f64.powi(-bits), "{numbers:?} {error}");
                }
                assert_eq!(n.are_narrow, weights.is_empty());
            }
        }
    }
}
