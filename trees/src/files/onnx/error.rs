//! Why a file was refused.

use proto::wire;
use thiserror::Error;

/// A refused model file. Each variant displays as one line: the place, what was found, what is allowed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadError {
    /// The bytes are not an ONNX file.
    #[error("not an ONNX model file: {0}")]
    Malformed(String),
    /// The file breaks a rule of ONNX.
    #[error("invalid ONNX model: {0}")]
    Invalid(String),
    /// Possibly valid ONNX, but not something that this crate scores.
    #[error("unsupported ONNX model: {0}")]
    Unsupported(String),
}

impl From<wire::Error> for LoadError {
    fn from(error: wire::Error) -> Self {
        LoadError::Malformed(error.to_string())
    }
}

/// `Err` of [`LoadError::Invalid`] with a formatted message.
macro_rules! invalid {
    ($($argument:tt)*) => { Err(crate::files::onnx::LoadError::Invalid(format!($($argument)*))) };
}

/// `Err` of [`LoadError::Unsupported`] with a formatted message.
macro_rules! unsupported {
    ($($argument:tt)*) => { Err(crate::files::onnx::LoadError::Unsupported(format!($($argument)*))) };
}

pub(super) use {invalid, unsupported};
