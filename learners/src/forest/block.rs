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

/// All values of a table twice: large nodes read a feature's column from front to back, and the rows of small nodes
/// are copied from where a row's values are side by side.
pub(super) struct Columns<V> {
    n_rows: usize,
    by_feature: Vec<V>,
    by_row: Vec<V>,
}

impl<V: Value> Columns<V> {
    /// `values` are column by column.
    pub(super) fn new(values: Vec<V>, n_rows: usize) -> Self {
        /// Rows whose lines stay in the cache while the columns are gone through.
        const BLOCK: usize = 256;
        let n_features = values.len() / n_rows;
        let mut by_row = values.clone();
        for (block, by_row) in by_row.chunks_mut(BLOCK * n_features).enumerate() {
            for (feature, column) in values.chunks_exact(n_rows).enumerate() {
                let rows = by_row.chunks_exact_mut(n_features);
                for (row, value) in rows.zip(&column[block * BLOCK..]) {
                    row[feature] = *value;
                }
            }
        }
        Self {
            n_rows,
            by_feature: values,
            by_row,
        }
    }

    pub(super) fn view(&self) -> View<'_, V> {
        View {
            n_rows: self.n_rows,
            n_features: self.by_feature.len() / self.n_rows,
            values: &self.by_feature,
            steps: [1, self.n_rows],
            by_row: &self.by_row,
        }
    }
}

/// The values of some rows.
#[derive(Clone, Copy)]
pub(super) struct View<'a, V> {
    pub(super) n_rows: usize,
    pub(super) n_features: usize,
    values: &'a [V],
    /// From a row to the next, and from a feature to the next.
    steps: [usize; 2],
    by_row: &'a [V],
}

impl<'a, V: Value> View<'a, V> {
    #[inline(always)]
    pub(super) fn column(&self, feature: u32) -> Column<'a, V> {
        let [step, of_feature] = self.steps;
        let start = feature as usize * of_feature;
        Column {
            values: &self.values[start..start + (self.n_rows - 1) * step + 1],
            step,
        }
    }

    /// Copies some of the rows, whose places become those in the copy. There they are together in the cache.
    pub(super) fn part<'b, Y>(&self, rows: &mut [Row<Y>], copy: &'b mut Vec<V>) -> View<'b, V> {
        copy.clear();
        copy.reserve(rows.len() * self.n_features);
        for (at, row) in (0..).zip(&mut *rows) {
            let start = row.at as usize * self.n_features;
            copy.extend_from_slice(&self.by_row[start..start + self.n_features]);
            row.at = at;
        }
        View {
            n_rows: rows.len(),
            n_features: self.n_features,
            values: copy,
            steps: [self.n_features, 1],
            by_row: copy,
        }
    }
}

/// The values of a feature.
#[derive(Clone, Copy)]
pub(super) struct Column<'a, V> {
    values: &'a [V],
    step: usize,
}

impl<V: Value> Column<'_, V> {
    /// The value of the row in this place.
    #[inline(always)]
    pub(super) fn at(&self, row: u32) -> V {
        self.values[row as usize * self.step]
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
