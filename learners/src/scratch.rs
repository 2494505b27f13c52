//! Buffers that one tree leaves to the next: memory fresh from the system costs as much as a tenth of a tree.

use std::sync::{Arc, Mutex, PoisonError};

/// Gradient and Hessian of a row in units.
pub(crate) type Pair = [i32; 2];

/// Sums of gradients and Hessians in units. 2^32 rows of 30 bits don't overflow it.
pub(crate) type Sum = [i64; 2];

/// The sums of a feature's bins. A byte is always a valid index of it, so the inner loop has no checks.
pub(crate) type Row = [Sum; 256];

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
    pub(crate) fn take_rows(&self) -> Vec<u32> {
        self.with(|free| free.rows.pop()).unwrap_or_default()
    }

    pub(crate) fn give_rows(&self, mut rows: Vec<u32>) {
        rows.clear();
        self.with(|free| free.rows.push(rows));
    }

    /// A buffer of any length and content.
    pub(crate) fn take_pairs(&self) -> Vec<Pair> {
        self.with(|free| free.pairs.pop()).unwrap_or_default()
    }

    pub(crate) fn give_pairs(&self, pairs: Vec<Pair>) {
        self.with(|free| free.pairs.push(pairs));
    }

    /// Sums of any content, all of the table's width.
    pub(crate) fn take_sums(&self) -> Vec<Vec<Row>> {
        self.with(|free| std::mem::take(&mut free.sums))
    }

    pub(crate) fn give_sums(&self, sums: Vec<Vec<Row>>) {
        self.with(|free| free.sums.extend(sums));
    }

    fn with<T>(&self, f: impl FnOnce(&mut Free) -> T) -> T {
        // Whatever a panic left behind is as good as any other content.
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
