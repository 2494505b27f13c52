//! Numbers, rounded once to the model's number type.

mod plain;

/// A number type that models take.
pub trait Number: Copy + 'static {
    /// The number 0.
    const ZERO: Self;

    /// The value that means missing, if the type has one.
    const MISSING: Option<Self>;

    /// What a value may be, for messages.
    const KIND: &'static str;

    /// Whether it means missing.
    fn is_missing(self) -> bool;

    /// The number that `text` stands for; `None` for infinities and overflows.
    fn parse(text: &[u8]) -> Option<Self>;

    /// The number that `text` begins with, and its length in bytes.
    fn parse_prefix(text: &[u8]) -> Option<(Self, usize)>;

    /// The nearest value, NaN being missing; `None` for infinities and overflows.
    fn from_f64(value: f64) -> Option<Self>;

    /// The nearest value.
    fn from_i64(value: i64) -> Option<Self>;

    /// The nearest value.
    fn from_u64(value: u64) -> Option<Self>;

    /// Values as the model takes them.
    fn rows(values: &[Self]) -> algorithm::Rows<'_>;
}

macro_rules! float {
    ($float:ty, $plain:path, $rows:path, $kind:literal) => {
        impl Number for $float {
            const ZERO: Self = 0.0;
            const MISSING: Option<Self> = Some(<$float>::NAN);
            const KIND: &'static str = $kind;

            fn is_missing(self) -> bool {
                self.is_nan()
            }

            fn parse(text: &[u8]) -> Option<Self> {
                let (value, length) = Self::parse_prefix(text)?;
                (length == text.len()).then_some(value)
            }

            #[inline(always)]
            fn parse_prefix(text: &[u8]) -> Option<(Self, usize)> {
                if let Some(plain) = $plain(text) {
                    return Some(plain);
                }
                let (value, length) = fast_float2::parse_partial::<$float, _>(text).ok()?;
                value.is_finite().then_some((value, length))
            }

            fn from_f64(value: f64) -> Option<Self> {
                let rounded = value as $float;
                (!rounded.is_infinite()).then_some(rounded)
            }

            fn from_i64(value: i64) -> Option<Self> {
                Some(value as $float)
            }

            fn from_u64(value: u64) -> Option<Self> {
                Some(value as $float)
            }

            fn rows(values: &[Self]) -> algorithm::Rows<'_> {
                $rows(values)
            }
        }
    };
}

float!(
    f32,
    plain::float32,
    algorithm::Rows::F32,
    "a finite decimal number"
);
float!(
    f64,
    plain::float64,
    algorithm::Rows::F64,
    "a finite decimal number"
);

impl Number for i64 {
    const ZERO: Self = 0;
    const MISSING: Option<Self> = None;
    const KIND: &'static str = "a whole number from -2^63 to 2^63-1";

    fn is_missing(self) -> bool {
        false
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let whole = std::str::from_utf8(text).ok()?.parse().ok();
        // Columns of whole numbers often come as 3.0.
        whole.or_else(|| Self::from_f64(fast_float2::parse(text).ok()?))
    }

    fn parse_prefix(_: &[u8]) -> Option<(Self, usize)> {
        None
    }

    fn from_f64(value: f64) -> Option<Self> {
        /// From here on not every whole number is a float64, and text would be rounded.
        const EXACT: f64 = (1_u64 << f64::MANTISSA_DIGITS) as f64;
        (value.fract() == 0.0 && value.abs() < EXACT).then_some(value as Self)
    }

    fn from_i64(value: i64) -> Option<Self> {
        Some(value)
    }

    fn from_u64(value: u64) -> Option<Self> {
        value.try_into().ok()
    }

    fn rows(values: &[Self]) -> algorithm::Rows<'_> {
        algorithm::Rows::I64(values)
    }
}

/// The number in a field of text, which may be missing; no blanks or quotes around it.
pub(crate) fn field<N: Number>(text: &[u8]) -> Option<N> {
    N::parse(text).or_else(|| N::MISSING.filter(|_| is_missing(text)))
}

/// Whether a field means "missing".
pub(crate) fn is_missing(field: &[u8]) -> bool {
    field.is_empty()
        || field.eq_ignore_ascii_case(b"-nan")
        || field.eq_ignore_ascii_case(b"nan")
        || field.eq_ignore_ascii_case(b"na")
        || field.eq_ignore_ascii_case(b"null")
}

/// What a field of text may hold, for messages.
pub(crate) fn expected<N: Number>(missing: &str) -> String {
    match N::MISSING {
        Some(_) => format!("{}{missing}", N::KIND),
        None => N::KIND.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_may_be_written_as_floats() {
        for (text, value) in [
            ("3", Some(3)),
            ("-3.0", Some(-3)),
            ("1e3", Some(1000)),
            ("9223372036854775807", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("0.5", None),
            ("nan", None),
            ("inf", None),
        ] {
            assert_eq!(<i64 as Number>::parse(text.as_bytes()), value, "{text}");
        }
    }

    #[test]
    fn a_number_that_float32_does_not_reach_is_none() {
        assert_eq!(<f32 as Number>::from_f64(1e300), None);
        assert_eq!(<f32 as Number>::from_f64(f64::INFINITY), None);
        assert_eq!(<f32 as Number>::from_f64(0.1), Some(0.1));
        assert!(<f32 as Number>::from_f64(f64::NAN).is_some_and(f32::is_nan));
    }
}
