//! Numbers and names as the page shows them.

/// A count with separators: `1,234,567`.
pub(super) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count of things: `1 row`, `2,000 rows`, `3 classes`.
pub(super) fn counted(n: usize, thing: &str) -> String {
    let plural = match (n, thing.ends_with('s')) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{} {thing}{plural}", count(n as u64))
}

/// A part of a whole: `95.3%`; only the whole is 100%.
pub(super) fn percent(part: f64) -> String {
    let tenths = (part * 1000.0).round();
    if tenths >= 1000.0 && part < 1.0 {
        return ">99.9%".to_owned();
    }
    if tenths == 0.0 && part > 0.0 {
        return "<0.1%".to_owned();
    }
    format!("{:.1}%", tenths / 10.0)
}

/// A duration.
pub(super) fn seconds(seconds: f64) -> String {
    match seconds {
        ..0.001 => "<1 ms".to_owned(),
        ..1.0 => format!("{:.0} ms", seconds * 1000.0),
        ..100.0 => format!("{seconds:.1} s"),
        _ => format!("{:.0} min", seconds / 60.0),
    }
}

/// A number with five significant digits, without an exponent if it is neither large nor small.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e6).contains(&size) {
        return format!("{value:.4e}");
    }
    let decimals = match size {
        ..1.0 => 5,
        ..10.0 => 4,
        ..100.0 => 3,
        ..1000.0 => 2,
        _ => 1,
    };
    format!("{value:.decimals$}")
}

/// A name in at most `most` characters. Its middle is left out, because names of columns and classes often
/// differ at their ends.
pub(super) fn shortened(name: &str, most: usize) -> String {
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
        assert_eq!(
            [0.0, 0.5, 12.3456, -1234.56, 1e9].map(number),
            ["0.00000", "0.50000", "12.346", "-1234.6", "1.0000e9"]
        );
        assert_eq!(shortened("abcdef", 4), "ab…f");
        assert_eq!(shortened("abcdef", 0), "…");
        assert_eq!(shortened("äöü", 3), "äöü");
    }
}
