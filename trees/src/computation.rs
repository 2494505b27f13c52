//! What a model computes: ensembles, and the few operators around them.

use std::{any::Any, sync::Arc};

use algorithm::{Buffers, Contributions, Decision, Rows, Scores};

use crate::{
    casts::CastRows,
    elementwise::{self, Elementwise},
    ensemble::{Ensemble, Scratch, Trees},
    forest::{Block, LeafIndices},
    number::{Float, Number},
};

/// Rows scored at a time: few enough for the converted rows and the sums to stay in the first cache.
const BLOCK_ROWS: usize = 256;

/// The same for trees so large that a block's rows have to fetch most of their nodes: the more rows, the
/// fewer times.
const LARGE_BLOCK_ROWS: usize = 4096;

/// Most values of a block, so that wide rows take no large buffers.
const BLOCK_VALUES: usize = 1 << 16;

/// Most contributions of a row; a file of a few bytes may claim millions of features and targets.
const MAX_CONTRIBUTIONS: usize = 1 << 22;

/// The sum of the parts, then the elementwise operators.
#[derive(Clone, Debug)]
pub(crate) struct Computation {
    /// At least one.
    pub(crate) parts: Vec<Part>,
    /// The type of the sum, if there are several parts.
    pub(crate) sum_type: Float,
    pub(crate) then: Vec<Elementwise>,
    /// The type of the answer.
    pub(crate) output_type: Float,
}

/// A tree operator with the operators before and after it.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// The float types that the input is cast to, in order; the last is the ensemble's.
    pub(crate) casts: Vec<Float>,
    pub(crate) trees: Arc<dyn Trees>,
    pub(crate) then: Vec<Elementwise>,
}

/// The buffers of a call.
#[derive(Debug, Default)]
struct Workspace {
    scratch: Scratch,
    sums: Vec<f64>,
}

impl Computation {
    /// The number of features that the branches need.
    pub(crate) fn n_features(&self) -> usize {
        let needed = self.parts.iter().map(|part| part.trees.n_features());
        needed.fold(0, usize::max)
    }

    /// Trees of all parts.
    pub(crate) fn n_trees(&self) -> usize {
        self.parts.iter().map(|part| part.trees.n_trees()).sum()
    }

    pub(crate) fn tracks_missing(&self) -> bool {
        let mut parts = self.parts.iter();
        parts.any(|part| part.trees.summary().tracks_missing)
    }

    pub(crate) fn gives_probabilities(&self) -> bool {
        let [part] = self.parts.as_slice() else {
            return false;
        };
        let mut operators = part.then.iter().chain(&self.then);
        part.trees.summary().gives_probabilities
            && operators.all(|operator| operator.keeps_values())
    }

    /// Scores rows whose type and length the caller has checked. `scores` has room for them.
    pub(crate) fn score(&self, rows: Rows<'_>, n_features: usize, scores: &mut Scores) {
        let (n_rows, width) = (scores.n_rows(), scores.width());
        let Buffers {
            labels,
            values,
            doubles,
            scratch: workspace,
        } = scores.buffers::<Workspace>();
        for (start, end) in self.blocks(n_rows, n_features.max(width)) {
            let block = rows.slice(start * n_features..end * n_features);
            let labels = if labels.is_empty() {
                &mut []
            } else {
                &mut labels[start..end]
            };
            let values = &mut values[start * width..end * width];
            let buffers = &mut workspace.scratch.sums;
            if let Rows::F32(rows) = block
                && let Some(trees) = self.plain()
            {
                trees.score(Block::new(rows, n_features), labels, values, buffers);
                continue;
            }
            if let Rows::F64(rows) = block
                && let Some(trees) = self.plain()
            {
                let doubles = &mut doubles[start * width..end * width];
                trees.score(Block::new(rows, n_features), labels, doubles, buffers);
                round(doubles, values);
                continue;
            }
            self.general(block, n_features, labels, workspace);
            round(&workspace.sums, values);
            if self.output_type == Float::Double {
                doubles[start * width..end * width].copy_from_slice(&workspace.sums);
            }
        }
    }

    /// The common model: one ensemble that compares, sums and answers in the type of the rows, with nothing after
    /// it.
    fn plain<T: Number>(&self) -> Option<&Ensemble<T>> {
        match self.parts.as_slice() {
            [Part { casts, trees, then }]
                if then.is_empty()
                    && self.then.is_empty()
                    && casts.iter().all(|float| *float == T::FLOAT)
                    && self.output_type == T::FLOAT =>
            {
                let trees: &dyn Any = &**trees;
                let ensemble: &Ensemble<T> = trees.downcast_ref()?;
                ensemble.takes_any_row().then_some(ensemble)
            }
            _ => None,
        }
    }

    /// Any other model: the values of a block into `workspace.sums`.
    fn general(
        &self,
        rows: Rows<'_>,
        n_features: usize,
        labels: &mut [u32],
        workspace: &mut Workspace,
    ) {
        let Workspace { scratch, sums } = workspace;
        for (i, part) in self.parts.iter().enumerate() {
            let rows = part.cast(rows, n_features);
            part.trees.score(rows, labels, scratch);
            elementwise::apply(&part.then, &mut scratch.values);
            if i == 0 {
                std::mem::swap(sums, &mut scratch.values);
                continue;
            }
            for (sum, value) in sums.iter_mut().zip(&scratch.values) {
                *sum += *value;
                if self.sum_type == Float::Single {
                    *sum = f64::from(*sum as f32);
                }
            }
        }
        elementwise::apply(&self.then, sums);
    }

