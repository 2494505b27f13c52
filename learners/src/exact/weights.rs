//! Rows' weights as whole numbers of a unit.
//!
//! Sums of floats depend on their order, and the order of rows must not show in the tree. So every
//! weight becomes a whole number of one unit, a power of two, chosen so that the weights of all rows
//! together stay below 2^53: sums and differences are then exact in any order. Weights that are
//! multiples of a not too small power of two (whole numbers, halves, ...) are kept as they are;
//! others are rounded by at most half a unit, 2^-53 of the whole weight, which is what a sum of
//! floats would lose too.

use super::error::Error;

/// Largest whole weight, in units, that the unit is chosen for.
const TARGET: f64 = (1u64 << 52) as f64;
/// Whole weight, in units, up to which impurities are computed and compared without any rounding.
pub(super) const NARROW: u64 = 1 << 31;

/// The weights of the rows that count.
pub(super) struct Weights {
    /// Rows of the data set with a weight above 0, ascending; `None`: all of them.
    pub(super) rows: Option<Vec<u32>>,
    /// Units by row, numbered as in `rows`; `None`: each row weighs one unit.
    pub(super) units: Option<Vec<u64>>,
    /// What one unit weighs: a power of two.
    pub(super) unit: f64,
    /// All units together.
    pub(super) total: u64,
}

impl Weights {
    /// From the own weights of `n` rows (empty: 1 each) and a factor on that of each row.
    ///
    /// # Errors
    /// A weight that is negative or not finite, or no weight above 0.
    pub(super) fn new(
        weights: &[f32],
        n: usize,
        factor: impl Fn(usize) -> f64,
    ) -> Result<Self, Error> {
        for (row, &value) in weights.iter().enumerate() {
            if !(value >= 0.0 && value.is_finite()) {
                let value = f64::from(value);
                return Err(Error::Weight { row, value });
            }
        }
        let weight = |row: usize| -> f64 {
            let own = if weights.is_empty() {
                1.0
            } else {
                f64::from(weights[row])
            };
            own * factor(row)
        };
        if (0..n).all(|row| weight(row) == 1.0) {
            return Ok(Self {
                rows: None,
                units: None,
                unit: 1.0,
                total: n as u64,
            });
        }
        let rows: Vec<u32> = (0..n)
            .filter(|&row| weight(row) > 0.0)
            .map(|row| row as u32)
            .collect();
        if rows.is_empty() {
            return Err(Error::Empty("rows with a weight above 0"));
        }
        let kept: Vec<f64> = rows.iter().map(|&row| weight(row as usize)).collect();
        let exponent = exponent(&kept);
        let unit = 2f64.powi(exponent);
        let units: Vec<u64> = kept
            .iter()
            .map(|w| scaled(*w, exponent).round().max(1.0) as u64)
            .collect();
        let total = units.iter().sum();
        Ok(Self {
            rows: (rows.len() < n).then_some(rows),
            units: units.iter().any(|&u| u != 1).then_some(units),
            unit,
            total,
        })
    }

    /// Number of rows that count, of `n` in the data set.
    pub(super) fn n_rows(&self, n: usize) -> usize {
        self.rows.as_ref().map_or(n, Vec::len)
    }
}

/// The unit's exponent: the largest that keeps every weight exact, if the total then fits; else the
/// smallest that makes it fit.
fn exponent(weights: &[f64]) -> i32 {
    let largest = weights.iter().copied().fold(0.0, f64::max);
    // Divided by the largest first, the sum can't overflow.
    let total = weights.iter().map(|w| w / largest).sum::<f64>();
    let fits = (total.log2() + largest.log2() - TARGET.log2()).ceil() as i32;
    let Some(exact) = weights.iter().map(|&w| lowest_bit(w)).min() else {
        unreachable!("at least one row has a weight");
    };
    exact.max(fits).clamp(-1000, 1000)
}

/// Exponent of the lowest set bit of a positive, finite float.
pub(super) fn lowest_bit(value: f64) -> i32 {
    let bits = value.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    match exponent {
        0 => fraction.trailing_zeros() as i32 - 1074,
        _ => (fraction | (1 << 52)).trailing_zeros() as i32 + exponent - 1075,
    }
}

/// `value / 2^exponent`, without an overflow in between.
pub(super) fn scaled(value: f64, exponent: i32) -> f64 {
    let half = exponent / 2;
    value * 2f64.powi(-half) * 2f64.powi(half - exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(weights: &[f32], factors: [f64; 2]) -> Weights {
        Weights::new(weights, weights.len(), |row| factors[row % 2]).unwrap()
    }

    #[test]
    fn whole_numbers_and_halves_are_kept_as_they_are() {
        let w = units(&[2.0, 6.0, 4.0], [1.0; 2]);
        assert_eq!((w.units.unwrap(), w.unit, w.total), (vec![1, 3, 2], 2.0, 6));
        let w = units(&[0.5, 1.0, 2.25], [1.0; 2]);
        assert_eq!(
            (w.units.unwrap(), w.unit, w.total),
            (vec![2, 4, 9], 0.25, 15)
        );
    }

    #[test]
    fn rows_of_weight_0_are_left_out() {
        let w = units(&[1.0, 0.0, 1.0], [1.0; 2]);
        assert_eq!((w.rows.unwrap(), w.units, w.total), (vec![0, 2], None, 2));
    }

    #[test]
    fn other_weights_use_the_precision_there_is() {
        let thirds = [1.0, 1.0 / 3.0];
        for weights in [
            [0.1f32, 0.2, 0.7],
            [1e-30, 1.0, 1e30],
            [f32::MAX; 3],
            [1e-45; 3],
        ] {
            let w = units(&weights, thirds);
            assert!(w.total < 1 << 53, "{weights:?}");
            let expected = |row: usize| f64::from(weights[row]) * thirds[row % 2];
            let whole: f64 = (0..3).map(expected).sum();
            for (row, &units) in w.units.unwrap().iter().enumerate() {
                let error = (units as f64 * w.unit - expected(row)).abs();
                assert!(error <= whole * 2f64.powi(-51), "{weights:?} {error}");
            }
        }
    }
}
