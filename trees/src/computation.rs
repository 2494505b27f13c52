//! What a model computes: a program of steps over a block of rows.
//!
//! Each step computes one value, which has a fixed number of numbers a row, from the features and earlier
//! values. What reads a file has checked that every step finds the values that it takes, and their widths.

mod step;

use std::{any::Any, sync::Arc};

use algorithm::{Buffers, Contributions, Decision, Rows, Scores};

use crate::{
    casts::CastRows,
    ensemble::{Ensemble, Scratch, Trees},
    forest::{Block, LeafIndices},
    number::{Float, Number},
};
use step::Values;
pub(crate) use step::{Binary, Norm, Operand, Step, Unary};

/// Rows scored at a time: few enough for the converted rows and the sums to stay in the first cache.
const BLOCK_ROWS: usize = 256;

/// The same for trees so large that a block's rows have to fetch most of their nodes: the more rows, the
/// fewer times.
const LARGE_BLOCK_ROWS: usize = 4096;

/// Most numbers of a block, so that wide rows take no large buffers.
const BLOCK_VALUES: usize = 1 << 16;

/// Most contributions of a row; a file of a few bytes may claim millions of features and targets.
const MAX_CONTRIBUTIONS: usize = 1 << 22;

/// The steps, and which of them are the answer.
#[derive(Clone, Debug)]
pub(crate) struct Computation {
    /// The tree operators, in the order of the steps.
    pub(crate) parts: Vec<Part>,
    pub(crate) steps: Vec<Step>,
    /// Numbers a row of each step's value.
    pub(crate) widths: Vec<usize>,
    /// The step whose value is the answer.
    pub(crate) answer: usize,
    /// `None` for a regressor.
    pub(crate) labels: Option<LabelSource>,
    /// The type of the answer.
    pub(crate) output_type: Float,
    /// Whether the answer is probabilities of the classes.
    pub(crate) gives_probabilities: bool,
    /// Whether a step distinguishes missing values from others.
    pub(crate) replaces_missing: bool,
}

/// Where the labels of a classifier come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LabelSource {
    /// The part of this position.
    Part(usize),
    /// The value of this step: one position in the list of labels a row.
    Step(usize),
}

/// A tree operator and what it takes.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) source: Source,
    /// The float types that the source is cast to, in order; the last is the ensemble's.
    pub(crate) casts: Vec<Float>,
    pub(crate) trees: Arc<dyn Trees>,
    pub(crate) is_classifier: bool,
}

/// What a tree operator takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Features,
    /// The value of this step.
    Step(usize),
}

/// The buffers of a call.
#[derive(Debug, Default)]
struct Workspace {
    scratch: Scratch,
    values: Vec<Vec<f64>>,
    /// Labels of classifiers whose labels are not the answer's.
    labels: Vec<u32>,
    single: Vec<f32>,
}

impl Computation {
    /// Trees on the features, and nothing else.
    pub(crate) fn of_trees(trees: Arc<dyn Trees>, float: Float, is_classifier: bool) -> Self {
        Self {
            steps: vec![Step::Trees(0)],
            widths: vec![trees.width()],
            answer: 0,
            labels: is_classifier.then_some(LabelSource::Part(0)),
            output_type: float,
            gives_probabilities: trees.summary().gives_probabilities,
            replaces_missing: false,
            parts: vec![Part {
                source: Source::Features,
                casts: vec![float],
                trees,
                is_classifier,
            }],
        }
    }

    /// The number of features that the branches need.
    pub(crate) fn n_features(&self) -> usize {
        let parts = self.parts.iter();
        let on_features = parts.filter(|part| part.source == Source::Features);
        on_features.fold(0, |most, part| most.max(part.trees.n_features()))
    }

    /// Trees of all parts.
    pub(crate) fn n_trees(&self) -> usize {
        self.parts.iter().map(|part| part.trees.n_trees()).sum()
    }

    pub(crate) fn tracks_missing(&self) -> bool {
        let mut parts = self.parts.iter();
        self.replaces_missing || parts.any(|part| part.trees.summary().tracks_missing)
    }

    /// Whether [`path`](Self::path) has an answer: there is one tree, on the features themselves.
    pub(crate) fn gives_path(&self) -> bool {
        self.n_trees() == 1 && self.parts[0].source == Source::Features
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
        for (start, end) in self.blocks(n_rows, n_features) {
            let block = rows.slice(start * n_features..end * n_features);
            let labels = if labels.is_empty() {
                &mut []
            } else {
                &mut labels[start..end]
            };
            let values = &mut values[start * width..end * width];
            if let (Some(part), Rows::F32(rows)) = (self.plain(), block)
                && let Some(ensemble) = part.plain()
            {
                let block = Block::new(rows, n_features);
                ensemble.score(block, labels, values, &mut workspace.scratch.sums);
                continue;
            }
            if let (Some(part), Rows::F64(rows)) = (self.plain(), block)
                && self.output_type == Float::Double
                && let Some(ensemble) = part.plain()
            {
                let block = Block::new(rows, n_features);
                let doubles = &mut doubles[start * width..end * width];
                ensemble.score(block, labels, doubles, &mut workspace.scratch.sums);
                round(doubles, values);
                continue;
            }
            self.run(block, n_features, labels, None, workspace);
            let answer = &workspace.values[self.answer];
            round(answer, values);
            if self.output_type == Float::Double {
                doubles[start * width..end * width].copy_from_slice(answer);
            }
        }
    }

