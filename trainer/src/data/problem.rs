//! Why a file can't be trained on, as one sentence: the place, what was found, what is allowed.

use std::fmt;

use algorithm::text::excerpt;
use thiserror::Error;

/// Why the data can't be used.
#[derive(Debug, Error)]
pub enum DataError {
    /// A field or a line of a file.
    #[error("{file}, {problem}")]
    Content {
        /// The file's path below the directory of the channels.
        file: String,
        /// Where and what.
        problem: Problem,
    },
    /// The operating system, or a damaged `.gz`.
    #[error("{file}: can't be read: {source}")]
    Read {
        /// The file's path below the directory of the channels.
        file: String,
        /// The cause.
        source: std::io::Error,
    },
    /// What a channel holds as a whole.
    #[error("channel {channel}: {what}")]
    Channel {
        /// The channel's name.
        channel: String,
        /// What was found and what is expected.
        what: String,
    },
}

/// Something in a file that can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Counted from 1.
    pub line: u64,
    /// The field's number in its line, counted from 1.
    pub column: usize,
    /// What was found and what is allowed.
    pub what: String,
}

impl Problem {
    pub(crate) fn new(line: u64, column: usize, what: impl Into<String>) -> Self {
        Self {
            line,
            column,
            what: what.into(),
        }
    }

    /// The same problem, seen from a place that lies `lines` earlier.
    pub(crate) fn after(mut self, lines: u64) -> Self {
        self.line += lines;
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, what } = self;
        write!(f, "line {line}, column {column}: {what}")
    }
}

/// A field as a message quotes it.
pub(crate) fn quoted(field: &[u8]) -> String {
    if field.is_empty() {
        return "an empty field".to_owned();
    }
    format!("{:?}", excerpt(field))
}
