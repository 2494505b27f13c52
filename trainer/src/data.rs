//! Training data: the CSV files of a channel, read into a table.
//!
//! | module | holds |
//! | --- | --- |
//! | `files` | which files a channel has |
//! | `source` | a file as bytes, unpacked |
//! | `blocks` | the bytes cut between records |
//! | `first_line` | columns and header |
//! | `parse`, `field` | a block's text into numbers |
//! | `labels` | labels into sorted classes |
//! | `read` | all of it, on all cores |
//! | `table` | the result as learners take it |
//! | `row_major` | rows out of a table's columns |
//! | `checks` | signs that the data are not what the user meant |
//! | `problem` | what is wrong, and where |

mod blocks;
mod checks;
mod field;
mod files;
mod first_line;
mod labels;
mod parse;
mod problem;
mod read;
pub(crate) mod row_major;
mod source;
mod table;

#[cfg(test)]
mod tests;

pub use checks::warnings;
pub use files::Channel;
pub use first_line::Header;
pub use problem::{DataError, Problem};
pub use read::ReadOptions;
pub use table::ChannelTable;
