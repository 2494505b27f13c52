//! Why files can't be trained on.

use std::io;

use thiserror::Error;

use crate::fault::Fault;

/// Why files can't be trained on, in one sentence.
#[derive(Debug, Error)]
pub enum ReadError {
    /// A record of a file, or a file as a whole.
    #[error("{}", fault.in_file(file))]
    Record {
        /// The file's name.
        file: String,
        /// Where and what.
        fault: Fault,
    },
    /// The operating system, or a damaged `.gz`.
    #[error("{file}: can't be read: {source}")]
    Read {
        /// The file's name.
        file: String,
        /// The cause.
        source: io::Error,
    },
    /// All files together: what was found and what is expected.
    #[error("{0}")]
    Whole(String),
}
