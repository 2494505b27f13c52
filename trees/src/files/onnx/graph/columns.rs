//! Operators on the numbers of a row.

use super::{
    super::{
        LoadError,
        attributes::Attributes,
        error::{invalid, unsupported},
        file::Operator,
        tensor::DataType,
    },
    Reader,
    arguments::{along_rows, axis, axis_at, inputs},
    value::{Fact, Meaning, Value},
};
use crate::computation::Step;

impl<'a> Reader<'a> {
    pub(super) fn concat(&mut self, operator: &Operator<'_>) -> Result<Value, LoadError> {
        let attributes = Attributes::read(operator, &["axis"])?;
        let Some((name, others)) = operator.inputs.split_first() else {
            return invalid!("{}: found 0 inputs, allowed are 1 or more", operator.place);
        };
        let first = self.value(operator, name)?;
        let axis = match attributes.int("axis")? {
            Some(_) => axis(&attributes, 0, first.shape.rank())?,
            None => return attributes.missing("axis"),
        };
        if axis == first.shape.rows || first.shape.dimensions[..axis].iter().any(|size| *size != 1)
        {
            return along_rows(operator);
        }
        let (mut shape, mut steps, mut fact) = (first.shape.clone(), vec![first.step], first.fact);
        let is_last = axis + 1 == shape.rank();
        for name in others {
            let next = self.value(operator, name)?;
            shape.dimensions[axis] = next.shape.dimensions.get(axis).copied().unwrap_or(1);
            if next.element != first.element || next.shape != shape {
                return invalid!(
                    "{}: found inputs of different types or shapes, allowed are equal ones apart from axis {axis}",
                    operator.place
                );
            }
            fact = match (fact, next.fact) {
                // Both one column.
                (Fact::Complement(step), Fact::Within(_)) if is_last && step == next.step => {
                    Fact::Shares(1.0)
                }
                (Fact::Within(_), Fact::Complement(step)) if is_last && steps == [step] => {
                    Fact::Shares(1.0)
                }
                (Fact::Shares(sum), Fact::Shares(other)) if !is_last && sum == other => fact,
                _ => Fact::Nothing,
            };
            steps.push(next.step);
        }
        let widths = steps.iter().map(|step| self.widths[*step]);
        let width = widths.fold(0_usize, usize::saturating_add);
        shape.dimensions[axis] = 1;
        shape.dimensions[axis] = width / shape.width();
        if steps.len() == 1 {
            return Ok(first);
        }
        Ok(Value {
            step: self.push(operator, Step::Join(steps), width, width)?,
            shape,
            fact,
            classifier: None,
            ..first
        })
    }

