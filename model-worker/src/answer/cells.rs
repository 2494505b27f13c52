//! The values of an answer, before they are written.

use algorithm::{Labels, Output, Predictor, Rows, Scores};

use super::Key;

/// A block of scored rows.
pub(super) struct Cells<'a> {
    model: &'a dyn Predictor,
    rows: Rows<'a>,
    scores: &'a Scores,
}

/// One value of a record.
#[derive(Debug, PartialEq)]
pub(super) enum Cell<'a> {
    /// The label at this position of the model's labels.
    Label(usize),
    /// All labels.
    Labels,
    Number(Number),
    Numbers(Numbers<'a>),
    /// Rules that are all true.
    Rules(Vec<String>),
}

/// A value in the type that the model gives.
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
    pub(super) fn new(model: &'a dyn Predictor, rows: Rows<'a>, scores: &'a Scores) -> Self {
        Self {
            model,
            rows,
            scores,
        }
    }

    pub(super) fn n_rows(&self) -> usize {
        self.scores.n_rows()
    }

    /// The value for `key` of a row of the block.
    pub(super) fn get(&self, key: Key, row: usize) -> Cell<'a> {
        match key {
            Key::PredictedLabel => {
                let label = self.scores.labels().get(row).copied();
                Cell::Label(label.unwrap_or_default() as usize)
            }
            Key::Labels => Cell::Labels,
            Key::Probability | Key::RawScore => Cell::Number(self.values(row).score()),
            Key::Probabilities | Key::RawScores => Cell::Numbers(self.values(row)),
            Key::PredictedScore => match self.values(row) {
                Numbers::Single([value]) => Cell::Number(Number::Single(*value)),
                Numbers::Double([value]) => Cell::Number(Number::Double(*value)),
                values => Cell::Numbers(values),
            },
            Key::Path => Cell::Rules(self.rules(row)),
        }
    }

    fn values(&self, row: usize) -> Numbers<'a> {
        let start = row * self.scores.width();
        let end = start + self.scores.width();
        if self.model.signature().is_double {
            Numbers::Double(self.scores.doubles().get(start..end).unwrap_or_default())
        } else {
            Numbers::Single(self.scores.values().get(start..end).unwrap_or_default())
        }
    }

    fn rules(&self, row: usize) -> Vec<String> {
        let features = &self.model.signature().features;
        let row = self
            .rows
            .slice(row * features.len()..(row + 1) * features.len());
        let path = self.model.path(row).unwrap_or_default();
        path.iter()
            .map(|decision| decision.describe(features.name(decision.feature)))
            .collect()
    }
}

impl Numbers<'_> {
    /// The second of two, else the largest: AWS's `probability` and `raw_score`.
    fn score(self) -> Number {
        fn of<T: Copy + PartialOrd>(values: &[T]) -> Option<T> {
            match values {
                [_, second] => Some(*second),
                _ => values
                    .iter()
                    .copied()
                    .reduce(|a, b| if b > a { b } else { a }),
            }
        }
        match self {
            Numbers::Single(values) => Number::Single(of(values).unwrap_or(f32::NAN)),
            Numbers::Double(values) => Number::Double(of(values).unwrap_or(f64::NAN)),
        }
    }
}

/// A classifier's labels; none for a regressor.
pub(super) fn labels(model: &dyn Predictor) -> Option<&Labels> {
    match &model.signature().output {
        Output::Classes(labels) => Some(labels),
        Output::Targets(_) => None,
    }
}
