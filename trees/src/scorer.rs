//! What a graph computes: ensembles, and the few operators around them.

use crate::explain::Facts;
use crate::finish::Finish;
use crate::forest::{Forest, Linked};
use crate::number::Number;
use crate::onnx::LoadError;
use algorithm::{Buffers, Rows, Scores};

/// Rows scored at a time: few enough for the converted rows and the sums to stay in the cache.
const BLOCK_ROWS: usize = 256;

/// Values of a block at most, so that wide rows take no large buffers.
const BLOCK_VALUES: usize = 1 << 16;

/// The sum of the parts, then the elementwise operators.
#[derive(Clone, Debug)]
pub(crate) struct Scorer {
    pub(crate) parts: Vec<Part>,
    /// The type that the parts are summed in, where there are several.
    pub(crate) sum_double: bool,
    pub(crate) then: Vec<Elementwise>,
    pub(crate) double_output: bool,
}

/// A tree operator with what stands before and after it.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// The float types that the input takes on its way, the last one the ensemble's.
    pub(crate) casts: Vec<Float>,
    pub(crate) trees: Trees,
    pub(crate) then: Vec<Elementwise>,
}

/// A floating-point type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Float {
    Single,
    Double,
}

/// An ensemble in either type.
#[derive(Clone, Debug)]
pub(crate) enum Trees {
    Single(Ensemble<f32>),
    Double(Ensemble<f64>),
}

/// An operator on each value, which is kept as float64 here; a float32's result is rounded to float32.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Elementwise {
    Round,
    Multiply(f64),
    Exp(Float),
}

/// A forest and what happens to its sums.
#[derive(Clone, Debug)]
pub(crate) struct Ensemble<T> {
    forest: Forest<T>,
    finish: Finish<T>,
    pub(crate) facts: Facts<T>,
}

/// Buffers that a call reuses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    named: Vec<bool>,
    single: Converted<f32>,
    double: Converted<f64>,
    sums: Vec<f64>,
    values: Vec<f64>,
}

#[derive(Clone, Debug, Default)]
struct Converted<T> {
    rows: Vec<T>,
    values: Vec<T>,
}

impl Scorer {
    /// Scores rows whose type and length the caller has checked.
    pub(crate) fn score(&self, rows: Rows<'_>, n_features: usize, scores: &mut Scores) {
        let n_rows = rows.len() / n_features;
        let width = scores.width();
        let Buffers {
            labels,
            values,
            doubles,
            scratch,
        } = scores.buffers::<Scratch>();

        let block_rows = (BLOCK_VALUES / n_features.max(width)).clamp(1, BLOCK_ROWS);
        for start in (0..n_rows).step_by(block_rows) {
            let end = n_rows.min(start + block_rows);
            let block = rows.slice(start * n_features..end * n_features);
            let labels = if labels.is_empty() {
                &mut []
            } else {
                &mut labels[start..end]
            };
            let values = &mut values[start * width..end * width];
            if let Some((ensemble, rows)) = self.plain(block) {
                ensemble.score(rows, n_features, &mut scratch.named, labels, values);
                continue;
            }
            self.general(block, n_features, scratch, labels);
            for (value, double) in values.iter_mut().zip(&scratch.sums) {
                *value = *double as f32;
            }
            if let Some(doubles) = doubles.get_mut(start * width..end * width) {
                doubles.copy_from_slice(&scratch.sums);
            }
        }
    }

    /// The common model: one float32 ensemble on float32 rows with nothing after it.
    fn plain<'a>(&self, rows: Rows<'a>) -> Option<(&Ensemble<f32>, &'a [f32])> {
        match (self.parts.as_slice(), rows) {
            (
                [
                    Part {
                        trees: Trees::Single(ensemble),
                        casts,
                        then,
                    },
                ],
                Rows::F32(rows),
            ) if then.is_empty() && self.then.is_empty() && !casts.contains(&Float::Double) => {
                Some((ensemble, rows))
            }
            _ => None,
        }
    }

    /// Any other model: a block's values into `scratch.sums`.
    fn general(
        &self,
        rows: Rows<'_>,
        n_features: usize,
        scratch: &mut Scratch,
        labels: &mut [u32],
    ) {
        for (i, part) in self.parts.iter().enumerate() {
            part.score(rows, n_features, scratch, labels);
            if i == 0 {
                std::mem::swap(&mut scratch.sums, &mut scratch.values);
                continue;
            }
            for (sum, value) in scratch.sums.iter_mut().zip(&scratch.values) {
                *sum += *value;
                if !self.sum_double {
                    *sum = f64::from(*sum as f32);
                }
            }
        }
        apply(&self.then, &mut scratch.sums);
    }
}

impl Part {
    pub(crate) fn width(&self) -> usize {
        match &self.trees {
            Trees::Single(ensemble) => ensemble.width(),
            Trees::Double(ensemble) => ensemble.width(),
        }
    }

    /// The number of features that the branches need.
    pub(crate) fn n_features(&self) -> usize {
        match &self.trees {
            Trees::Single(ensemble) => ensemble.n_features(),
            Trees::Double(ensemble) => ensemble.n_features(),
        }
    }

