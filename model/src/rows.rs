//! The rows to score, as the caller has them.

use thiserror::Error;

use crate::InputType;

/// Feature values of any number of rows, row-major: row `r`, feature `f` is at `r * n_features + f`.
///
/// The variant must be the one of the model's [`InputType`]. NaN is a missing value.
#[derive(Clone, Copy, Debug)]
pub enum Rows<'a> {
    /// For [`InputType::Float`].
    F32(&'a [f32]),
    /// For [`InputType::Double`].
    F64(&'a [f64]),
    /// For [`InputType::Int64`].
    I64(&'a [i64]),
}

/// Rows that do not fit the model.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ShapeError {
    /// The values are of another type than the model's input.
    #[error("rows of {found} values, the model takes {expected}")]
    Type {
        /// What the rows hold.
        found: InputType,
        /// The model's input type.
        expected: InputType,
    },
    /// The values do not divide into rows.
    #[error("{found} values do not make whole rows of {n_features} features")]
    Length {
        /// Number of values.
        found: usize,
        /// The model's number of features.
        n_features: usize,
    },
}

impl Rows<'_> {
    /// Number of values, all rows together.
    pub fn len(&self) -> usize {
        match self {
            Rows::F32(values) => values.len(),
            Rows::F64(values) => values.len(),
            Rows::I64(values) => values.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The input type that these rows fit.
    pub fn input_type(&self) -> InputType {
        match self {
            Rows::F32(_) => InputType::Float,
            Rows::F64(_) => InputType::Double,
            Rows::I64(_) => InputType::Int64,
        }
    }

    /// The values from `start` to before `end`.
    pub(crate) fn range(&self, start: usize, end: usize) -> Self {
        match self {
            Rows::F32(values) => Rows::F32(&values[start..end]),
            Rows::F64(values) => Rows::F64(&values[start..end]),
            Rows::I64(values) => Rows::I64(&values[start..end]),
        }
    }
}
