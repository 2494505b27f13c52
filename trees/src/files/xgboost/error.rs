//! Why a file was refused.

use std::fmt::Display;

use thiserror::Error;

/// A refused XGBoost model file. Each variant displays as one line: the place, what was found, what is allowed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum XGBoostError {
    /// The bytes are none of XGBoost's formats.
    #[error("not an XGBoost model file: {0}")]
    Malformed(String),
    /// The file breaks a rule of the format.
    #[error("invalid XGBoost model: {0}")]
    Invalid(String),
    /// Possibly a valid file, but not a model that this crate scores.
    #[error("unsupported XGBoost model: {0}")]
    Unsupported(String),
}

/// An [`XGBoostError`] whose place grows on the way out of the document.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    kind: fn(String) -> XGBoostError,
    /// Empty, or keys and positions from the outside in: `trees[3].left_children[5]`.
    place: String,
    message: String,
}

impl Fault {
    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::new(XGBoostError::Malformed, message)
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(XGBoostError::Invalid, message)
    }

    pub(super) fn unsupported(message: impl Into<String>) -> Self {
        Self::new(XGBoostError::Unsupported, message)
    }

    fn new(kind: fn(String) -> XGBoostError, message: impl Into<String>) -> Self {
        Self {
            kind,
            place: String::new(),
            message: message.into(),
        }
    }

    /// The same inside of `outer`, a key or `[position]`.
    pub(super) fn at(mut self, outer: impl Display) -> Self {
        let dot = match self.place.as_bytes().first() {
            None | Some(b'[') => "",
            Some(_) => ".",
        };
        self.place = format!("{outer}{dot}{}", self.place);
        self
    }
}

impl From<Fault> for XGBoostError {
    fn from(fault: Fault) -> Self {
        let Fault {
            kind,
            place,
            message,
        } = fault;
        kind(match place.as_str() {
            "" => message,
            _ => format!("{place}: {message}"),
        })
    }
}

/// `Err` of [`Fault::invalid`] with a formatted message.
macro_rules! invalid {
    ($($argument:tt)*) => { Err($crate::files::xgboost::error::Fault::invalid(format!($($argument)*))) };
}

/// `Err` of [`Fault::unsupported`] with a formatted message.
macro_rules! unsupported {
    ($($argument:tt)*) => { Err($crate::files::xgboost::error::Fault::unsupported(format!($($argument)*))) };
}

pub(super) use {invalid, unsupported};
