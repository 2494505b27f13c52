//! Training data: the files of a channel, read into a table.
//!
//! | module | holds |
//! | --- | --- |
//! | `files` | which files a channel has |
//! | `source` | a file as bytes, unpacked |
//! | `memory` | how large a table may be |
//! | `classes` | labels into sorted classes |
//! | `table` | the files' records as learners take them |
//! | `row_major` | rows out of a table's columns |
//! | `checks` | signs that the data are not what the user meant |
//! | `error` | why data can't be used |

mod checks;
mod classes;
mod error;
mod files;
mod memory;
pub(crate) mod row_major;
mod source;
mod table;

#[cfg(test)]
mod tests;

pub use checks::warnings;
pub use error::DataError;
pub use files::Channel;
pub use table::{ChannelTable, ReadOptions};
