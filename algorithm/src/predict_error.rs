//! Why rows could not be scored.

use std::fmt;

use thiserror::Error;

use crate::{Rows, Signature};

/// Rows that could not be scored, in one line.
///
/// ```
/// use algorithm::{Features, PredictError, Rows, Signature};
///
/// assert_eq!(PredictError::new("the matrix is singular").to_string(), "the matrix is singular");
/// let signature = Signature::regressor(Features::unnamed(1), 1);
/// assert_eq!(
///     PredictError::input_type(Rows::I64(&[1]), &signature).to_string(),
///     "rows of int64 values, the model takes float32"
/// );
/// ```
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub struct PredictError(String);

impl PredictError {
    /// The line.
    pub fn new(line: impl fmt::Display) -> Self {
        Self(line.to_string())
    }

    /// Rows of another number type than the signature's.
    pub fn input_type(found: Rows<'_>, signature: &Signature) -> Self {
        Self(format!(
            "rows of {} values, the model takes {}",
            found.input_type(),
            signature.input_type
        ))
    }

    /// Values that do not make whole rows.
    pub fn length(found: Rows<'_>, signature: &Signature) -> Self {
        Self(format!(
            "{} values do not make whole rows of {} features",
            found.len(),
            signature.features.len()
        ))
    }
}
