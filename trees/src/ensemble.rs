//! A forest and what happens to its sums, in either float type.

use std::{any::Any, fmt::Debug};

use algorithm::Decision;

use crate::{
    casts::CastRows,
    contributions::TreeShap,
    decisions,
    forest::{Aggregate, Block, Checked, Forest, LeafIndices, LinkError, Linked, Sums},
    link::Link,
    number::{Buffer, Number},
    post::Post,
    summary::Summary,
};

/// A forest and what happens to its sums.
#[derive(Debug)]
pub(crate) struct Ensemble<T> {
    forest: Forest<T>,
    post: Post<T>,
    summary: Summary,
    /// `Err` says why there are no contributions.
    shap: Result<TreeShap<T>, &'static str>,
}

/// An [`Ensemble`] of either type. A call covers a block of rows.
pub(crate) trait Trees: Any + Debug + Send + Sync {
    /// Values a row.
    fn width(&self) -> usize;
    /// Raw scores a row; 0 if there are none but the values.
    fn n_raw_scores(&self) -> usize;
    /// The number of features that the branches need.
    fn n_features(&self) -> usize;
    fn n_trees(&self) -> usize;
    /// Whether the first cache is too small for a tree.
    fn has_large_trees(&self) -> bool;
    fn summary(&self) -> Summary;
    /// Scores rows: labels (none for a regressor) as they are, values in `scratch.values`.
    fn score(&self, rows: CastRows<'_>, labels: &mut [u32], scratch: &mut Scratch);
    /// The raw scores of rows, in `scratch.values`.
    fn raw_scores(&self, rows: CastRows<'_>, scratch: &mut Scratch);
    /// The leaves that the rows reach.
    fn apply(&self, rows: CastRows<'_>, leaves: LeafIndices<'_>, scratch: &mut Scratch);
    /// The decisions on the path of one row; `None` if there are several trees.
    fn path(&self, row: CastRows<'_>) -> Option<Vec<Decision>>;
    /// Sums a row that have contributions.
    ///
    /// # Errors
    /// Why there are none: a clause that follows "the model gives no contributions: ".
    fn contributions(&self) -> Result<usize, &'static str>;
    /// Adds the contributions to the sums of rows, and the biases, to `into`: for each row
    /// and sum a number a feature and the bias.
    fn add_contributions(&self, rows: CastRows<'_>, into: &mut [f64], scratch: &mut Scratch);
}

/// Buffers that a call reuses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    /// The values of a block: [`Trees::width`] a row.
    pub(crate) values: Vec<f64>,
    pub(crate) sums: SumBuffers,
    pub(crate) rows: Buffer,
    typed_values: Buffer,
}

/// Buffers of [`Ensemble::score`].
#[derive(Clone, Debug, Default)]
pub(crate) struct SumBuffers {
    /// [`Sums::touched`].
    touched: Vec<bool>,
    sums: Buffer,
}

impl<T: Number> Ensemble<T> {
    /// Checks the links and lays the forest out.
    pub(crate) fn new(mut linked: Linked<T>, post: Post<T>) -> Result<Self, LinkError> {
        let covers = std::mem::take(&mut linked.covers);
        let checked = Checked::new(linked)?;
        let shap = match post.aggregate() {
            Aggregate::Sum | Aggregate::Average => {
                TreeShap::new(checked.linked(), &covers, post.slots())
            }
            Aggregate::Min | Aggregate::Max => Err("its trees are not added up"),
        };
        Ok(Self {
            shap,
            summary: Summary::new(&checked, &post),
            forest: Forest::new(checked, post.slots()),
            post,
        })
    }

    /// The rows as the forest walks them.
    fn block<'a>(&self, rows: CastRows<'_>, buffer: &'a mut Vec<T>) -> Block<'a, T> {
        rows.cast(buffer);
        self.forest.prepare(buffer, rows.n_features);
        Block::new(buffer, rows.n_features)
    }

    /// What happens to the raw scores of a library's model.
    pub(crate) fn link(&self) -> &dyn Link<T> {
        match &self.post {
            Post::Library { link, .. } => &**link,
            Post::Onnx(_) => unreachable!("only a library's model has a link"),
        }
    }

    /// Whether [`score`](Self::score) may have the rows as they are.
    pub(crate) fn takes_any_row(&self) -> bool {
        self.forest.takes_any_row()
    }

    /// Scores a block of rows. `labels` has one entry a row (none for a regressor), `values`
    /// [`width`](Trees::width) zeros a row.
    pub(crate) fn score(
        &self,
        block: Block<'_, T>,
        labels: &mut [u32],
        values: &mut [T],
        buffers: &mut SumBuffers,
    ) {
        let post = match &self.post {
            Post::Onnx(post) => post,
            Post::Library { link, .. } => {
                let sums = T::of(&mut buffers.sums);
                self.sum(block, sums);
                return link.answer(sums, labels, values);
            }
        };
        let slots = post.rule.slots();
        let n_sums = block.n_rows() * slots;
        let touched = &mut buffers.touched;
        touched.clear();
        if !self.forest.touches_all() {
            touched.resize(n_sums, false);
        }
        let sums = Sums {
            slots,
            values: &mut values[..n_sums],
            touched,
        };
        self.forest.sum(block, post.aggregate, sums);
        post.apply(self.forest.n_trees(), touched, labels, values);
    }

    /// The raw scores of a library's model into `sums`, in place of what it held.
    fn sum(&self, block: Block<'_, T>, sums: &mut Vec<T>) {
        let Post::Library {
            base,
            adds_base_last,
            link,
        } = &self.post
        else {
            unreachable!("only a library's model announces raw scores");
        };
        let slots = link.raw_scores();
        sums.clear();
        if *adds_base_last {
            sums.resize(block.n_rows() * slots, T::ZERO);
        } else {
            (0..block.n_rows()).for_each(|_| sums.extend_from_slice(base));
        }
        let into = Sums {
            slots,
            values: sums,
            touched: &mut [],
        };
        self.forest.sum(block, Aggregate::Sum, into);
        if *adds_base_last {
            for row in sums.chunks_exact_mut(slots) {
                let sums = row.iter_mut().zip(base);
                sums.for_each(|(sum, base)| *sum = *sum + *base);
            }
        }
    }
}

impl<T: Number> Trees for Ensemble<T> {
    fn width(&self) -> usize {
        self.post.width()
    }

    fn n_raw_scores(&self) -> usize {
        match &self.post {
            Post::Onnx(_) => 0,
            Post::Library { link, .. } => link.raw_scores(),
        }
    }

    fn n_features(&self) -> usize {
        self.forest.n_features()
    }

    fn n_trees(&self) -> usize {
        self.forest.n_trees()
    }

    fn has_large_trees(&self) -> bool {
        self.forest.has_large_trees()
    }

    fn summary(&self) -> Summary {
        self.summary
    }

    fn score(&self, rows: CastRows<'_>, labels: &mut [u32], scratch: &mut Scratch) {
        let block = self.block(rows, T::of(&mut scratch.rows));
        let values = T::of(&mut scratch.typed_values);
        values.clear();
        values.resize(block.n_rows() * self.width(), T::ZERO);
        self.score(block, labels, values, &mut scratch.sums);
        widen(values, &mut scratch.values);
    }

    fn raw_scores(&self, rows: CastRows<'_>, scratch: &mut Scratch) {
        let block = self.block(rows, T::of(&mut scratch.rows));
        let sums = T::of(&mut scratch.typed_values);
        self.sum(block, sums);
        widen(sums, &mut scratch.values);
    }

    fn apply(&self, rows: CastRows<'_>, leaves: LeafIndices<'_>, scratch: &mut Scratch) {
        let block = self.block(rows, T::of(&mut scratch.rows));
        self.forest.apply(block, leaves);
    }

    fn path(&self, row: CastRows<'_>) -> Option<Vec<Decision>> {
        let mut values = Vec::new();
        let steps = self.forest.path(self.block(row, &mut values).rows)?;
        Some(steps.into_iter().map(decisions::decision).collect())
    }

    fn contributions(&self) -> Result<usize, &'static str> {
        self.shap
            .as_ref()
            .map(|_| self.post.slots())
            .map_err(|why| *why)
    }

    fn add_contributions(&self, rows: CastRows<'_>, into: &mut [f64], scratch: &mut Scratch) {
        let Ok(shap) = &self.shap else {
            unreachable!("a model without contributions announces none");
        };
        let of_trees = match self.post.aggregate() {
            Aggregate::Average => 1.0 / self.forest.n_trees() as f64,
            _ => 1.0,
        };
        let n_features = rows.n_features;
        let block = self.block(rows, T::of(&mut scratch.rows));
        shap.add(block, of_trees, into);
        let biases = into.iter_mut().skip(n_features).step_by(n_features + 1);
        for (i, bias) in biases.enumerate() {
            let sum = i % self.post.slots();
            *bias += self.post.base(sum) + of_trees * shap.expected(sum);
        }
    }
}

fn widen<T: Number>(values: &[T], into: &mut Vec<f64>) {
    into.clear();
    into.extend(values.iter().map(|value| value.to_f64()));
}
