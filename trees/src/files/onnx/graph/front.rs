//! What scikit-learn's pipelines have in front of trees.

use super::{
    super::{
        LoadError,
        attributes::Attributes,
        error::{invalid, unsupported},
        file::Operator,
        tensor::DataType,
    },
    Reader,
    arguments::{Argument, inputs},
    arithmetic::number,
    value::{Fact, Meaning, Shape, Value},
};
use crate::{
    computation::{Binary, Norm, Step, Unary},
    number::Float,
};
use algorithm::InputType;

impl Reader<'_> {
    /// Minus the offsets, times the scales, in the type of the input; the result is float32.
    pub(super) fn scaler(&mut self, operator: &Operator<'_>) -> Result<Value, LoadError> {
        let attributes = Attributes::read(operator, &["offset", "scale"])?;
        let (offset, scale) = (attributes.floats("offset")?, attributes.floats("scale")?);
        attributes.same_length(("offset", offset.len()), ("scale", scale.len()))?;
        let (value, columns) = self.columns_in_front(operator)?;
        fits(operator, "scale", scale.len(), columns)?;
        let numbers = |list: Vec<f32>| list.into_iter().map(f64::from).collect();
        let value = self.with_constants(operator, Binary::Subtract, value, numbers(offset))?;
        let value = self.with_constants(operator, Binary::Multiply, value, numbers(scale))?;
        self.as_single(operator, value)
    }

    pub(super) fn normalizer(&mut self, operator: &Operator<'_>) -> Result<Value, LoadError> {
        let attributes = Attributes::read(operator, &["norm"])?;
        let norm = match attributes.text("norm")? {
            None | Some("MAX") => Norm::Max,
            Some("L1") => Norm::L1,
            Some("L2") => Norm::L2,
            Some(_) => {
                return invalid!(
                    "{}: found another norm, allowed are MAX, L1, L2",
                    attributes.place("norm")
                );
            }
        };
        let (value, columns) = self.columns_in_front(operator)?;
        let step = Step::Normalize(value.step, norm);
        Ok(Value {
            step: self.push(operator, step, columns, columns)?,
            element: DataType::Float,
            fact: Fact::Nothing,
            classifier: None,
            ..value
        })
    }

    /// One number, 0 if none is given, or NaN is replaced by one of its column or one of all columns.
    pub(super) fn imputer(&mut self, operator: &Operator<'_>) -> Result<Value, LoadError> {
        let names = [
            "imputed_value_floats",
            "replaced_value_float",
            "imputed_value_int64s",
            "replaced_value_int64",
        ];
        let attributes = Attributes::read(operator, &names)?;
        let [name] = inputs(operator)?;
        let value = self.value(operator, name)?;
        if value.element != DataType::Float {
            return unsupported!(
                "{}: found numbers of type {}, supported is float32",
                operator.place,
                value.element
            );
        }
        let columns = columns(operator, &value.shape)?;
        let imputed = attributes.floats(names[0])?;
        fits(operator, names[0], imputed.len(), columns)?;
        let replaced = attributes.float(names[1])?.unwrap_or(0.0);
        let is_replaced = if replaced.is_nan() {
            let missing = self.unary(operator, Unary::IsMissing, value.clone())?;
            Value {
                element: DataType::Bool,
                ..missing
            }
        } else {
            let replaced = number(replaced.into(), Float::Single);
            self.binary(
                operator,
                Binary::Equal,
                Argument::Value(value.clone()),
                replaced,
            )?
        };
        self.charge(operator, imputed.len())?;
        let imputed = Argument::Constant {
            dimensions: vec![imputed.len()],
            numbers: imputed.into_iter().map(f64::from).collect(),
            element: DataType::Float,
        };
        self.choose(operator, is_replaced, imputed, Argument::Value(value))
    }

    /// The input and its columns. Whole numbers become float32, as the operator makes them.
    fn columns_in_front(&mut self, operator: &Operator<'_>) -> Result<(Value, usize), LoadError> {
        let [name] = inputs(operator)?;
        let value = match &**self.meaning(operator, name)? {
            Meaning::Features(casts)
                if casts.is_empty() && self.input.element == InputType::I64 =>
            {
                self.features(operator, vec![Float::Single])?
            }
            _ => self.floats(operator, name)?.0,
        };
        let columns = columns(operator, &value.shape)?;
        Ok((value, columns))
    }

    fn as_single(&mut self, operator: &Operator<'_>, value: Value) -> Result<Value, LoadError> {
        let value = match value.element {
            DataType::Float => value,
            _ => self.unary(operator, Unary::Round, value)?,
        };
        Ok(Value {
            element: DataType::Float,
            classifier: None,
            ..value
        })
    }
}

fn columns(operator: &Operator<'_>, shape: &Shape) -> Result<usize, LoadError> {
    match shape.columns() {
        Some(columns) => Ok(columns),
        None => unsupported!(
            "{}: found an input of {} dimensions, supported are 2 (rows, columns)",
            operator.place,
            shape.rank()
        ),
    }
}

/// A list of one number for each column, or one for all.
fn fits(
    operator: &Operator<'_>,
    name: &str,
    found: usize,
    columns: usize,
) -> Result<(), LoadError> {
    if found == columns || found == 1 {
        return Ok(());
    }
    invalid!(
        "{}: {name}: found {found} numbers, allowed are {columns}, one a column, or 1",
        operator.place
    )
}