    /// The common model: one tree operator on the features, and nothing else.
    fn plain(&self) -> Option<&Part> {
        match (self.steps.as_slice(), self.parts.as_slice()) {
            ([Step::Trees(0)], [part]) => Some(part),
            _ => None,
        }
    }

    /// The tree operator whose sums have contributions: the only one, if at most a link is behind it, as in a
    /// regressor of counts.
    fn summed(&self) -> Option<&Part> {
        match (self.steps.as_slice(), self.parts.as_slice()) {
            (
                [
                    Step::Trees(0),
                    Step::Unary(Unary::Exp(_) | Unary::Sigmoid(_), 0),
                ],
                [part],
            ) => Some(part),
            _ => self.plain(),
        }
    }

    /// Computes the values of all steps for a block of rows, the labels, and the leaves if they are asked for.
    fn run(
        &self,
        rows: Rows<'_>,
        n_features: usize,
        labels: &mut [u32],
        mut leaves: Option<&mut [u32]>,
        workspace: &mut Workspace,
    ) {
        let Workspace {
            scratch,
            values,
            labels: other_labels,
            single,
        } = workspace;
        let n_rows = rows.len() / n_features;
        let mut first = 0;
        values.resize_with(self.steps.len(), Vec::new);
        for (i, step) in self.steps.iter().enumerate() {
            let mut into = std::mem::take(&mut values[i]);
            match step {
                Step::Features(casts) => {
                    let (rows, casts) = (rows, casts.as_slice());
                    CastRows {
                        rows,
                        n_features,
                        casts,
                    }
                    .cast(&mut into);
                }
                Step::Trees(part) => {
                    let position = *part;
                    let part = &self.parts[position];
                    let rows = part.rows(rows, n_features, values, &self.widths);
                    if let Some(indices) = &mut leaves {
                        let stride = self.n_trees();
                        let leaves = LeafIndices {
                            indices,
                            stride,
                            first,
                        };
                        part.trees.apply(rows, leaves, scratch);
                        first += part.trees.n_trees();
                    }
                    let labels = if self.labels == Some(LabelSource::Part(position)) {
                        &mut *labels
                    } else {
                        other_labels.resize(if part.is_classifier { n_rows } else { 0 }, 0);
                        &mut *other_labels
                    };
                    part.score(rows, labels, single, scratch, &mut into);
                }
                step => {
                    let widths = &self.widths;
                    step.compute(
                        &Values {
                            n_rows,
                            values,
                            widths,
                        },
                        self.widths[i],
                        &mut into,
                    );
                }
            }
            values[i] = into;
        }
        if let Some(LabelSource::Step(step)) = self.labels {
            for (label, position) in labels.iter_mut().zip(&values[step]) {
                *label = *position as u32;
            }
        }
    }

    /// The raw scores of rows that the caller has checked, in place of what `raw_scores` held. Only a model
    /// of one part has any.
    pub(crate) fn raw_scores(&self, rows: Rows<'_>, n_features: usize, raw_scores: &mut Vec<f64>) {
        raw_scores.clear();
        let Some(part) = self.plain() else {
            unreachable!("a model of several steps announces no raw scores");
        };
        let mut scratch = Scratch::default();
        for (start, end) in self.blocks(rows.len() / n_features, n_features) {
            let block = rows.slice(start * n_features..end * n_features);
            let rows = part.rows(block, n_features, &[], &[]);
            part.trees.raw_scores(rows, &mut scratch);
            raw_scores.extend_from_slice(&scratch.values);
        }
    }

    /// Raw scores a row; 0 if there are none but the values.
    pub(crate) fn n_raw_scores(&self) -> usize {
        self.plain().map_or(0, |part| part.trees.n_raw_scores())
    }