    /// A block's values into `scratch.values`.
    fn score(&self, rows: Rows<'_>, n_features: usize, scratch: &mut Scratch, labels: &mut [u32]) {
        let Scratch {
            named,
            single,
            double,
            values,
            ..
        } = scratch;
        match &self.trees {
            Trees::Single(ensemble) => {
                single.fill(
                    ensemble,
                    rows,
                    n_features,
                    &self.casts,
                    named,
                    labels,
                    values,
                );
            }
            Trees::Double(ensemble) => {
                double.fill(
                    ensemble,
                    rows,
                    n_features,
                    &self.casts,
                    named,
                    labels,
                    values,
                );
            }
        }
        apply(&self.then, values);
    }
}

impl<T: Number> Converted<T> {
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one scratch, borrowed apart"
    )]
    fn fill(
        &mut self,
        ensemble: &Ensemble<T>,
        rows: Rows<'_>,
        n_features: usize,
        casts: &[Float],
        named: &mut Vec<bool>,
        labels: &mut [u32],
        values: &mut Vec<f64>,
    ) {
        self.rows.clear();
        match rows {
            Rows::F32(rows) => {
                self.rows
                    .extend(rows.iter().map(|value| cast::<T>(casts, f64::from(*value))));
            }
            Rows::F64(rows) => self
                .rows
                .extend(rows.iter().map(|value| cast::<T>(casts, *value))),
            // An integer beyond 2^53 must not be rounded twice.
            Rows::I64(rows) if casts.first() == Some(&Float::Single) => {
                self.rows.extend(
                    rows.iter()
                        .map(|value| cast::<T>(casts, f64::from(*value as f32))),
                );
            }
            Rows::I64(rows) => self
                .rows
                .extend(rows.iter().map(|value| cast::<T>(casts, *value as f64))),
        }
        self.values.clear();
        self.values
            .resize(self.rows.len() / n_features * ensemble.width(), T::ZERO);
        ensemble.score(&self.rows, n_features, named, labels, &mut self.values);
        values.clear();
        values.extend(self.values.iter().map(|value| value.to_f64()));
    }
}

fn cast<T: Number>(casts: &[Float], mut value: f64) -> T {
    for float in casts {
        if *float == Float::Single {
            value = f64::from(value as f32);
        }
    }
    T::from_f64(value)
}

/// A row's value of a feature, in the ensemble's type.
pub(crate) fn cast_value<T: Number>(casts: &[Float], row: Rows<'_>, feature: usize) -> Option<T> {
    Some(match row {
        Rows::F32(row) => cast(casts, f64::from(*row.get(feature)?)),
        Rows::F64(row) => cast(casts, *row.get(feature)?),
        // As a whole row is cast: an integer beyond 2^53 must not be rounded twice.
        Rows::I64(row) if casts.first() == Some(&Float::Single) => {
            cast(casts, f64::from(*row.get(feature)? as f32))
        }
        Rows::I64(row) => cast(casts, *row.get(feature)? as f64),
    })
}

fn apply(operators: &[Elementwise], values: &mut [f64]) {
    for operator in operators {
        for value in values.iter_mut() {
            *value = match operator {
                Elementwise::Round => f64::from(*value as f32),
                Elementwise::Multiply(factor) => *value * factor,
                Elementwise::Exp(Float::Single) => f64::from((*value as f32).exp()),
                Elementwise::Exp(Float::Double) => value.exp(),
            };
        }
    }
}

impl<T: Number> Ensemble<T> {
    /// Checks the links and lays the forest out. `place` is the node's, for errors.
    pub(crate) fn new(
        linked: Linked<T>,
        finish: Finish<T>,
        place: &str,
    ) -> Result<Self, LoadError> {
        let facts = Facts::new(&linked, &finish);
        let forest = Forest::new(linked, finish.rule.slots())
            .map_err(|error| LoadError::Invalid(format!("{place}: {error}")))?;
        Ok(Self {
            forest,
            finish,
            facts,
        })
    }

    /// Values a row.
    pub(crate) fn width(&self) -> usize {
        self.finish.rule.width()
    }

    /// The number of features that the branches need.
    pub(crate) fn n_features(&self) -> usize {
        self.forest.n_features()
    }

    /// Scores a block of rows. `labels` has one entry a row (none for a regressor), `values`
    /// [`width`](Self::width) zeros a row.
    fn score(
        &self,
        rows: &[T],
        n_features: usize,
        named: &mut Vec<bool>,
        labels: &mut [u32],
        values: &mut [T],
    ) {
        let slots = self.finish.rule.slots();
        let n_rows = rows.len() / n_features;
        let sums = &mut values[..n_rows * slots];
        named.clear();
        if !self.forest.names_all() {
            named.resize(n_rows * slots, false);
        }
        self.forest
            .sum(rows, n_features, self.finish.aggregate, slots, sums, named);
        self.finish
            .apply(self.forest.n_trees(), named, labels, values);
    }
}
