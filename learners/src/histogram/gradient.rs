//! Gradients as whole numbers, so that their sums are exact in any order.

use multiversion::multiversion;
use rayon::prelude::*;

pub(super) use crate::scratch::{Pair, Sum};

/// First and second derivative of the loss at a row, times the row's weight.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GradientPair {
    pub g: f32,
    pub h: f32,
}

/// Bits of the largest gradient: more than a float32 has.
const BITS: i32 = 30;
const BLOCK: usize = 1 << 14;

/// All rows' gradients in units, which are powers of two.
pub(super) struct Gradients {
    pub(super) pairs: Vec<Pair>,
    pub(super) units: [f64; 2],
}

impl Gradients {
    /// `pairs` is a buffer of any content.
    pub(super) fn new(gradients: &[GradientPair], mut pairs: Vec<Pair>) -> Self {
        let largest = gradients
            .par_chunks(BLOCK)
            .map(largest)
            .reduce(|| [0; 2], |a, b| [a[0].max(b[0]), a[1].max(b[1])]);
        let units = largest.map(unit);
        pairs.resize(gradients.len(), [0; 2]);
        pairs
            .par_chunks_mut(BLOCK)
            .zip(gradients.par_chunks(BLOCK))
            .for_each(|(pairs, gradients)| in_units(pairs, gradients, units));
        Self { pairs, units }
    }

    /// The sums over the rows, or over all.
    pub(super) fn sum(&self, rows: Option<&[u32]>) -> Sum {
        let total = |sum, pair: Pair| add(sum, pair.map(i64::from));
        match rows {
            None => self
                .pairs
                .par_chunks(BLOCK)
                .map(|pairs| pairs.iter().copied().fold([0; 2], total))
                .reduce(|| [0; 2], add),
            Some(rows) => rows
                .par_chunks(BLOCK)
                .map(|rows| {
                    rows.iter()
                        .map(|&row| self.pairs[row as usize])
                        .fold([0; 2], total)
                })
                .reduce(|| [0; 2], add),
        }
    }
}

/// The bits of the largest absolute gradient and of the largest Hessian: numbers that are not negative are in the order
/// of their bits, and whole numbers are compared many at a time.
#[multiversion(targets("x86_64+avx2"))]
fn largest(gradients: &[GradientPair]) -> [i32; 2] {
    let (mut g, mut h) = (0, 0);
    for pair in gradients {
        g = g.max(pair.g.abs().to_bits() as i32);
        h = h.max(pair.h.to_bits() as i32);
    }
    [g, h]
}

#[multiversion(targets("x86_64+avx2"))]
fn in_units(pairs: &mut [Pair], gradients: &[GradientPair], units: [f64; 2]) {
    let [g, h] = units.map(f64::recip);
    for (pair, gradient) in pairs.iter_mut().zip(gradients) {
        *pair = [
            rounded(f64::from(gradient.g) * g),
            // No Hessian vanishes that was there.
            rounded(f64::from(gradient.h) * h).max(i32::from(gradient.h > 0.0)),
        ];
    }
}

/// The power of two of which the largest value, whose bits are given, is at most 2^30.
fn unit(largest: i32) -> f64 {
    let exponent = (largest >> 23) - 126;
    f64::from_bits(((exponent - BITS + 1023) as u64) << 52)
}

/// The nearest whole number, of two the even one; `x` is less than 2^31. Adding 1.5 * 2^52 leaves no bits for
/// fractions, and the processor rounds. (`round_ties_even` is a call where SSE4.1 is not certain.)
#[inline(always)]
fn rounded(x: f64) -> i32 {
    (x + 6_755_399_441_055_744.0).to_bits() as i32
}

#[inline(always)]
pub(super) fn add(a: Sum, b: Sum) -> Sum {
    [a[0] + b[0], a[1] + b[1]]
}

#[inline(always)]
pub(super) fn sub(a: Sum, b: Sum) -> Sum {
    [a[0] - b[0], a[1] - b[1]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_value_has_30_bits() {
        for largest in [1e-40f32, 0.1, 0.5, 0.999, 1.0, 3.7, 1e38] {
            let units = f64::from(largest) / unit(largest.to_bits() as i32);
            assert!(units <= 2f64.powi(30), "{largest}");
            assert!(units >= 2f64.powi(29) || !largest.is_normal(), "{largest}");
        }
        assert!(unit(0).is_normal());
    }

    #[test]
    fn rounds_to_the_nearest_and_ties_to_even() {
        for x in [
            0.0,
            0.4,
            0.5,
            1.5,
            2.5,
            -0.5,
            -1.5,
            -2.6,
            1_073_741_823.5,
            -1_073_741_823.5,
        ] {
            assert_eq!(rounded(x), x.round_ties_even() as i32, "{x}");
        }
    }

    #[test]
    fn a_hessian_that_is_there_does_not_vanish() {
        let pairs = [(1.0, 1.0), (-0.5, 1e-20), (0.0, 0.0)].map(|(g, h)| GradientPair { g, h });
        let gradients = Gradients::new(&pairs, Vec::new());
        assert_eq!(
            gradients.pairs,
            [[1 << 29, 1 << 29], [-(1 << 28), 1], [0, 0]]
        );
        assert_eq!(gradients.sum(Some(&[0, 1])), [1 << 28, (1 << 29) + 1]);
        assert_eq!(gradients.sum(None), [1 << 28, (1 << 29) + 1]);
    }
}
