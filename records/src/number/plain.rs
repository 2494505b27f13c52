//! The numbers that most payloads are made of: `12`, `-3.45`.
//!
//! Numbers that a float64 can't hold exactly, or that have an exponent, are left to `fast_float2`, which takes
//! half as long again.

use std::slice::Iter;

/// Powers of ten by exponent, all of them exact as a float64.
static POWERS: [f64; LONGEST] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17,
];

/// Longest text read here: 18 digits cannot overflow a u64.
const LONGEST: usize = 18;

/// The nearest float32 of the number that `text` begins with, and its length in bytes; `None` if the number
/// is not plain.
#[inline(always)]
pub(super) fn float32(text: &[u8]) -> Option<(f32, usize)> {
    /// The bits of a float64's significand that a float32 does not have.
    const LOW: u64 = (1 << (f64::MANTISSA_DIGITS - f32::MANTISSA_DIGITS)) - 1;
    const HALF: u64 = LOW / 2 + 1;
    let (value, length) = float64(text)?;
    // Rounding twice gives the nearest float32, unless the first rounding ends in the middle between two of
    // them, or the float32 is subnormal and has fewer bits.
    let is_middle = value.to_bits() & LOW == HALF;
    let is_subnormal = value != 0.0 && value.abs() < f64::from(f32::MIN_POSITIVE);
    (!is_middle && !is_subnormal).then_some((value as f32, length))
}

/// As [`float32`], the nearest float64.
#[inline(always)]
pub(super) fn float64(text: &[u8]) -> Option<(f64, usize)> {
    let mut bytes = text.iter();
    let mut next = bytes.next()?;
    let is_negative = *next == b'-';
    if is_negative {
        next = bytes.next()?;
    }
    let mut digits = digit(*next)?;
    let mut end = more_digits(&mut bytes, &mut digits);
    let mut length = text.len() - bytes.len() - usize::from(end.is_some());
    let mut decimals = 0;
    if end == Some(b'.') {
        let whole = length;
        end = more_digits(&mut bytes, &mut digits);
        length = text.len() - bytes.len() - usize::from(end.is_some());
        decimals = length - whole - 1;
        if decimals == 0 {
            return None;
        }
    }
    // Digits and power are exact, so that only the division rounds.
    let is_exact = length <= LONGEST && digits < 1 << f64::MANTISSA_DIGITS;
    if !is_exact || matches!(end, Some(b'e' | b'E')) {
        return None;
    }
    let value = digits as f64 / POWERS.get(decimals)?;
    Some((if is_negative { -value } else { value }, length))
}

/// Reads on to the first byte that is no digit, and returns it.
#[inline(always)]
fn more_digits(bytes: &mut Iter<'_, u8>, digits: &mut u64) -> Option<u8> {
    for byte in bytes {
        match digit(*byte) {
            Some(digit) => *digits = digits.wrapping_mul(10).wrapping_add(digit),
            None => return Some(*byte),
        }
    }
    None
}

#[inline(always)]
fn digit(byte: u8) -> Option<u64> {
    let value = byte.wrapping_sub(b'0');
    (value <= 9).then_some(u64::from(value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str) -> Result<(), TestCaseError> {
        let (single, length) = fast_float2::parse_partial::<f32, _>(text).unwrap();
        if let Some((value, read)) = float32(text.as_bytes()) {
            prop_assert_eq!(
                (value.to_bits(), read),
                (single.to_bits(), length),
                "{}",
                text
            );
        }
        let (double, length) = fast_float2::parse_partial::<f64, _>(text).unwrap();
        if let Some((value, read)) = float64(text.as_bytes()) {
            prop_assert_eq!(
                (value.to_bits(), read),
                (double.to_bits(), length),
                "{}",
                text
            );
        }
        Ok(())
    }

    #[test]
    fn plain_numbers_are_read_and_others_left() {
        for (text, value, length) in [
            ("0", 0.0, 1),
            ("7,8", 7.0, 1),
            ("-0.5,", -0.5, 4),
            ("3.00269\n", 3.00269, 7),
            ("007.25x", 7.25, 6),
            ("9007199254740991 ", 9_007_199_254_740_991.0, 16),
            ("0.1234567890123456,", 0.123_456_789_012_345_6, 18),
        ] {
            assert_eq!(float64(text.as_bytes()), Some((value, length)), "{text}");
        }
        for text in [
            "",
            "-",
            ",1",
            ".5",
            "5.",
            "5.,",
            "+5",
            "--5",
            "1e5",
            "1.5E5",
            "9007199254740992",
            "0.12345678901234567",
            "18446744073709551617",
            "nan",
        ] {
            assert_eq!(float64(text.as_bytes()), None, "{text}");
        }
        assert!(float64(b"-0").is_some_and(|(zero, _)| zero.is_sign_negative()));
    }

    #[test]
    fn the_middle_of_two_float32_is_left() {
        // Just beside it; as a float64 on it.
        for text in ["1.000000536441803,", "-1.000001609325409,"] {
            assert!(float64(text.as_bytes()).is_some());
            assert_eq!(float32(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn reads_what_fast_float_reads(
            sign in "-?", whole in "[0-9]{1,20}", point in "\\.?", decimals in "[0-9]{0,20}", after in "[,e\n\r\u{ff}]"
        ) {
            let decimals = if point.is_empty() { "" } else { &decimals };
            check(&format!("{sign}{whole}{point}{decimals}{after}"))?;
        }

        #[test]
        fn numbers_beside_the_middle_of_two_float32_are_rounded_once(bits in 0x3400_0000_u32..0x4b00_0000, digits in 6_usize..16) {
            let middle = (f64::from(f32::from_bits(bits)) + f64::from(f32::from_bits(bits + 1))) / 2.0;
            check(&format!("{middle:.digits$},"))?;
        }
    }
}
