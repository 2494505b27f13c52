//! Buffers that one tree leaves to the next: memory fresh from the system costs as much as a tenth of a tree.

use std::sync::{Arc, Mutex, PoisonError};

use super::{gradient::Pair, sums::Row};

/// The buffers of growers that are done.
#[derive(Clone, Default)]
pub(crate) struct Scratch(Arc<Mutex<Free>>);

#[derive(Default)]
struct Free {
    rows: Vec<Vec<u32>>,
    pairs: Vec<Vec<Pair>>,
    sums: Vec<Vec<Row>>,
}

impl Scratch {
    /// An empty buffer for row numbers.
    pub(super) fn take_rows(&self) -> Vec<u32> {
        self.with(|free| free.rows.pop()).unwrap_or_default()
    }

    pub(super) fn give_rows(&self, mut rows: Vec<u32>) {
        rows.clear();
        self.with(|free| free.rows.push(rows));
    }

    /// A buffer of any length and content.
    pub(super) fn take_pairs(&self) -> Vec<Pair> {
        self.with(|free| free.pairs.pop()).unwrap_or_default()
    }

    pub(super) fn give_pairs(&self, pairs: Vec<Pair>) {
        self.with(|free| free.pairs.push(pairs));
    }

    /// Sums of any content, all of the table's width.
    pub(super) fn take_sums(&self) -> Vec<Vec<Row>> {
        self.with(|free| std::mem::take(&mut free.sums))
    }

    pub(super) fn give_sums(&self, sums: Vec<Vec<Row>>) {
        self.with(|free| free.sums.extend(sums));
    }

    fn with<T>(&self, f: impl FnOnce(&mut Free) -> T) -> T {
        // Whatever a panic left behind is as good as any other content.
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
