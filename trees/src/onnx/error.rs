//! Why a file was refused.

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
    /// Valid ONNX perhaps, but nothing that this crate scores.
    #[error("unsupported ONNX model: {0}")]
    Unsupported(String),
}

/// Longest part of a file's text that a message repeats, in characters.
const MAX_QUOTE: usize = 60;

/// A name from the file, fit for one line of a message.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted: String = text
        .chars()
        .take(MAX_QUOTE)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(MAX_QUOTE).is_some() {
        quoted.push_str("...");
    }
    format!("`{quoted}`")
}

/// `Err` of [`LoadError::Invalid`] with a formatted message.
macro_rules! invalid {
    ($($argument:tt)*) => { Err(crate::onnx::LoadError::Invalid(format!($($argument)*))) };
}

/// `Err` of [`LoadError::Unsupported`] with a formatted message.
macro_rules! unsupported {
    ($($argument:tt)*) => { Err(crate::onnx::LoadError::Unsupported(format!($($argument)*))) };
}

pub(crate) use {invalid, unsupported};