    /// What the model says about contributions to its raw scores: the sums of the trees before any transform.
    pub(crate) fn explains(&self, n_features: usize) -> Contributions {
        let Some(part) = self.summed() else {
            return Contributions::Missing("it computes more than the sums of trees");
        };
        match part.trees.contributions() {
            Ok(sums) if sums.saturating_mul(n_features + 1) > MAX_CONTRIBUTIONS => {
                Contributions::Missing("a row would have more than 4 million of them")
            }
            Ok(outputs) => Contributions::Given { outputs },
            Err(reason) => Contributions::Missing(reason),
        }
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
        let Some(part) = self.summed() else {
            unreachable!("a model that computes more announces no contributions");
        };
        let n_rows = rows.len() / n_features;
        contributions.clear();
        contributions.resize(n_rows * in_row, 0.0);
        let mut scratch = Scratch::default();
        for (start, end) in self.blocks(n_rows, n_features) {
            let block = rows.slice(start * n_features..end * n_features);
            let rows = part.rows(block, n_features, &[], &[]);
            let into = &mut contributions[start * in_row..end * in_row];
            part.trees.add_contributions(rows, into, &mut scratch);
        }
    }

    /// For each row the leaf of each tree, row-major, into `indices`, which has
    /// [`n_trees`](Self::n_trees) entries a row. The caller has checked the rows.
    pub(crate) fn apply(&self, rows: Rows<'_>, n_features: usize, indices: &mut [u32]) {
        let stride = self.n_trees();
        let mut workspace = Workspace::default();
        let mut labels = Vec::new();
        for (start, end) in self.blocks(rows.len() / n_features, n_features) {
            let block = rows.slice(start * n_features..end * n_features);
            let indices = &mut indices[start * stride..end * stride];
            if let Some(part) = self.plain() {
                let leaves = LeafIndices {
                    indices,
                    stride,
                    first: 0,
                };
                let rows = part.rows(block, n_features, &[], &[]);
                part.trees.apply(rows, leaves, &mut workspace.scratch);
                continue;
            }
            labels.resize(self.labels.map_or(0, |_| end - start), 0);
            self.run(
                block,
                n_features,
                &mut labels,
                Some(indices),
                &mut workspace,
            );
        }
    }

    /// The decisions on the path of one row; `None` if [`gives_path`](Self::gives_path) is false.
    pub(crate) fn path(&self, row: Rows<'_>, n_features: usize) -> Option<Vec<Decision>> {
        if !self.gives_path() {
            return None;
        }
        let part = &self.parts[0];
        part.trees.path(part.rows(row, n_features, &[], &[]))
    }

    /// The rows in blocks, each by its first row and the row after its last.
    fn blocks(
        &self,
        n_rows: usize,
        n_features: usize,
    ) -> impl Iterator<Item = (usize, usize)> + use<> {
        let has_large_trees = self.parts.iter().any(|part| part.trees.has_large_trees());
        let most = if has_large_trees {
            LARGE_BLOCK_ROWS
        } else {
            BLOCK_ROWS
        };
        let numbers = self.widths.iter().sum::<usize>().max(self.n_raw_scores());
        let block_rows = (BLOCK_VALUES / n_features.max(numbers)).clamp(1, most);
        (0..n_rows)
            .step_by(block_rows)
            .map(move |start| (start, n_rows.min(start + block_rows)))
    }
}

impl Part {
    /// What the trees take of a block of rows.
    fn rows<'a>(
        &'a self,
        features: Rows<'a>,
        n_features: usize,
        values: &'a [Vec<f64>],
        widths: &[usize],
    ) -> CastRows<'a> {
        let (rows, n_features) = match self.source {
            Source::Features => (features, n_features),
            Source::Step(step) => (Rows::F64(&values[step]), widths[step]),
        };
        CastRows {
            rows,
            n_features,
            casts: &self.casts,
        }
    }

    /// An ensemble that takes rows of its own type as they are.
    fn plain<T: Number>(&self) -> Option<&Ensemble<T>> {
        let trees: &dyn Any = &*self.trees;
        let trees: &Ensemble<T> = trees.downcast_ref()?;
        let casts_nothing = self.casts.iter().all(|float| *float == T::FLOAT);
        (casts_nothing && trees.takes_any_row()).then_some(trees)
    }

    /// Scores rows: the values into `into`, in place of what it held.
    fn score(
        &self,
        rows: CastRows<'_>,
        labels: &mut [u32],
        single: &mut Vec<f32>,
        scratch: &mut Scratch,
        into: &mut Vec<f64>,
    ) {
        if let (Rows::F32(values), Some(ensemble)) = (rows.rows, self.plain()) {
            let block = Block::new(values, rows.n_features);
            single.clear();
            single.resize(block.n_rows() * self.trees.width(), 0.0);
            ensemble.score(block, labels, single, &mut scratch.sums);
            into.clear();
            into.extend(single.iter().map(|value| f64::from(*value)));
            return;
        }
        self.trees.score(rows, labels, scratch);
        std::mem::swap(into, &mut scratch.values);
    }
}

fn round(doubles: &[f64], into: &mut [f32]) {
    for (value, double) in into.iter_mut().zip(doubles) {
        *value = *double as f32;
    }
}