    /// The raw scores of rows that the caller has checked, in place of what `raw_scores` held. Only a model
    /// of one part has any.
    pub(crate) fn raw_scores(&self, rows: Rows<'_>, n_features: usize, raw_scores: &mut Vec<f64>) {
        raw_scores.clear();
        let [part] = self.parts.as_slice() else {
            unreachable!("a model of several parts announces no raw scores");
        };
        let mut scratch = Scratch::default();
        for (start, end) in
            self.blocks(rows.len() / n_features, n_features.max(self.n_raw_scores()))
        {
            let block = rows.slice(start * n_features..end * n_features);
            part.trees
                .raw_scores(part.cast(block, n_features), &mut scratch);
            raw_scores.extend_from_slice(&scratch.values);
        }
    }

    /// Raw scores a row; 0 if there are none but the values.
    pub(crate) fn n_raw_scores(&self) -> usize {
        match self.parts.as_slice() {
            [part] => part.trees.n_raw_scores(),
            _ => 0,
        }
    }

    /// What the model says about contributions to its raw scores. These are the sums of the trees before the
    /// first operator, or transform of a tree operator, that does more than multiply.
    pub(crate) fn explains(&self, n_features: usize) -> Contributions {
        let mut outputs = 0;
        for part in &self.parts {
            match part.trees.contributions() {
                Ok(sums) => outputs = sums,
                Err(reason) => return Contributions::Missing(reason),
            }
            let is_linear = part.then.iter().all(|operator| operator.factor().is_some());
            if self.parts.len() > 1 && !(part.trees.gives_sums() && is_linear) {
                return Contributions::Missing(
                    "its trees are transformed before they are added up",
                );
            }
        }
        if outputs.saturating_mul(n_features + 1) > MAX_CONTRIBUTIONS {
            return Contributions::Missing("a row would have more than 4 million of them");
        }
        Contributions::Given { outputs }
    }

    /// The contributions of rows that the caller has checked, in place of what `contributions` held: for each
    /// row `in_row` numbers. Only a model that [`explains`](Self::explains) is asked.
    pub(crate) fn contributions(
        &self,
        rows: Rows<'_>,
        n_features: usize,
        in_row: usize,
        contributions: &mut Vec<f64>,
    ) {
        let n_rows = rows.len() / n_features;
        contributions.clear();
        contributions.resize(n_rows * in_row, 0.0);
        let mut scratch = Scratch::default();
        for (start, end) in self.blocks(n_rows, n_features) {
            let block = rows.slice(start * n_features..end * n_features);
            let into = &mut contributions[start * in_row..end * in_row];
            for part in &self.parts {
                let rows = part.cast(block, n_features);
                let factor = self.factor(part);
                part.trees
                    .add_contributions(rows, factor, into, &mut scratch);
            }
        }
    }

    /// What the sums of a part are multiplied by until they are raw scores.
    fn factor(&self, part: &Part) -> f64 {
        if !part.trees.gives_sums() {
            return 1.0;
        }
        let operators = part.then.iter().chain(&self.then);
        operators.map_while(|operator| operator.factor()).product()
    }

    /// For each row the leaf of each tree, row-major, into `indices`, which has
    /// [`n_trees`](Self::n_trees) entries a row. The caller has checked the rows.
    pub(crate) fn apply(&self, rows: Rows<'_>, n_features: usize, indices: &mut [u32]) {
        let stride = self.n_trees();
        let mut scratch = Scratch::default();
        for (start, end) in self.blocks(rows.len() / n_features, n_features) {
            let block = rows.slice(start * n_features..end * n_features);
            let mut first = 0;
            for part in &self.parts {
                let leaves = LeafIndices {
                    indices: &mut indices[start * stride..end * stride],
                    stride,
                    first,
                };
                let rows = part.cast(block, n_features);
                part.trees.apply(rows, leaves, &mut scratch);
                first += part.trees.n_trees();
            }
        }
    }

    /// The rows in blocks, each by its first row and the row after its last. `width` is the size of a row in
    /// the largest buffer.
    fn blocks(&self, n_rows: usize, width: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
        let has_large_trees = self.parts.iter().any(|part| part.trees.has_large_trees());
        let most = if has_large_trees {
            LARGE_BLOCK_ROWS
        } else {
            BLOCK_ROWS
        };
        let block_rows = (BLOCK_VALUES / width).clamp(1, most);
        (0..n_rows)
            .step_by(block_rows)
            .map(move |start| (start, n_rows.min(start + block_rows)))
    }

    /// The decisions on the path of one row; `None` if there are several trees.
    pub(crate) fn path(&self, row: Rows<'_>, n_features: usize) -> Option<Vec<Decision>> {
        match self.parts.as_slice() {
            [part] => part.trees.path(part.cast(row, n_features)),
            _ => None,
        }
    }
}

impl Part {
    fn cast<'a>(&'a self, rows: Rows<'a>, n_features: usize) -> CastRows<'a> {
        CastRows {
            rows,
            n_features,
            casts: &self.casts,
        }
    }
}

fn round(doubles: &[f64], into: &mut [f32]) {
    for (value, double) in into.iter_mut().zip(doubles) {
        *value = *double as f32;
    }
}
