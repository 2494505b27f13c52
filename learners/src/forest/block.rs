//! Rows that a tree, or a part of one, is grown on: their values in columns.

use ndarray::ArrayView2;

/// A value of a column: a bin, or the number itself.
pub(super) trait Value: Copy + Send + Sync {
    /// Whether a row with this value goes left.
    fn goes_left(self, cut: &Cut<Self>) -> bool;
}

/// Where a node's rows part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cut<V> {
    /// The largest value that goes left.
    pub(super) last: V,
    pub(super) missing_goes_left: bool,
    /// The largest number that goes left; infinity if all but the missing do.
    pub(super) threshold: f32,
}

/// The bin of missing values.
pub(super) const MISSING: u8 = 255;

impl Value for u8 {
    #[inline(always)]
    fn goes_left(self, cut: &Cut<u8>) -> bool {
        if self == MISSING {
            cut.missing_goes_left
        } else {
            self <= cut.last
        }
    }
}

impl Value for f32 {
    #[inline(always)]
    fn goes_left(self, cut: &Cut<f32>) -> bool {
        self <= cut.last || (self.is_nan() && cut.missing_goes_left)
    }
}

/// A row of a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<Y> {
    /// Its place in the columns.
    pub(super) at: u32,
    pub(super) weight: f32,
    pub(super) y: Y,
}

/// Values, column by column.
pub(super) struct Columns<V> {
    pub(super) n_rows: usize,
    values: Vec<V>,
}

impl<V: Value> Columns<V> {
    pub(super) fn new(values: Vec<V>, n_rows: usize) -> Self {
        Self { n_rows, values }
    }

    #[inline(always)]
    pub(super) fn column(&self, feature: u32) -> &[V] {
        let start = feature as usize * self.n_rows;
        &self.values[start..start + self.n_rows]
    }

    pub(super) fn n_features(&self) -> usize {
        self.values.len() / self.n_rows
    }

    /// The columns of some of the rows, whose places become those in the new columns. They are together in the cache.
    pub(super) fn part<Y>(&self, rows: &mut [Row<Y>]) -> Self {
        let mut values = Vec::with_capacity(rows.len() * self.n_features());
        for column in self.values.chunks_exact(self.n_rows) {
            values.extend(rows.iter().map(|row| column[row.at as usize]));
        }
        for (at, row) in (0..).zip(&mut *rows) {
            row.at = at;
        }
        Self {
            n_rows: rows.len(),
            values,
        }
    }
}

/// The columns of a table with its rows in another order.
pub(super) fn numbers(records: ArrayView2<'_, f32>, order: &[u32]) -> Vec<f32> {
    let mut values = Vec::with_capacity(records.len());
    for column in records.columns() {
        values.extend(order.iter().map(|row| column[*row as usize]));
    }
    values
}
