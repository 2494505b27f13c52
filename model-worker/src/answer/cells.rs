//! The values of an answer, before they are written.

use std::ops::Range;

use algorithm::{Contributions, PredictError, Predictor, Signature};

use super::selection::Key;
use crate::{blocks::Scored, details::raw_scores_in_row};

/// A block of scored rows.
pub(crate) struct Cells<'a> {
    predictor: &'a dyn Predictor,
    scored: Scored<'a>,
    /// Those of the rows that belong to the answer.
    range: Range<usize>,
}

/// One value of a record.
#[derive(Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    /// The label of this class.
    Label(usize),
    /// The labels of all classes.
    Labels,
    Number(Number),
    Numbers(Numbers<'a>),
    /// A list of lists of this length.
    Lists(Numbers<'a>, usize),
    Leaves(&'a [u32]),
    /// The rules of a decision path, in order.
    Rules(Vec<String>),
}

/// A value in the number type of the predictor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Single(f32),
    Double(f64),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Numbers<'a> {
    Single(&'a [f32]),
    Double(&'a [f64]),
    /// Those of a float32 model that computed them in float64; an answer has them in float32.
    Rounded(&'a [f64]),
}

impl<'a> Cells<'a> {
    /// `range` is about rows that there are.
    pub(super) fn new(
        predictor: &'a dyn Predictor,
        scored: Scored<'a>,
        range: Range<usize>,
    ) -> Self {
        Self {
            predictor,
            scored,
            range,
        }
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.range.len()
    }

    /// The value for `key` of a row of the block.
    ///
    /// # Errors
    /// The predictor can't explain the row.
    pub(crate) fn get(&self, key: Key, row: usize) -> Result<Cell<'a>, PredictError> {
        let row = self.range.start + row;
        Ok(match key {
            Key::PredictedLabel => Cell::Label(self.scored.scores.labels()[row] as usize),
            Key::Labels => Cell::Labels,
            Key::Probability => Cell::Number(self.values(row).main()),
            Key::RawScore => Cell::Number(self.raw_scores(row).main()),
            Key::RawScores => Cell::Numbers(self.raw_scores(row)),
            Key::Probabilities | Key::Distances => Cell::Numbers(self.values(row)),
            Key::PredictedScore => match self.values(row) {
                Numbers::Single([value]) => Cell::Number(Number::Single(*value)),
                Numbers::Double([value]) => Cell::Number(Number::Double(*value)),
                values => Cell::Numbers(values),
            },
            Key::Path => Cell::Rules(self.rules(row)?),
            Key::Leaf => Cell::Leaves(of_row(
                &self.scored.details.leaves,
                row,
                self.signature().leaves,
            )),
            Key::Contributions => self.contributions(row),
        })
    }

    fn signature(&self) -> &'a Signature {
        self.predictor.signature()
    }

    /// Those that the model announces, else its values.
    fn raw_scores(&self, row: usize) -> Numbers<'a> {
        let width = raw_scores_in_row(self.signature());
        if width == 0 {
            return self.values(row);
        }
        self.rounded(of_row(&self.scored.details.raw_scores, row, width))
    }

    fn contributions(&self, row: usize) -> Cell<'a> {
        let in_row = self.signature().contributions_in_row();
        let all = self.rounded(of_row(&self.scored.details.contributions, row, in_row));
        match self.signature().contributions {
            Contributions::Given { outputs: 1 } => Cell::Numbers(all),
            _ => Cell::Lists(all, self.signature().features.len() + 1),
        }
    }

    /// In the number type of the predictor.
    fn rounded(&self, values: &'a [f64]) -> Numbers<'a> {
        if self.signature().is_double {
            Numbers::Double(values)
        } else {
            Numbers::Rounded(values)
        }
    }

    fn values(&self, row: usize) -> Numbers<'a> {
        let start = row * self.scored.scores.width();
        let end = start + self.scored.scores.width();
        if self.signature().is_double {
            Numbers::Double(&self.scored.scores.doubles()[start..end])
        } else {
            Numbers::Single(&self.scored.scores.values()[start..end])
        }
    }

    fn rules(&self, row: usize) -> Result<Vec<String>, PredictError> {
        let features = &self.signature().features;
        let row = self
            .scored
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
            Numbers::Rounded(values) => Number::Single(of(values) as f32),
        }
    }

    pub(crate) fn len(self) -> usize {
        match self {
            Numbers::Single(values) => values.len(),
            Numbers::Double(values) | Numbers::Rounded(values) => values.len(),
        }
    }

    /// The number at a position.
    pub(crate) fn get(self, position: usize) -> Number {
        match self {
            Numbers::Single(values) => Number::Single(values[position]),
            Numbers::Double(values) => Number::Double(values[position]),
            Numbers::Rounded(values) => Number::Single(values[position] as f32),
        }
    }
}

fn of_row<T>(values: &[T], row: usize, in_row: usize) -> &[T] {
    &values[row * in_row..(row + 1) * in_row]
}
