//! Why a file was refused.

use algorithm::text::excerpt;
use thiserror::Error;

/// A refused model file. Each variant displays as one line: the place, what was found, what is allowed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(super) enum Error {
    /// The bytes are not LightGBM's.
    #[error("not a LightGBM model file: {0}")]
    Malformed(String),
    /// The file breaks a rule of the format.
    #[error("invalid LightGBM model: {0}")]
    Invalid(String),
    /// Possibly valid, but not something that this crate scores.
    #[error("unsupported LightGBM model: {0}")]
    Unsupported(String),
}

impl Error {
    /// A file with another beginning.
    pub(super) fn malformed(file: &[u8]) -> Self {
        Self::Malformed(format!(
            "found `{}`, expected the lines `tree` and `version=...`",
            excerpt(file)
        ))
    }
}

/// `Err` of [`Error::Invalid`] with a formatted message.
macro_rules! invalid {
    ($($argument:tt)*) => { Err(crate::files::lightgbm::error::Error::Invalid(format!($($argument)*))) };
}

/// `Err` of [`Error::Unsupported`] with a formatted message.
macro_rules! unsupported {
    ($($argument:tt)*) => { Err(crate::files::lightgbm::error::Error::Unsupported(format!($($argument)*))) };
}

pub(super) use {invalid, unsupported};
