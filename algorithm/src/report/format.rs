//! Numbers and names as the report shows them, whoever draws the section.

/// A count with separators: `1,234,567`.
///
/// ```
/// use algorithm::report::format;
///
/// assert_eq!(format::count(1_234_567), "1,234,567");
/// ```
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count of things: `1 row`, `2,000 rows`, `3 classes`.
///
/// ```
/// assert_eq!(algorithm::report::format::counted(3, "class"), "3 classes");
/// ```
pub fn counted(n: usize, thing: &str) -> String {
    let plural = match (n, thing.ends_with('s')) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{} {thing}{plural}", count(n as u64))
}

/// A part of a whole: `95.3%`; only the whole is 100%.
///
/// ```
/// assert_eq!(algorithm::report::format::percent(0.9999), ">99.9%");
/// ```
pub fn percent(part: f64) -> String {
    let tenths = (part * 1000.0).round();
    if tenths >= 1000.0 && part < 1.0 {
        return ">99.9%".to_owned();
    }
    if tenths == 0.0 && part > 0.0 {
        return "<0.1%".to_owned();
    }
    format!("{:.1}%", tenths / 10.0)
}

/// A name in at most `most` characters, 1 if `most` is 0. The middle is left out, because names of columns
/// and classes often differ at their ends.
///
/// ```
/// assert_eq!(algorithm::report::format::shortened("sepal length", 9), "sepa…ngth");
/// ```
pub fn shortened(name: &str, most: usize) -> String {
    let length = name.chars().count();
    if length <= most {
        return name.to_owned();
    }
    let kept = most.saturating_sub(1);
    let tail = kept / 2;
    let head: String = name.chars().take(kept - tail).collect();
    let tail: String = name.chars().skip(length - tail).collect();
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(count),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(
            [0.0, 0.0001, 0.5, 0.9534, 0.9999, 1.0].map(percent),
            ["0.0%", "<0.1%", "50.0%", "95.3%", ">99.9%", "100.0%"]
        );
        assert_eq!(shortened("abcdef", 4), "ab…f");
        assert_eq!(shortened("abcdef", 0), "…");
        assert_eq!(shortened("äöü", 3), "äöü");
    }
}
