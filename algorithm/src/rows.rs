//! The rows that a predictor is asked about.

use std::{fmt, ops::Range};

/// The number type of a model's input.
///
/// ```
/// use algorithm::{InputType, Rows};
///
/// assert_eq!(Rows::F64(&[1.0]).input_type(), InputType::F64);
/// assert_eq!(InputType::F64.to_string(), "float64");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputType {
    /// float32; [`Rows::F32`].
    F32,
    /// float64; [`Rows::F64`].
    F64,
    /// int64; [`Rows::I64`]. Integers have no missing values.
    I64,
}

impl fmt::Display for InputType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InputType::F32 => "float32",
            InputType::F64 => "float64",
            InputType::I64 => "int64",
        })
    }
}

/// Feature values of any number of rows, row-major: row `r`, feature `f` is at `r * n_features + f`.
/// NaN is a missing value.
///
/// ```
/// use algorithm::Rows;
///
/// // Two rows of two features; the second value of the first row is missing.
/// let rows = Rows::F32(&[1.0, f32::NAN, 3.0, 4.0]);
/// let Rows::F32(second) = rows.slice(2..4) else { unreachable!("a part has the type of the whole") };
/// assert_eq!(second, [3.0, 4.0]);
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Rows<'a> {
    /// For [`InputType::F32`].
    F32(&'a [f32]),
    /// For [`InputType::F64`].
    F64(&'a [f64]),
    /// For [`InputType::I64`].
    I64(&'a [i64]),
}

impl Rows<'_> {
    /// Number of values, all rows together.
    #[inline]
    pub fn len(&self) -> usize {
        match self {
            Rows::F32(values) => values.len(),
            Rows::F64(values) => values.len(),
            Rows::I64(values) => values.len(),
        }
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number type.
    #[inline]
    pub fn input_type(&self) -> InputType {
        match self {
            Rows::F32(_) => InputType::F32,
            Rows::F64(_) => InputType::F64,
            Rows::I64(_) => InputType::I64,
        }
    }

    /// The values in `range`, counted in values and not in rows.
    ///
    /// # Panics
    /// The range goes beyond the last value.
    #[inline]
    pub fn slice(&self, range: Range<usize>) -> Self {
        match self {
            Rows::F32(values) => Rows::F32(&values[range]),
            Rows::F64(values) => Rows::F64(&values[range]),
            Rows::I64(values) => Rows::I64(&values[range]),
        }
    }
}
