//! `Cast`.

use std::rc::Rc;

use algorithm::Labels;

use super::{
    super::{
        LoadError, attributes::Attributes, error::unsupported, file::Operator, tensor::DataType,
    },
    Reader,
    value::{ClassLabels, Fact, Meaning, Value},
};
use crate::{computation::Unary, number::Float};

/// Most casts of the features before an operator takes them; exporters write one.
const MAX_CASTS: usize = 8;

impl<'a> Reader<'a> {
    pub(super) fn cast(&mut self, operator: &Operator<'a>) -> Result<Meaning<'a>, LoadError> {
        let attributes = Attributes::read(operator, &["to", "saturate", "round_mode"])?;
        let to = DataType::from_number(attributes.int("to")?.unwrap_or(0));
        let meaning = Rc::clone(self.only_input(operator)?);
        let cast = match (&*meaning, to) {
            (Meaning::Features(casts), DataType::Float | DataType::Double)
                if casts.len() < MAX_CASTS =>
            {
                let float = if to == DataType::Float {
                    Float::Single
                } else {
                    Float::Double
                };
                Some(Meaning::Features([casts, &[float][..]].concat()))
            }
            (Meaning::Value(value), _) => self
                .cast_value(operator, value.clone(), to)?
                .map(Meaning::Value),
            (Meaning::Labels(labels), _) if holds(to, labels) => {
                Some(Meaning::Labels(ClassLabels {
                    element: to,
                    ..labels.clone()
                }))
            }
            _ => None,
        };
        match cast {
            Some(meaning) => Ok(meaning),
            None => unsupported!(
                "{}: found a cast of {} to {to}, supported are casts of features to float32 and float64, of \
                 numbers to float32, float64, int32, int64 and bool, and of labels to a type that holds them",
                operator.place,
                meaning.describe()
            ),
        }
    }

    fn cast_value(
        &mut self,
        operator: &Operator<'_>,
        value: Value,
        to: DataType,
    ) -> Result<Option<Value>, LoadError> {
        let (from, fact, classifier) = (value.element, value.fact, value.classifier);
        let is_float = |element| matches!(element, DataType::Float | DataType::Double);
        let unary = match (from, to) {
            _ if from == to => None,
            (DataType::Float | DataType::Bool | DataType::Int32, DataType::Double)
            | (DataType::Bool, DataType::Float | DataType::Int32 | DataType::Int64)
            | (DataType::Int32, DataType::Int64)
            | (DataType::Int64, DataType::Double) => None,
            (DataType::Int64, DataType::Int32) if matches!(fact, Fact::Position(_)) => None,
            (_, DataType::Float) => Some(Unary::Round),
            (DataType::Float | DataType::Double, DataType::Int32) => Some(Unary::Int32),
            (DataType::Float | DataType::Double, DataType::Int64) => Some(Unary::Int64),
            (_, DataType::Bool) => Some(Unary::IsNotZero),
            _ => return Ok(None),
        };
        let mut value = match unary {
            Some(unary) => self.unary(operator, unary, value)?,
            None => value,
        };
        value.element = to;
        value.fact = match fact {
            Fact::SumOf(_) | Fact::IsZeroSumOf(_) if to != DataType::Bool => fact,
            Fact::Position(_) if matches!(to, DataType::Int32 | DataType::Int64) => fact,
            Fact::OneTrue if to != DataType::Bool => Fact::Shares(1.0),
            // Rounding to float32 leaves each what it is.
            _ if from == to || is_float(from) && is_float(to) => fact,
            _ => Fact::Nothing,
        };
        value.classifier = classifier.filter(|_| is_float(from) && is_float(to));
        Ok(Some(value))
    }
}

/// Whether a type holds all labels.
fn holds(to: DataType, labels: &ClassLabels) -> bool {
    let largest = |limit: u64| match &*labels.labels {
        Labels::Integers(labels) => labels.iter().all(|label| label.unsigned_abs() <= limit),
        Labels::Text(_) => false,
    };
    match to {
        DataType::Text => matches!(&*labels.labels, Labels::Text(_)),
        DataType::Int64 => largest(u64::MAX),
        DataType::Int32 => largest(i32::MAX as u64),
        DataType::Float => largest(1 << f32::MANTISSA_DIGITS),
        DataType::Double => largest(1 << f64::MANTISSA_DIGITS),
        _ => false,
    }
}
