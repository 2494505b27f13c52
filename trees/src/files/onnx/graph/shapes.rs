//! Operators on shapes. A row stays a row.

use super::{
    super::{
        LoadError,
        attributes::Attributes,
        error::{invalid, unsupported},
        file::Operator,
        tensor::MAX_DIMENSIONS,
    },
    Reader,
    arguments::{axis, inputs},
    value::{ClassLabels, Fact, Meaning, Shape, Value},
};
use crate::computation::Step;

impl<'a> Reader<'a> {
    pub(super) fn reshape(&mut self, operator: &Operator<'a>) -> Result<Meaning<'a>, LoadError> {
        let attributes = Attributes::read(operator, &["allowzero"])?;
        let [name, shape] = inputs(operator)?;
        let target = self.ints(operator, shape)?;
        let allows_zero = attributes.int("allowzero")?.unwrap_or(0) != 0;
        if let Meaning::Labels(labels) = &**self.meaning(operator, name)? {
            let shape = reshaped(operator, &labels.shape, &target, allows_zero)?;
            return Ok(Meaning::Labels(ClassLabels {
                shape,
                ..labels.clone()
            }));
        }
        let value = self.value(operator, name)?;
        let shape = reshaped(operator, &value.shape, &target, allows_zero)?;
        Ok(Meaning::Value(with_shape(value, shape)))
    }

    /// To two dimensions.
    pub(super) fn flatten(&mut self, operator: &Operator<'_>) -> Result<Value, LoadError> {
        let attributes = Attributes::read(operator, &["axis"])?;
        let value = self.only_value(operator)?;
        let rank = value.shape.rank();
        // The axis may be the one after the last.
        let axis = match attributes.int("axis")?.unwrap_or(1) {
            after if after == rank as i64 => rank,
            _ => axis(&attributes, 1, rank)?,
        };
        if !value.shape.is_by_rows() {
            return moves_rows(operator);
        }
        let (first, second) = value.shape.dimensions.split_at(axis);
        let shape = Shape {
            dimensions: vec![first.iter().product(), second.iter().product()],
            rows: usize::from(value.shape.rows >= axis),
        };
        Ok(with_shape(value, shape))
    }

    pub(super) fn shape_of(&mut self, operator: &Operator<'a>) -> Result<Meaning<'a>, LoadError> {
        Attributes::read(operator, &[])?;
        Ok(Meaning::Shape(self.only_value(operator)?.shape))
    }

    pub(super) fn constant_of_shape(
        &mut self,
        operator: &Operator<'_>,
    ) -> Result<Value, LoadError> {
        let attributes = Attributes::read(operator, &["value"])?;
        let Meaning::Shape(shape) = &**self.only_input(operator)? else {
            return unsupported!(
                "{}: found another input than the output of a Shape node, supported is that",
                operator.place
            );
        };
        let shape = shape.clone();
        let Some(tensor) = attributes.tensor("value")? else {
            return attributes.missing("value");
        };
        let [number] = tensor.numbers(&attributes.place("value"))?[..] else {
            return invalid!(
                "{}: found {} numbers, allowed is 1",
                attributes.place("value"),
                tensor.n_elements
            );
        };
        Ok(Value {
            step: self.push(operator, Step::Fill(number), 0, shape.width())?,
            shape,
            element: tensor.data_type,
            fact: Fact::Constant(number),
            classifier: None,
        })
    }
}

fn with_shape(value: Value, shape: Shape) -> Value {
    Value {
        fact: value.fact.reshaped(&value.shape, &shape),
        shape,
        ..value
    }
}

/// The shape that `target` stands for: 0 is what the input has there (unless `allows_zero`), and -1 is what is
/// left.
fn reshaped(
    operator: &Operator<'_>,
    from: &Shape,
    target: &[i64],
    allows_zero: bool,
) -> Result<Shape, LoadError> {
    if target.len() > MAX_DIMENSIONS {
        return unsupported!(
            "{}: found {} dimensions, supported are up to {MAX_DIMENSIONS}",
            operator.place,
            target.len()
        );
    }
    let (mut dimensions, mut rows, mut rest) = (Vec::new(), None, None);
    let width = from.width();
    for (i, size) in target.iter().enumerate() {
        dimensions.push(match usize::try_from(*size) {
            Ok(0) if !allows_zero && i < from.rank() => {
                if i == from.rows {
                    rows = Some(i);
                }
                from.dimensions[i]
            }
            Ok(size) if size > 0 => size,
            _ if *size == -1 && rest.is_none() => {
                rest = Some(i);
                1
            }
            _ => {
                return invalid!(
                    "{}: found size {size} of dimension {i}, allowed are sizes above 0, 0 for a dimension \
                     that the input has, and one -1",
                    operator.place
                );
            }
        });
    }
    let known = dimensions
        .iter()
        .try_fold(1_usize, |known, size| known.checked_mul(*size));
    let known = known.filter(|known| width.is_multiple_of(*known));
    let (Some(known), Some(rows)) = (known, rows.or(rest)) else {
        return unsupported!(
            "{}: found a shape with another number of rows than the input's, supported are those that keep it",
            operator.place
        );
    };
    match rest {
        Some(rest) => dimensions[rest] = width / known,
        None if known == width => {}
        None => return moves_rows(operator),
    }
    let shape = Shape { dimensions, rows };
    if shape != *from && !(shape.is_by_rows() && from.is_by_rows()) {
        return moves_rows(operator);
    }
    Ok(shape)
}

fn moves_rows<T>(operator: &Operator<'_>) -> Result<T, LoadError> {
    unsupported!(
        "{}: found a shape that moves numbers from one row to another, supported are those that keep them \
         there",
        operator.place
    )
}
