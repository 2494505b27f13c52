//! A forest and what happens to its sums, in either float type.

use std::{any::Any, fmt::Debug};

use algorithm::Decision;

use crate::{
    casts::CastRows,
    decisions,
    forest::{Block, Checked, Forest, LeafIndices, LinkError, Linked, Sums},
    number::{Buffer, Number},
    post_processing::PostProcessing,
    summary::Summary,
};

/// A forest and what happens to its sums.
#[derive(Clone, Debug)]
pub(crate) struct Ensemble<T> {
    forest: Forest<T>,
    post: PostProcessing<T>,
    summary: Summary,
}

/// An [`Ensemble`] of either type. A call covers a block of rows.
pub(crate) trait Trees: Any + Debug + Send + Sync {
    /// Values a row.
    fn width(&self) -> usize;
    /// The number of features that the branches need.
    fn n_features(&self) -> usize;
    fn n_trees(&self) -> usize;
    fn summary(&self) -> Summary;
    /// Scores rows: labels (none for a regressor) as they are, values in `scratch.values`.
    fn score(&self, rows: CastRows<'_>, labels: &mut [u32], scratch: &mut Scratch);
    /// The leaves that the rows reach.
    fn apply(&self, rows: CastRows<'_>, leaves: LeafIndices<'_>, scratch: &mut Scratch);
    /// The decisions on the path of one row; `None` if there are several trees.
    fn path(&self, row: CastRows<'_>) -> Option<Vec<Decision>>;
}

/// Buffers that a call reuses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    /// [`Sums::touched`].
    pub(crate) touched: Vec<bool>,
    /// The values of a block: [`Trees::width`] a row.
    pub(crate) values: Vec<f64>,
    rows: Buffer,
    typed_values: Buffer,
}

impl<T: Number> Ensemble<T> {
    /// Checks the links and lays the forest out.
    pub(crate) fn new(linked: Linked<T>, post: PostProcessing<T>) -> Result<Self, LinkError> {
        let checked = Checked::new(linked)?;
        Ok(Self {
            summary: Summary::new(&checked, &post),
            forest: Forest::new(checked, post.rule.slots()),
            post,
        })
    }

    /// Scores a block of rows. `labels` has one entry a row (none for a regressor), `values`
    /// [`width`](Trees::width) zeros a row.
    pub(crate) fn score(
        &self,
        block: Block<'_, T>,
        labels: &mut [u32],
        values: &mut [T],
        touched: &mut Vec<bool>,
    ) {
        let slots = self.post.rule.slots();
        let n_sums = block.n_rows() * slots;
        touched.clear();
        if !self.forest.touches_all() {
            touched.resize(n_sums, false);
        }
        let sums = Sums {
            slots,
            values: &mut values[..n_sums],
            touched,
        };
        self.forest.sum(block, self.post.aggregate, sums);
        self.post
            .apply(self.forest.n_trees(), touched, labels, values);
    }
}

impl<T: Number> Trees for Ensemble<T> {
    fn width(&self) -> usize {
        self.post.rule.width()
    }

    fn n_features(&self) -> usize {
        self.forest.n_features()
    }

    fn n_trees(&self) -> usize {
        self.forest.n_trees()
    }

    fn summary(&self) -> Summary {
        self.summary
    }

    fn score(&self, rows: CastRows<'_>, labels: &mut [u32], scratch: &mut Scratch) {
        let block = block(rows, T::of(&mut scratch.rows));
        let values = T::of(&mut scratch.typed_values);
        values.clear();
        values.resize(block.n_rows() * self.width(), T::ZERO);
        self.score(block, labels, values, &mut scratch.touched);
        scratch.values.clear();
        scratch
            .values
            .extend(values.iter().map(|value| value.to_f64()));
    }

    fn apply(&self, rows: CastRows<'_>, leaves: LeafIndices<'_>, scratch: &mut Scratch) {
        self.forest
            .apply(block(rows, T::of(&mut scratch.rows)), leaves);
    }

    fn path(&self, row: CastRows<'_>) -> Option<Vec<Decision>> {
        let mut values = Vec::new();
        let steps = self.forest.path(block(row, &mut values).rows)?;
        Some(steps.into_iter().map(decisions::decision).collect())
    }
}

fn block<'a, T: Number>(rows: CastRows<'_>, buffer: &'a mut Vec<T>) -> Block<'a, T> {
    rows.cast(buffer);
    Block::new(buffer, rows.n_features)
}
