//! Numbers and fields of CSV as text.

use std::io::Write as _;

use super::cells::{Number, Numbers};

/// A field of CSV, in quotes if RFC 4180 asks for them. An empty field is quoted too: alone on its line, it
/// would be a blank line, which readers skip.
pub(super) fn csv_field(field: &[u8], text: &mut Vec<u8>) {
    let needs_quotes = field.is_empty()
        || field
            .iter()
            .any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r'));
    if !needs_quotes {
        return text.extend_from_slice(field);
    }
    text.push(b'"');
    for byte in field {
        if *byte == b'"' {
            text.push(b'"');
        }
        text.push(*byte);
    }
    text.push(b'"');
}

/// The shortest text that restores the value; `not_finite` says how NaN and infinities are written.
pub(super) fn number(number: Number, not_finite: NotFinite, text: &mut Vec<u8>) {
    let mut buffer = zmij::Buffer::new();
    let (shortest, value) = match number {
        Number::Single(value) if value.is_finite() => (Some(buffer.format_finite(value)), 0.0),
        Number::Double(value) if value.is_finite() => (Some(buffer.format_finite(value)), 0.0),
        Number::Single(value) => (None, f64::from(value)),
        Number::Double(value) => (None, value),
    };
    let other = match not_finite {
        NotFinite::Null => "null",
        NotFinite::Named if value.is_nan() => "nan",
        NotFinite::Named if value > 0.0 => "inf",
        NotFinite::Named => "-inf",
    };
    text.extend_from_slice(shortest.unwrap_or(other).as_bytes());
}

/// How NaN and infinities are written.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum NotFinite {
    /// `null`, since JSON has no such numbers.
    Null,
    /// `nan`, `inf` and `-inf`.
    Named,
}

/// Numbers with `separator` between them.
pub(super) fn numbers(
    numbers: Numbers<'_>,
    separator: &[u8],
    not_finite: NotFinite,
    text: &mut Vec<u8>,
) {
    for position in 0..numbers.len() {
        if position > 0 {
            text.extend_from_slice(separator);
        }
        number(numbers.get(position), not_finite, text);
    }
}

/// Numbers in lists of `length` in a list, in brackets and without NaN, as JSON has them.
pub(super) fn lists(numbers: Numbers<'_>, length: usize, separator: &[u8], text: &mut Vec<u8>) {
    for position in 0..numbers.len() {
        let is_first = position.is_multiple_of(length);
        if position > 0 {
            text.extend_from_slice(if is_first { b"]" } else { b"" });
            text.extend_from_slice(separator);
        }
        text.extend_from_slice(match (position, is_first) {
            (0, _) => b"[[",
            (_, true) => b"[",
            (_, false) => b"",
        });
        number(numbers.get(position), NotFinite::Null, text);
    }
    text.extend_from_slice(b"]]");
}

/// Whole numbers in a list.
pub(super) fn integers(integers: &[u32], separator: &[u8], text: &mut Vec<u8>) {
    text.push(b'[');
    for (position, integer) in integers.iter().enumerate() {
        if position > 0 {
            text.extend_from_slice(separator);
        }
        // Writing to a vector can't fail.
        let _ = write!(text, "{integer}");
    }
    text.push(b']');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(value: Number, not_finite: NotFinite) -> String {
        let mut text = Vec::new();
        number(value, not_finite, &mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn numbers_are_short_and_json_has_no_nan() {
        for (value, csv, json) in [
            (Number::Single(0.1), "0.1", "0.1"),
            (Number::Single(1.0), "1.0", "1.0"),
            (Number::Double(0.1), "0.1", "0.1"),
            (
                Number::Double(1.0 / 3.0),
                "0.3333333333333333",
                "0.3333333333333333",
            ),
            (Number::Single(f32::NAN), "nan", "null"),
            (Number::Single(f32::NEG_INFINITY), "-inf", "null"),
            (Number::Double(f64::INFINITY), "inf", "null"),
        ] {
            assert_eq!(written(value, NotFinite::Named), csv);
            assert_eq!(written(value, NotFinite::Null), json);
        }
    }

    #[test]
    fn fields_are_quoted_if_they_need_it() {
        for (label, expected) in [
            ("acer", "acer"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("été", "été"),
            ("", "\"\""),
        ] {
            let mut field = Vec::new();
            csv_field(label.as_bytes(), &mut field);
            assert_eq!(String::from_utf8(field).unwrap(), expected);
        }
    }

    proptest! {
        #[test]
        fn text_restores_the_value(value in prop::num::f32::NORMAL | prop::num::f32::SUBNORMAL | prop::num::f32::ZERO) {
            let text = written(Number::Single(value), NotFinite::Null);
            prop_assert_eq!(text.parse::<f32>().unwrap().to_bits(), value.to_bits());
            // As few digits as the standard library needs.
            let digits = |text: &str| {
                let mantissa = text.split('e').next().unwrap().replace(['.', '-'], "");
                mantissa.trim_matches('0').len()
            };
            prop_assert_eq!(digits(&text), digits(&format!("{value:?}")), "{}", text);
            prop_assert!(serde_json::from_str::<f64>(&text).is_ok());
        }
    }
}
