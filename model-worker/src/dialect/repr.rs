//! Numbers as Python's `repr` writes them.

/// Appends a float: as few digits as restore it, `1.0`, `1e-05` and `1e+16`, `nan`, `inf` and `-inf`.
pub(super) fn float(value: f64, text: &mut Vec<u8>) {
    if value.is_nan() {
        return text.extend_from_slice(b"nan");
    }
    if value.is_infinite() {
        return text.extend_from_slice(if value > 0.0 { b"inf" } else { b"-inf" });
    }
    let mut buffer = zmij::Buffer::new();
    let shortest = buffer.format_finite(value);
    let size = value.abs();
    if size == 0.0 || (1e-4..1e16).contains(&size) {
        return text.extend_from_slice(shortest.as_bytes());
    }
    let (digits, exponent) = match shortest.split_once('e') {
        Some((digits, exponent)) => {
            let Ok(exponent) = exponent.parse::<i32>() else {
                unreachable!("an exponent is a whole number");
            };
            (digits.to_owned(), exponent)
        }
        None => scientific(shortest),
    };
    let sign = if exponent < 0 { '-' } else { '+' };
    text.extend_from_slice(format!("{digits}e{sign}{:02}", exponent.abs()).as_bytes());
}

/// `-0.000012` as `-1.2` and its exponent; the number is below 1.
fn scientific(fixed: &str) -> (String, i32) {
    let (sign, fixed) = match fixed.strip_prefix('-') {
        Some(fixed) => ("-", fixed),
        None => ("", fixed),
    };
    let fraction = fixed.trim_start_matches("0.");
    let digits = fraction.trim_start_matches('0');
    let exponent = -1 - (fraction.len() - digits.len()) as i32;
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    (format!("{sign}{first}{point}{rest}"), exponent)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(value: f64) -> String {
        let mut text = Vec::new();
        float(value, &mut text);
        String::from_utf8(text).unwrap()
    }

    /// What Python 3.12 printed for these.
    #[test]
    fn floats_are_written_as_python_writes_them() {
        for (value, text) in [
            (f64::from(0.775_063_5_f32), "0.7750635147094727"),
            (f64::from(0.224_936_47_f32), "0.22493647038936615"),
            (f64::from(0.1_f32), "0.10000000149011612"),
            (f64::from(1e-5_f32), "9.999999747378752e-06"),
            (f64::from(1e-4_f32), "9.999999747378752e-05"),
            (f64::from(f32::MAX), "3.4028234663852886e+38"),
            (f64::from(f32::from_bits(1)), "1.401298464324817e-45"),
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-2.5, "-2.5"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1.5e-5, "1.5e-05"),
            (123_456.0, "123456.0"),
            (1e15, "1000000000000000.0"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1e16, "1e+16"),
            (1.5e16, "1.5e+16"),
            (1e22, "1e+22"),
            (1e100, "1e+100"),
            (5e-324, "5e-324"),
            (-1.7976931348623157e308, "-1.7976931348623157e+308"),
            (7_142_202_978_816_874.0 / 8.0, "892775372352109.2"),
            (7_142_202_978_816_875.0 / 8.0, "892775372352109.4"),
            (f64::NAN, "nan"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(written(value), text);
        }
    }

    /// The digits and the exponent of a text, without sign, point and zeros that stand for no digit.
    fn digits_and_exponent(text: &str) -> (String, i32) {
        let text = text.trim_start_matches('-');
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        let significant = digits.trim_start_matches('0');
        let zeros = (digits.len() - significant.len()) as i32;
        let exponent: i32 = exponent.parse().unwrap();
        let exponent = exponent + whole.len() as i32 - 1 - zeros;
        (significant.trim_end_matches('0').to_owned(), exponent)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(5000) })]

        /// The rules of Python's `float_repr_style` 'short': the shortest digits that restore the value (as many as
        /// the standard library finds), and of those the nearest, or the even ones of two; an exponent of at least
        /// two digits below 1e-4 and from 1e16 on, else a point with a digit on either side.
        #[test]
        fn the_rules_hold(
            value in prop_oneof![
                any::<f32>().prop_map(f64::from),
                any::<f64>(),
                (1.0..10.0_f64, -8..20_i32).prop_map(|(digits, power)| digits * 10_f64.powi(power)),
                (-8..20_i32).prop_map(|power| 10_f64.powi(power)),
            ].prop_filter("finite", |value| value.is_finite() && *value != 0.0)
        ) {
            let text = written(value);
            prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits());
            let (digits, exponent) = digits_and_exponent(&text);
            let std = digits_and_exponent(&format!("{value:e}"));
            if (&digits, exponent) != (&std.0, std.1) {
                let (exact, power) = digits_and_exponent(&format!("{value:.1100e}"));
                prop_assert_eq!((digits.len(), exponent), (std.0.len(), power), "{}", text);
                prop_assert_eq!(&exact[digits.len()..], "5", "{}", text);
                prop_assert!(digits.ends_with(['0', '2', '4', '6', '8']), "{}", text);
            }
            match text.split_once('e') {
                Some((mantissa, written)) => {
                    prop_assert!(!(-4..16).contains(&exponent), "{}", text);
                    prop_assert!(written.starts_with(['+', '-']) && written.len() >= 3, "{}", text);
                    prop_assert!(!mantissa.ends_with(".0") && !mantissa.ends_with('.'), "{}", text);
                }
                None => {
                    prop_assert!((-4..16).contains(&exponent), "{}", text);
                    let (whole, fraction) = text.split_once('.').unwrap();
                    prop_assert!(!whole.trim_start_matches('-').is_empty(), "{}", text);
                    prop_assert!(fraction == "0" || !fraction.ends_with('0') && !fraction.is_empty(), "{}", text);
                }
            }
        }
    }
}
