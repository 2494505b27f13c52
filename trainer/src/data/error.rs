//! Why data can't be used, as one sentence: the place, what was found, what is allowed.

use records::training::ReadError;
use thiserror::Error;

/// Why the data can't be used.
#[derive(Debug, Error)]
pub enum DataError {
    /// A record of a file, or a file that can't be read.
    #[error(transparent)]
    File(ReadError),
    /// What a channel holds as a whole.
    #[error("channel {channel}: {what}")]
    Channel {
        /// The channel's name.
        channel: String,
        /// What was found and what is expected.
        what: String,
    },
}