    /// The columns at constant positions.
    pub(super) fn gather(&mut self, operator: &Operator<'a>) -> Result<Meaning<'a>, LoadError> {
        let attributes = Attributes::read(operator, &["axis"])?;
        let [data, indices] = inputs(operator)?;
        if let Meaning::Constant(_) = &**self.meaning(operator, data)? {
            let axis = attributes.int("axis")?.unwrap_or(0);
            return self.look_up(operator, axis == 0);
        }
        let value = self.value(operator, data)?;
        let axis = axis(&attributes, 0, value.shape.rank())?;
        let indices = self.constant(operator, indices)?;
        if axis + 1 != value.shape.rank() || indices.dimensions.len() > 1 {
            return along_rows(operator);
        }
        let mut taken = self.columns(operator, value, &indices.ints(&operator.place)?)?;
        if indices.dimensions.is_empty() {
            taken.shape = taken.shape.reduced(axis, false);
        }
        Ok(Meaning::Value(taken))
    }

    /// `ArrayFeatureExtractor`: the columns at constant positions, or entries of a list.
    pub(super) fn extract(&mut self, operator: &Operator<'a>) -> Result<Meaning<'a>, LoadError> {
        Attributes::read(operator, &[])?;
        let [data, indices] = inputs(operator)?;
        if let Meaning::Constant(_) = &**self.meaning(operator, data)? {
            return self.look_up(operator, false);
        }
        let value = self.value(operator, data)?;
        let indices = self.ints(operator, indices)?;
        Ok(Meaning::Value(self.columns(operator, value, &indices)?))
    }

    /// Columns by their positions, which count from the end if they are negative.
    fn columns(
        &mut self,
        operator: &Operator<'_>,
        value: Value,
        positions: &[i64],
    ) -> Result<Value, LoadError> {
        let Some(n) = value.shape.last() else {
            return along_rows(operator);
        };
        let mut columns = Vec::with_capacity(positions.len());
        for position in positions {
            columns.push(position_at(operator, *position, n)?);
        }
        if columns.is_empty() {
            return invalid!(
                "{}: found 0 positions, allowed are 1 or more",
                operator.place
            );
        }
        let width = columns.len();
        let step = Step::Columns(value.step, columns);
        Ok(Value {
            step: self.push(operator, step, n, width)?,
            shape: value.shape.with_last(width),
            fact: value.fact.of_some(),
            classifier: None,
            ..value
        })
    }

    /// Sums or means along an axis, which is an attribute or, from version 13 or 18 of the operator set on, an
    /// input.
    pub(super) fn reduce(&mut self, operator: &Operator<'_>) -> Result<Value, LoadError> {
        let attributes = Attributes::read(operator, &["axes", "keepdims", "noop_with_empty_axes"])?;
        let (name, axes) = match operator.inputs.as_slice() {
            [name] => (name, attributes.ints("axes")?),
            [name, axes] => (name, self.ints(operator, axes)?),
            inputs => {
                return invalid!(
                    "{}: found {} inputs, allowed are 1 or 2",
                    operator.place,
                    inputs.len()
                );
            }
        };
        let (value, float) = self.floats(operator, name)?;
        let [axis] = axes[..] else {
            return unsupported!(
                "{}: found {} axes, supported is 1",
                operator.place,
                axes.len()
            );
        };
        let axis = axis_at(&operator.place, axis, value.shape.rank())?;
        if axis == value.shape.rows {
            return along_rows(operator);
        }
        let keeps = attributes.int("keepdims")?.unwrap_or(1) != 0;
        let is_last = value.shape.last().is_some() && axis + 1 == value.shape.rank();
        let (n, mean) = (value.shape.dimensions[axis], operator.kind == "ReduceMean");
        let shape = value.shape.reduced(axis, keeps);
        let (taken, width) = (value.shape.width(), shape.width());
        let step = Step::Reduce {
            of: value.step,
            n,
            inner: value.shape.dimensions[axis + 1..].iter().product(),
            mean,
            float,
        };
        Ok(Value {
            step: self.push(operator, step, taken, width)?,
            fact: match value.fact {
                _ if is_last && !mean => Fact::SumOf(value.step),
                Fact::Shares(sum) if axis + 1 < value.shape.rank() => {
                    Fact::Shares(if mean { sum } else { sum * n as f64 })
                }
                _ => Fact::Nothing,
            },
            shape,
            classifier: None,
            ..value
        })
    }

    /// `ArgMax` and `ArgMin`.
    pub(super) fn extreme(&mut self, operator: &Operator<'_>) -> Result<Value, LoadError> {
        let attributes = Attributes::read(operator, &["axis", "keepdims", "select_last_index"])?;
        let value = self.only_value(operator)?;
        let axis = axis(&attributes, 0, value.shape.rank())?;
        let n = match value.shape.last() {
            Some(n) if axis + 1 == value.shape.rank() => n,
            _ => return along_rows(operator),
        };
        let step = Step::Extreme {
            of: value.step,
            least: operator.kind == "ArgMin",
            last: attributes.int("select_last_index")?.unwrap_or(0) != 0,
        };
        let step = self.push(operator, step, n, 1)?;
        let keeps = attributes.int("keepdims")?.unwrap_or(1) != 0;
        let position = Value {
            step,
            shape: value.shape.reduced(axis, keeps),
            element: DataType::Int64,
            fact: Fact::Position(n),
            classifier: None,
        };
        self.chosen_by.insert(step, value);
        Ok(position)
    }

    /// The sorted numbers and their positions.
    pub(super) fn top_k(&mut self, operator: &Operator<'a>) -> Result<Vec<Meaning<'a>>, LoadError> {
        let attributes = Attributes::read(operator, &["axis", "largest", "sorted"])?;
        let [name, count] = inputs(operator)?;
        let value = self.value(operator, name)?;
        let axis = axis(&attributes, -1, value.shape.rank())?;
        let n = match value.shape.last() {
            Some(n) if axis + 1 == value.shape.rank() => n,
            _ => return along_rows(operator),
        };
        if attributes.int("sorted")?.unwrap_or(1) == 0 {
            return unsupported!("{}: found sorted = 0, supported is 1", operator.place);
        }
        let count = match self.int(operator, count)? {
            count if count >= 1 && count <= n as i64 => count as usize,
            count => {
                return invalid!(
                    "{}: found k = {count}, allowed are 1 to {n}",
                    operator.place
                );
            }
        };
        let step = Step::Order {
            of: value.step,
            least: attributes.int("largest")?.unwrap_or(1) == 0,
        };
        let positions = Value {
            step: self.push(operator, step, n, count)?,
            shape: value.shape.with_last(count),
            element: DataType::Int64,
            fact: Fact::Position(n),
            classifier: None,
        };
        let numbers = self.taken(operator, value, &positions)?;
        Ok(vec![Meaning::Value(numbers), Meaning::Value(positions)])
    }

    /// `GatherElements`.
    pub(super) fn take(&mut self, operator: &Operator<'_>) -> Result<Value, LoadError> {
        let attributes = Attributes::read(operator, &["axis"])?;
        let [data, positions] = inputs(operator)?;
        let (value, positions) = (
            self.value(operator, data)?,
            self.value(operator, positions)?,
        );
        let axis = axis(&attributes, 0, value.shape.rank())?;
        let is_same = value.shape.with_last(1) == positions.shape.with_last(1);
        match (value.shape.last(), positions.fact) {
            (Some(n), Fact::Position(most))
                if axis + 1 == value.shape.rank() && is_same && most <= n =>
            {
                self.taken(operator, value, &positions)
            }
            _ => unsupported!(
                "{}: found positions that are not those of the columns of its first input, from ArgMax, ArgMin \
                 or TopK; supported are those",
                operator.place
            ),
        }
    }

    /// The numbers of a row at positions below the number of them.
    fn taken(
        &mut self,
        operator: &Operator<'_>,
        value: Value,
        positions: &Value,
    ) -> Result<Value, LoadError> {
        let width = positions.shape.width();
        let step = Step::Take(value.step, positions.step);
        Ok(Value {
            step: self.push(operator, step, width, width)?,
            shape: positions.shape.clone(),
            fact: value.fact.of_some(),
            classifier: None,
            ..value
        })
    }

    /// `CumSum`.
    pub(super) fn accumulate(&mut self, operator: &Operator<'_>) -> Result<Value, LoadError> {
        let attributes = Attributes::read(operator, &["exclusive", "reverse"])?;
        for name in ["exclusive", "reverse"] {
            if attributes.int(name)?.unwrap_or(0) != 0 {
                return unsupported!(
                    "{}: found another value than 0, supported is 0",
                    attributes.place(name)
                );
            }
        }
        let [name, axis] = inputs(operator)?;
        let (value, float) = self.floats(operator, name)?;
        let axis = axis_at(
            &operator.place,
            self.int(operator, axis)?,
            value.shape.rank(),
        )?;
        if value.shape.last().is_none() || axis + 1 != value.shape.rank() {
            return along_rows(operator);
        }
        let width = value.shape.width();
        Ok(Value {
            step: self.push(operator, Step::Accumulate(value.step, float), width, width)?,
            fact: Fact::Nothing,
            classifier: None,
            ..value
        })
    }
}

/// A column by its position, which counts from the end if it is negative.
fn position_at(operator: &Operator<'_>, position: i64, n: usize) -> Result<u32, LoadError> {
    let size = n as i64;
    let from_start = if position < 0 {
        position.saturating_add(size)
    } else {
        position
    };
    if (0..size).contains(&from_start) {
        return Ok(from_start as u32);
    }
    invalid!(
        "{}: found position {position}, allowed are {} to {}",
        operator.place,
        -size,
        size - 1
    )
}
