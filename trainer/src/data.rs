//! Training data: the CSV files of a channel, read into a linfa dataset.
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
//! | `table` | the result as a dataset |
//! | `checks` | what is likely not meant so |
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
mod source;
mod table;

#[cfg(test)]
mod tests;

pub use checks::warnings;
pub use files::Channel;
pub use first_line::Header;
pub use labels::Classes;
pub use problem::{DataError, Problem};
pub use read::{Columns, ReadOptions};
pub use table::{Dataset, Table};
