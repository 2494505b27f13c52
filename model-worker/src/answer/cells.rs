//! The values of an answer, before they are written.

use std::ops::Range;

use algorithm::{PredictError, Predictor, Rows, Scores};

use super::selection::Key;

/// A block of scored rows.
pub(super) struct Cells<'a> {
    predictor: &'a dyn Predictor,
    rows: Rows<'a>,
    scores: &'a Scores,
    /// Those of the rows that belong to the answer.
    range: Range<usize>,
}

/// One value of a record.
#[derive(Debug, PartialEq)]
pub(super) enum Cell<'a> {
    /// The label of this class.
    Label(usize),
    /// The labels of all classes.
    Labels,
    Number(Number),
    Numbers(Numbers<'a>),
    /// The rules of a decision path, in order.
    Rules(Vec<String>),
}

/// A value in the number type of the predictor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Single(f32),
    Double(f64),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Numbers<'a> {
    Single(&'a [f32]),
    Double(&'a [f64]),
}

impl<'a> Cells<'a> {
    /// `scores` are those of `rows`, and checked; `range` is about rows that there are.
    pub(super) fn new(
        predictor: &'a dyn Predictor,
        rows: Rows<'a>,
        scores: &'a Scores,
        range: Range<usize>,
    ) -> Self {
        Self {
            predictor,
            rows,
            scores,
            range,
        }
    }

    pub(super) fn n_rows(&self) -> usize {
        self.range.len()
    }

    /// The value for `key` of a row of the block.
    ///
    /// # Errors
    /// The predictor can't explain the row.
    pub(super) fn get(&self, key: Key, row: usize) -> Result<Cell<'a>, PredictError> {
        let row = self.range.start + row;
        Ok(match key {
            Key::PredictedLabel => Cell::Label(self.scores.labels()[row] as usize),
            Key::Labels => Cell::Labels,
            Key::Probability | Key::RawScore => Cell::Number(self.values(row).main()),
            Key::Probabilities | Key::RawScores | Key::Distances => Cell::Numbers(self.values(row)),
            Key::PredictedScore => match self.values(row) {
                Numbers::Single([value]) => Cell::Number(Number::Single(*value)),
                Numbers::Double([value]) => Cell::Number(Number::Double(*value)),
                values => Cell::Numbers(values),
            },
            Key::Path => Cell::Rules(self.rules(row)?),
        })
    }

    fn values(&self, row: usize) -> Numbers<'a> {
        let start = row * self.scores.width();
        let end = start + self.scores.width();
        if self.predictor.signature().is_double {
            Numbers::Double(&self.scores.doubles()[start..end])
        } else {
            Numbers::Single(&self.scores.values()[start..end])
        }
    }

    fn rules(&self, row: usize) -> Result<Vec<String>, PredictError> {
        let features = &self.predictor.signature().features;
        let row = self
            .rows
            .slice(row * features.len()..(row + 1) * features.len());
        let path = self.predictor.path(row)?;
        let rules = path.iter();
        Ok(rules
            .map(|decision| decision.describe(features.name(decision.feature)))
            .collect())
    }
}

impl Numbers<'_> {
    /// The second of two values, else the largest: `probability` and `raw_score` of AWS's container.
    fn main(self) -> Number {
        fn of<T: Copy + PartialOrd>(values: &[T]) -> T {
            match values {
                [_, second] => *second,
                [first, others @ ..] => others
                    .iter()
                    .fold(*first, |a, b| if *b > a { *b } else { a }),
                [] => unreachable!("a model without classes is refused when it is loaded"),
            }
        }
        match self {
            Numbers::Single(values) => Number::Single(of(values)),
            Numbers::Double(values) => Number::Double(of(values)),
        }
    }
}
