//! Sums that are exact until they are read, so that the order of the terms, and so that of rows, files and threads, makes
//! no difference to them.

use std::ops::Range;

use rayon::prelude::*;

/// A sum of float64 numbers: a fixed-point number of 2,100 bits, whose carries wait.
///
/// A term's mantissa goes to one of 128 buckets by its exponent, sixteen exponents to a bucket: at most 69 bits, so that
/// a bucket of 128 bits has room for 2^58 terms.
#[derive(Clone)]
pub(super) struct ExactSum {
    buckets: [i128; BUCKETS],
    /// The sum of infinities and NaN.
    not_finite: f64,
}

const BUCKETS: usize = 128;
/// The weight of a bucket's lowest bit, for bucket 0: a subnormal number's lowest bit, and one as its exponent counts as 1.
const LOWEST: i32 = -1_075;

impl Default for ExactSum {
    fn default() -> Self {
        Self {
            buckets: [0; BUCKETS],
            not_finite: 0.0,
        }
    }
}

impl ExactSum {
    #[inline]
    pub(super) fn add(&mut self, term: f64) {
        let bits = term.to_bits();
        let exponent = (bits >> 52) as usize & 0x7ff;
        if exponent == 0x7ff {
            self.not_finite += term;
            return;
        }
        let mantissa = bits & ((1 << 52) - 1);
        let mantissa = if exponent == 0 {
            mantissa << 1
        } else {
            mantissa | 1 << 52
        };
        let mantissa = i128::from(mantissa) << (exponent % 16);
        self.buckets[exponent / 16] += if term < 0.0 { -mantissa } else { mantissa };
    }

    fn merge(&mut self, other: &Self) {
        for (bucket, other) in self.buckets.iter_mut().zip(&other.buckets) {
            *bucket += other;
        }
        self.not_finite += other.not_finite;
    }

    /// The sum, right but for the last bit or two.
    pub(super) fn total(&self) -> f64 {
        if self.not_finite != 0.0 {
            return self.not_finite;
        }
        // With carries done, a bucket but the last holds 16 bits, and adding from the highest on rounds once or twice.
        let mut carry = 0;
        let mut digits = [0; BUCKETS];
        for (digit, bucket) in digits.iter_mut().zip(&self.buckets) {
            let sum = bucket + carry;
            (*digit, carry) = (sum & 0xffff, sum >> 16);
        }
        let top = scaled(carry as f64, LOWEST + 16 * BUCKETS as i32);
        let digits = digits.iter().enumerate().rev();
        digits.fold(top, |sum, (i, digit)| {
            sum + scaled(*digit as f64, LOWEST + 16 * i as i32)
        })
    }
}

/// value * 2^exponent.
fn scaled(value: f64, exponent: i32) -> f64 {
    let power = |n: i32| f64::from_bits(((n + 1_023) as u64) << 52);
    value * power(exponent / 2) * power(exponent - exponent / 2)
}

/// Rows that a task takes at once.
pub(super) const BLOCK: usize = 1 << 14;

/// Rows whose terms are computed before any of them is added.
pub(super) const CHUNK: usize = 256;

/// The sum of a term of each of `n` rows, on all threads of the pool. `fill` computes those of up to [`CHUNK`] rows, from
/// the first on.
pub(super) fn sum_of_many(n: usize, fill: impl Fn(usize, &mut [f64]) + Sync) -> f64 {
    let [sum] = of_blocks(n, |rows, [sum]: &mut [ExactSum; 1]| {
        let mut terms = [0.0; CHUNK];
        for first in rows.clone().step_by(CHUNK) {
            let terms = &mut terms[..CHUNK.min(rows.end - first)];
            fill(first, terms);
            terms.iter().for_each(|&term| sum.add(term));
        }
    });
    sum
}

/// The sums of `N` terms of each of `n` rows, on all threads of the pool.
pub(super) fn sums<const N: usize>(n: usize, terms: impl Fn(usize) -> [f64; N] + Sync) -> [f64; N] {
    of_blocks(n, |rows, sums: &mut [ExactSum; N]| {
        for row in rows {
            for (sum, term) in sums.iter_mut().zip(terms(row)) {
                sum.add(term);
            }
        }
    })
}

/// The totals of the sums that `add` fills for each block of rows.
fn of_blocks<const N: usize>(
    n: usize,
    add: impl Fn(Range<usize>, &mut [ExactSum; N]) + Sync,
) -> [f64; N] {
    let empty = || Box::new(std::array::from_fn::<_, N, _>(|_| ExactSum::default()));
    let sums = (0..n.div_ceil(BLOCK))
        .into_par_iter()
        .fold(empty, |mut sums, block| {
            add(block * BLOCK..n.min((block + 1) * BLOCK), &mut sums);
            sums
        })
        .reduce(empty, |mut a, b| {
            for (a, b) in a.iter_mut().zip(b.iter()) {
                a.merge(b);
            }
            a
        });
    sums.each_ref().map(ExactSum::total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(terms: &[f64]) -> f64 {
        sums(terms.len(), |i| [terms[i]])[0]
    }

    #[test]
    fn sums_are_exact() {
        assert_eq!(sum(&[]), 0.0);
        assert_eq!(sum(&[1e300, 1.0, -1e300]), 1.0);
        assert_eq!(sum(&[-1e300, 5e-324, 1e300]), 5e-324);
        assert_eq!(sum(&[-1.5, 1.0, -0.25]), -0.75);
        assert_eq!(
            sum(&[f64::MIN_POSITIVE, -5e-324]),
            f64::MIN_POSITIVE - 5e-324
        );
        assert_eq!(sum(&vec![0.1; 1 << 20]), 0.1 * f64::from(1 << 20));
        assert_eq!(sum(&[f64::MAX, f64::MAX]), f64::INFINITY);
    }

    #[test]
    fn what_is_not_finite_stays_so() {
        assert_eq!(sum(&[1.0, f64::NEG_INFINITY]), f64::NEG_INFINITY);
        assert!(sum(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
        assert!(sum(&[f64::NAN, 1.0]).is_nan());
    }

    #[test]
    fn order_makes_no_difference() {
        let terms: Vec<f64> = (0..100_000)
            .map(|i| {
                f64::from(i * 7_919 % 100_003 - 50_000).powi(7) * 1e-9 + 1.0 / f64::from(i + 1)
            })
            .collect();
        let mut other = terms.clone();
        other.sort_by(f64::total_cmp);
        assert_eq!(sum(&terms).to_bits(), sum(&other).to_bits());
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(7)
            .build()
            .unwrap();
        assert_eq!(
            pool.install(|| sum(&other)).to_bits(),
            sum(&terms).to_bits()
        );
    }
}
