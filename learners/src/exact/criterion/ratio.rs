//! Fractions of large whole numbers, compared exactly.

use std::cmp::Ordering;

/// `numerator / denominator`, the denominator above 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ratio {
    pub(super) numerator: u128,
    pub(super) denominator: u64,
}

impl Ratio {
    #[inline(never)]
    pub(super) fn is_above(self, other: Self) -> bool {
        let products = match (
            self.numerator.checked_mul(u128::from(other.denominator)),
            other.numerator.checked_mul(u128::from(self.denominator)),
        ) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => product(self.numerator, other.denominator)
                .cmp(&product(other.numerator, self.denominator)),
        };
        products == Ordering::Greater
    }
}

/// `a * b` in 192 bits: the upper 128 and the lower 64.
fn product(a: u128, b: u64) -> (u128, u64) {
    let low = (a & u128::from(u64::MAX)) * u128::from(b);
    let high = (a >> 64) * u128::from(b) + (low >> 64);
    (high, low as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_beyond_128_bits_compare_exactly() {
        let ratio = |numerator, denominator| Ratio {
            numerator,
            denominator,
        };
        let big = u128::MAX / 3;
        assert!(ratio(big + 1, u64::MAX).is_above(ratio(big, u64::MAX)));
        assert!(!ratio(big, u64::MAX).is_above(ratio(big, u64::MAX)));
        assert!(ratio(big, u64::MAX - 1).is_above(ratio(big, u64::MAX)));
        assert_eq!(
            product(u128::MAX, 2),
            (u128::from(u64::MAX) * 2 + 1, u64::MAX - 1)
        );
    }
}
