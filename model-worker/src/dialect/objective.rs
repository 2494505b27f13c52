//! What a model's values mean in the dialect.

use algorithm::{Labels, PredictError, Signature, Values, first_largest};

use super::key::Key;
use crate::answer::{self, Cell, Cells, Number, Numbers};

/// The objectives that answers distinguish, by what XGBoost's `predict` returns for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Objective {
    /// The probability of the second class: `binary:logistic`.
    Logistic,
    /// The margin of the second class: `binary:logitraw`.
    LogitRaw,
    /// 0 or 1: `binary:hinge`.
    Hinge,
    /// The class: `multi:softmax`.
    Softmax,
    /// All classes' probabilities: `multi:softprob`.
    Softprob,
    /// A number, or several: all that are no classifiers.
    Number,
}

/// The value for a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    /// The model has none.
    Missing,
    Class(usize),
    Number(f64),
    Pair([f64; 2]),
    Numbers(Numbers<'a>),
    /// The labels from 0 to below this.
    Labels(usize),
}

impl Value<'_> {
    pub(super) fn is_list(self) -> bool {
        matches!(self, Self::Pair(_) | Self::Numbers(_) | Self::Labels(_))
    }
}

impl Objective {
    /// The model's objective. A classifier that names none has one if its values are probabilities and its labels
    /// are numbers from 0.
    pub(super) fn of(signature: &Signature) -> Option<Self> {
        let Some(labels) = signature.labels() else {
            return Some(Self::Number);
        };
        let is_binary = labels.len() == 2;
        match signature.objective.as_deref() {
            Some("binary:logistic") if is_binary => Some(Self::Logistic),
            Some("binary:logitraw") if is_binary => Some(Self::LogitRaw),
            Some("binary:hinge") if is_binary => Some(Self::Hinge),
            Some("multi:softmax") => Some(Self::Softmax),
            Some("multi:softprob") => Some(Self::Softprob),
            _ => {
                let is_counted = match labels {
                    Labels::Integers(labels) => labels.iter().copied().eq(0..labels.len() as i64),
                    Labels::Text(_) => false,
                };
                let is_probable = signature.values == Values::Probabilities;
                (is_counted && is_probable).then_some(match is_binary {
                    true => Self::Logistic,
                    false => Self::Softprob,
                })
            }
        }
    }

    /// Whether answers have more than nan for a key.
    pub(super) fn gives(self, key: Key) -> bool {
        match key {
            Key::PredictedLabel | Key::Labels | Key::RawScore | Key::RawScores => {
                self != Self::Number
            }
            Key::Probability | Key::Probabilities => {
                matches!(self, Self::Logistic | Self::Softprob)
            }
            Key::PredictedScore => self == Self::Number,
            Key::Unknown => false,
        }
    }

    /// What XGBoost's `predict` returns for a row.
    pub(super) fn prediction<'a>(
        self,
        cells: &Cells<'a>,
        row: usize,
    ) -> Result<Value<'a>, PredictError> {
        Ok(match self {
            Self::Logistic | Self::LogitRaw => Value::Number(number(values(cells, row)?, 1)),
            // The label, on which the members of an ensemble vote.
            Self::Softmax | Self::Hinge => Value::Number(class(cells, row)? as f64),
            Self::Softprob => Value::Numbers(values(cells, row)?),
            Self::Number => match values(cells, row)? {
                values if values.len() == 1 => Value::Number(number(values, 0)),
                values => Value::Numbers(values),
            },
        })
    }

    /// The value of a row for a key.
    pub(super) fn value<'a>(
        self,
        key: Key,
        n_labels: usize,
        cells: &Cells<'a>,
        row: usize,
    ) -> Result<Value<'a>, PredictError> {
        if !self.gives(key) {
            return Ok(Value::Missing);
        }
        let prediction = self.prediction(cells, row)?;
        Ok(match (key, prediction) {
            (Key::PredictedLabel, Value::Number(value)) => match self {
                Self::Logistic => Value::Class(usize::from(value > 0.5)),
                Self::LogitRaw => Value::Class(usize::from(value > 0.0)),
                _ => Value::Number(value),
            },
            (Key::PredictedLabel, _) => Value::Class(largest(prediction).0),
            (Key::Labels, _) => Value::Labels(n_labels),
            (Key::Probability | Key::RawScore, Value::Numbers(_)) => {
                Value::Number(largest(prediction).1)
            }
            (Key::Probabilities | Key::RawScores, Value::Number(value)) => {
                Value::Pair([1.0 - value, value])
            }
            _ => prediction,
        })
    }
}

fn values<'a>(cells: &Cells<'a>, row: usize) -> Result<Numbers<'a>, PredictError> {
    match cells.get(answer::Key::Probabilities, row)? {
        Cell::Numbers(numbers) => Ok(numbers),
        _ => unreachable!("the key stands for all values of the model"),
    }
}

fn class(cells: &Cells<'_>, row: usize) -> Result<usize, PredictError> {
    match cells.get(answer::Key::PredictedLabel, row)? {
        Cell::Label(class) => Ok(class),
        _ => unreachable!("the key stands for a class"),
    }
}

/// A value of a row.
pub(super) fn number(values: Numbers<'_>, position: usize) -> f64 {
    match values.get(position) {
        Number::Single(value) => value.into(),
        Number::Double(value) => value,
    }
}

/// The first of the largest values, with its position.
fn largest(prediction: Value<'_>) -> (usize, f64) {
    let Value::Numbers(values) = prediction else {
        unreachable!("only the classes' probabilities are compared")
    };
    let position = first_largest((0..values.len()).map(|position| number(values, position)));
    (position as usize, number(values, position as usize))
}
