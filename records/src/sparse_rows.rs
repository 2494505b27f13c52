//! Sparse rows of a training block, kept as they are read: the number of columns may not be known yet.

/// Rows with the values that they have.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SparseRows<N> {
    /// Where each row ends among the entries.
    pub(crate) ends: Vec<usize>,
    pub(crate) columns: Vec<u32>,
    pub(crate) values: Vec<N>,
}

impl<N: Copy> SparseRows<N> {
    /// Dense rows of `n_features` values each.
    pub(crate) fn of(values: Vec<N>, n_features: usize) -> Self {
        let n_rows = values.len() / n_features;
        let columns = (0..n_rows).flat_map(|_| 0..n_features);
        Self {
            ends: (1..=n_rows).map(|row| row * n_features).collect(),
            columns: columns.map(|column| column as u32).collect(),
            values,
        }
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, entries: impl Iterator<Item = (usize, N)>) {
        for (column, value) in entries {
            // A schema has fewer than 2^32 columns.
            self.columns.push(column as u32);
            self.values.push(value);
        }
        self.ends.push(self.values.len());
    }

    /// Takes the last row back.
    pub(crate) fn pop(&mut self) {
        self.ends.pop();
        // The first row begins at 0.
        let end = self.ends.last().map_or(0, |end| *end);
        self.columns.truncate(end);
        self.values.truncate(end);
    }

    /// The entries of a row, columns and values.
    pub(crate) fn row(&self, row: usize) -> (&[u32], &[N]) {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        let end = self.ends[row];
        (&self.columns[start..end], &self.values[start..end])
    }
}
