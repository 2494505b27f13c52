//! Numbers and names as the page shows them.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [0.0, 0.5, 12.3456, -1234.56, 1e9].map(number),
            ["0.00000", "0.50000", "12.346", "-1234.6", "1.0000e9"]
        );
        assert_eq!(
            [0.0001, 0.25, 12.34, 600.0].map(seconds),
            ["<1 ms", "250 ms", "12.3 s", "10 min"]
        );
    }
}
