//! How files are to be read.

use std::thread;

use algorithm::{Absent, Task};

use crate::{Columns, Header};

/// Bytes of text that a thread decodes at a time.
const BLOCK_BYTES: usize = 1 << 20;

/// How the files of a channel are to be read.
#[derive(Clone, Debug)]
pub struct Options {
    /// What each record says beside its features: the text of a label, a number, or nothing.
    pub task: Task,
    /// Whether first records of CSV name the columns; [`Header::Auto`] leaves it to the content type, and
    /// then to the record itself.
    pub header: Header,
    /// Records that are lists of values, in CSV, JSON and npy, have the row's weight after the label.
    pub csv_weights: bool,
    /// The columns of the training channel, for another channel. There a weight may be left out, even with
    /// `csv_weights`.
    pub like: Option<Columns>,
    /// The meaning of a value that a sparse record leaves out.
    pub absent: Absent,
    /// Whether a value may be missing.
    pub takes_missing: bool,
    /// Most bytes of the table: 4 times rows times features. A sparse file of a few bytes may stand for any
    /// number of values.
    pub max_bytes: usize,
    /// Bytes of a file that a thread decodes at a time, at least 1; what is read does not depend on them.
    pub block_bytes: usize,
    /// Threads that decode; `None`: as many as there are cores.
    pub threads: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            task: Task::Classes,
            header: Header::Auto,
            csv_weights: false,
            like: None,
            absent: Absent::Zero,
            takes_missing: true,
            max_bytes: usize::MAX,
            block_bytes: BLOCK_BYTES,
            threads: None,
        }
    }
}

impl Options {
    /// Threads that decode, at least 1.
    pub(super) fn n_threads(&self) -> usize {
        let threads = self
            .threads
            .unwrap_or_else(|| thread::available_parallelism().map_or(1, |cores| cores.get()));
        threads.max(1)
    }
}
