//! What a walk reads and what it fills in.

/// Rows of one number type, row-major.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block<'a, T> {
    /// `n_features` values a row.
    pub(crate) rows: &'a [T],
    /// At least 1, and at least the number of features that the branches need.
    pub(crate) n_features: usize,
    n_rows: usize,
}

/// The sums of a block of rows, row-major.
#[derive(Debug)]
pub(crate) struct Sums<'a, T> {
    /// Sums a row: one a target, at least 1.
    pub(crate) slots: usize,
    /// `slots` zeros a row, to be added to.
    pub(crate) values: &'a mut [T],
    /// `slots` times `false` a row, set to true for each sum that a leaf reached by the row has a weight for;
    /// empty if every leaf has one for each.
    pub(crate) touched: &'a mut [bool],
}

/// The leaves of a block of rows, row-major: each is its position in the file, counted from the first of
/// its tree's nodes.
#[derive(Debug)]
pub(crate) struct LeafIndices<'a> {
    /// `stride` entries a row, to be set.
    pub(crate) indices: &'a mut [u32],
    /// Trees of the whole model.
    pub(crate) stride: usize,
    /// The place of the forest's first tree among them.
    pub(crate) first: usize,
}

impl<'a, T> Block<'a, T> {
    pub(crate) fn new(rows: &'a [T], n_features: usize) -> Self {
        Self {
            rows,
            n_features,
            n_rows: rows.len() / n_features,
        }
    }

    /// Number of rows.
    pub(crate) fn n_rows(&self) -> usize {
        self.n_rows
    }
}

impl<T: Copy> Sums<'_, T> {
    /// Combines the sums of a row with a value each.
    #[inline(always)]
    pub(super) fn add(&mut self, row: usize, values: &[T], combine: &impl Fn(T, T) -> T) {
        let sums = &mut self.values[row * self.slots..(row + 1) * self.slots];
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum = combine(*sum, *value);
        }
    }
}

impl LeafIndices<'_> {
    /// Sets the leaf of a row in a tree of the forest.
    pub(crate) fn set(&mut self, row: usize, tree: usize, index: u32) {
        self.indices[row * self.stride + self.first + tree] = index;
    }
}
