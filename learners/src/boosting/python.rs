//! Numbers, lists and texts as Python reads and writes them: hyperparameters are judged by `int()` and `float()`, and
//! sentences quote values by `repr()`.

/// What `int()` reads: white space around it and a `_` between two digits are allowed. `None` also beyond 64 bits.
pub(super) fn int(text: &str) -> Option<i64> {
    digits(text)?.parse().ok()
}

/// What `float()` reads: also `nan`, `inf` and `infinity`, signed, in any case.
pub(super) fn float(text: &str) -> Option<f64> {
    digits(text)?.parse().ok()
}

/// The text without white space around it, and without each `_` between two digits.
fn digits(text: &str) -> Option<String> {
    let text = text.trim();
    let bytes = text.as_bytes();
    let is_digit = |place: usize| bytes.get(place).is_some_and(u8::is_ascii_digit);
    for place in text.match_indices('_').map(|(place, _)| place) {
        if place == 0 || !is_digit(place - 1) || !is_digit(place + 1) {
            return None;
        }
    }
    Some(text.replace('_', ""))
}

/// The whole numbers of `(1, -1)`, `[1, -1]` or `1, -1`, the last of which may be followed by a comma.
pub(super) fn ints(text: &str) -> Option<Vec<i64>> {
    let text = text.trim();
    let inner = within(text, '(', ')').or_else(|| within(text, '[', ']'));
    let inner = inner.unwrap_or(text).trim();
    let inner = inner.strip_suffix(',').unwrap_or(inner);
    if inner.is_empty() {
        return Some(Vec::new());
    }
    inner.split(',').map(int).collect()
}

/// The whole numbers of `[[0, 1], [2, 3]]`.
pub(super) fn nested_ints(text: &str) -> Option<Vec<Vec<i64>>> {
    serde_json::from_str(text.trim()).ok()
}

fn within(text: &str, open: char, close: char) -> Option<&str> {
    text.strip_prefix(open)?.strip_suffix(close)
}

/// A float as `repr()` writes it: as few digits as restore it, `1.0`, `1e-05`, `1e+16`, `nan`, `inf`.
pub(super) fn repr_float(value: f64) -> String {
    let size = value.abs();
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() || size == 0.0 || (1e-4..1e16).contains(&size) {
        return format!("{value:?}");
    }
    let text = format!("{value:e}");
    match text.split_once("e-") {
        Some((digits, exponent)) => format!("{digits}e-{exponent:0>2}"),
        None => text.replace('e', "e+"),
    }
}

/// A text as `repr()` quotes it.
pub(super) fn repr_text(text: &str) -> String {
    let quote = match text.contains('\'') && !text.contains('"') {
        true => '"',
        false => '\'',
    };
    let mut quoted = String::from(quote);
    for character in text.chars() {
        match character {
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\\' => quoted.push_str("\\\\"),
            c if c == quote => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push(quote);
    quoted
}

/// A list as `repr()` writes it; its items are written already.
pub(super) fn repr_list<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> String {
    let mut list = String::from("[");
    for (place, item) in items.into_iter().enumerate() {
        if place > 0 {
            list.push_str(", ");
        }
        list.push_str(item.as_ref());
    }
    list.push(']');
    list
}

/// A list of texts as `repr()` writes it.
pub(super) fn repr_texts<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> String {
    repr_list(texts.into_iter().map(|text| repr_text(text.as_ref())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_python_reads_them() {
        for (text, number) in [
            ("5", Some(5)),
            (" 5\n", Some(5)),
            ("+5", Some(5)),
            ("-1_000", Some(-1000)),
            ("5.0", None),
            ("_5", None),
            ("5__0", None),
            ("", None),
            ("9223372036854775808", None),
        ] {
            assert_eq!(int(text), number, "{text}");
        }
        for (text, number) in [
            ("5", Some(5.0)),
            (" .5 ", Some(0.5)),
            ("1e-3", Some(0.001)),
            ("1_0.5", Some(10.5)),
            ("-Infinity", Some(f64::NEG_INFINITY)),
            ("0x1", None),
            ("1,5", None),
            ("", None),
        ] {
            assert_eq!(float(text), number, "{text}");
        }
        assert!(float("NaN").is_some_and(f64::is_nan));
        assert_eq!(ints("(1,0, -1)"), Some(vec![1, 0, -1]));
        assert_eq!(ints("(1,)"), Some(vec![1]));
        assert_eq!(ints("[1]"), Some(vec![1]));
        assert_eq!(ints("()"), Some(vec![]));
        assert_eq!(
            (ints("(1,0"), ints("(a)"), ints("(,)")),
            (None, None, Some(vec![]))
        );
        assert_eq!(nested_ints("[[0, 1],[2]]"), Some(vec![vec![0, 1], vec![2]]));
        assert_eq!((nested_ints("[[1,"), nested_ints("[1]")), (None, None));
    }

    #[test]
    fn values_are_written_as_python_writes_them() {
        for (value, text) in [
            (1.0, "1.0"),
            (-0.5, "-0.5"),
            (1.01, "1.01"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (-1.5e-7, "-1.5e-07"),
            (1e16, "1e+16"),
            (1.25e100, "1.25e+100"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(repr_float(value), text);
        }
        assert_eq!(
            repr_texts(["a", "it's", "\n'\""]),
            r#"['a', "it's", '\n\'"']"#
        );
    }
}
