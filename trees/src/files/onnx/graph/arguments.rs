//! What operators take.

use std::rc::Rc;

use algorithm::{InputType, text::excerpt};

use super::{
    super::{
        LoadError,
        attributes::Attributes,
        error::{invalid, unsupported},
        file::Operator,
        tensor::{DataType, Tensor},
    },
    Reader,
    value::{Fact, Meaning, Shape, Value},
};
use crate::{
    computation::{Operand, Step},
    number::Float,
};

/// Numbers that an operator takes.
pub(super) enum Argument {
    Value(Value),
    Constant {
        dimensions: Vec<usize>,
        numbers: Vec<f64>,
        element: DataType,
    },
}

impl Argument {
    pub(super) fn element(&self) -> DataType {
        match self {
            Argument::Value(value) => value.element,
            Argument::Constant { element, .. } => *element,
        }
    }

    /// The number, if there is but one.
    pub(super) fn only_number(&self) -> Option<f64> {
        match self {
            Argument::Value(Value {
                fact: Fact::Constant(number),
                ..
            }) => Some(*number),
            Argument::Constant { numbers, .. } => match numbers.as_slice() {
                [number] => Some(*number),
                _ => None,
            },
            Argument::Value(_) => None,
        }
    }
}

impl<'a> Reader<'a> {
    pub(super) fn meaning(
        &self,
        operator: &Operator<'_>,
        name: &str,
    ) -> Result<&Rc<Meaning<'a>>, LoadError> {
        match self.meanings.get(name) {
            Some(meaning) => Ok(meaning),
            None => invalid!(
                "{}: found input `{}`, allowed are the graph's input, constants and outputs of earlier nodes",
                operator.place,
                excerpt(name.as_bytes())
            ),
        }
    }

    pub(super) fn only_input(
        &self,
        operator: &Operator<'_>,
    ) -> Result<&Rc<Meaning<'a>>, LoadError> {
        let [name] = inputs(operator)?;
        self.meaning(operator, name)
    }

    /// The numbers of an operator with one input.
    pub(super) fn only_value(&mut self, operator: &Operator<'_>) -> Result<Value, LoadError> {
        let [name] = inputs(operator)?;
        self.value(operator, name)
    }

    /// An input that must be computed numbers.
    pub(super) fn value(
        &mut self,
        operator: &Operator<'_>,
        name: &str,
    ) -> Result<Value, LoadError> {
        match &**self.meaning(operator, name)? {
            Meaning::Value(value) => Ok(value.clone()),
            Meaning::Features(casts) => {
                let casts = casts.clone();
                self.features(operator, casts)
            }
            other => unsupported!(
                "{}: found {} as input, supported are computed numbers",
                operator.place,
                other.describe()
            ),
        }
    }

    /// An input that must be float32 or float64.
    pub(super) fn floats(
        &mut self,
        operator: &Operator<'_>,
        name: &str,
    ) -> Result<(Value, Float), LoadError> {
        let value = self.value(operator, name)?;
        let float = float_of(operator, value.element)?;
        Ok((value, float))
    }

    /// The features as a value.
    pub(super) fn features(
        &mut self,
        operator: &Operator<'_>,
        casts: Vec<Float>,
    ) -> Result<Value, LoadError> {
        if let Some((_, value)) = self.features.iter().find(|(other, _)| *other == casts) {
            return Ok(value.clone());
        }
        let float = match (casts.last(), self.input.element) {
            (Some(float), _) => *float,
            (None, InputType::F32) => Float::Single,
            (None, InputType::F64) => Float::Double,
            (None, InputType::I64) => {
                return unsupported!(
                    "{}: found an integer input, supported are float32 and float64",
                    operator.place
                );
            }
        };
        let n_features = self.input.declared()?;
        let step = Step::Features(casts.clone());
        let value = Value {
            step: self.push(operator, step, 0, n_features)?,
            shape: Shape::matrix(n_features),
            element: element_of(float),
            fact: Fact::Nothing,
            classifier: None,
        };
        self.features.push((casts, value.clone()));
        Ok(value)
    }

    /// An input that may be computed numbers or constant ones.
    pub(super) fn argument(
        &mut self,
        operator: &Operator<'_>,
        name: &str,
    ) -> Result<Argument, LoadError> {
        let Meaning::Constant(tensor) = &**self.meaning(operator, name)? else {
            return Ok(Argument::Value(self.value(operator, name)?));
        };
        let tensor = tensor.clone();
        self.charge(operator, tensor.n_elements)?;
        Ok(Argument::Constant {
            numbers: tensor.numbers(&operator.place)?,
            element: tensor.data_type,
            dimensions: tensor.dimensions,
        })
    }

    /// An input that must be a constant.
    pub(super) fn constant(
        &mut self,
        operator: &Operator<'_>,
        name: &str,
    ) -> Result<Tensor<'a>, LoadError> {
        match &**self.meaning(operator, name)? {
            Meaning::Constant(tensor) => {
                let tensor = tensor.clone();
                self.charge(operator, tensor.n_elements)?;
                Ok(tensor)
            }
            other => unsupported!(
                "{}: found {} as input `{}`, supported is a constant",
                operator.place,
                other.describe(),
                excerpt(name.as_bytes())
            ),
        }
    }

    /// The whole numbers of an input that must be constant.
    pub(super) fn ints(
        &mut self,
        operator: &Operator<'_>,
        name: &str,
    ) -> Result<Vec<i64>, LoadError> {
        self.constant(operator, name)?.ints(&operator.place)
    }

    /// The one whole number of an input that must be constant.
    pub(super) fn int(&mut self, operator: &Operator<'_>, name: &str) -> Result<i64, LoadError> {
        match self.ints(operator, name)?.as_slice() {
            [int] => Ok(*int),
            ints => invalid!(
                "{}: found {} numbers in input `{}`, allowed is 1",
                operator.place,
                ints.len(),
                excerpt(name.as_bytes())
            ),
        }
    }

    /// The arguments with a common shape, as numpy broadcasts: the last dimensions stand below each other,
    /// and 1 becomes what the others have.
    pub(super) fn broadcast<const N: usize>(
        &mut self,
        operator: &Operator<'_>,
        arguments: [Argument; N],
    ) -> Result<(Shape, [Operand; N], usize), LoadError> {
        let Some(shape) = common_shape(&arguments) else {
            return unsupported!(
                "{}: found inputs whose shapes do not fit, or no computed one; supported are inputs with \
                 the same number of rows and as many columns or 1",
                operator.place
            );
        };
        let (mut taken, width) = (0_usize, shape.width());
        let mut operands = Vec::with_capacity(N);
        for argument in arguments {
            // One position or as many as the result has, so that the size is bounded by what is charged.
            self.charge(operator, width)?;
            let operand = match argument {
                Argument::Constant { numbers, .. } if numbers.len() == 1 => {
                    Operand::Constant(numbers.into())
                }
                Argument::Constant {
                    dimensions,
                    numbers,
                    ..
                } => {
                    let positions = positions(&shape, &dimensions);
                    Operand::Constant(positions.map(|i| numbers[i as usize]).collect())
                }
                Argument::Value(value) => {
                    let own = value.shape.width();
                    if own == 1 || own == width {
                        Operand::Step(value.step)
                    } else {
                        let columns = positions(&shape, &value.shape.dimensions).collect();
                        let step = Step::Columns(value.step, columns);
                        Operand::Step(self.push(operator, step, own, width)?)
                    }
                }
            };
            taken += width;
            operands.push(operand);
        }
        let Ok(operands) = operands.try_into() else {
            unreachable!("there is an operand for each argument");
        };
        Ok((shape, operands, taken))
    }
}

/// The shape that the arguments are broadcast to; `None` if they don't fit or all are constant.
fn common_shape(arguments: &[Argument]) -> Option<Shape> {
    let values = arguments.iter().filter_map(|argument| match argument {
        Argument::Value(value) => Some(&value.shape),
        Argument::Constant { .. } => None,
    });
    let mut from_the_end = values.map(|shape| shape.rank() - shape.rows);
    let rows = from_the_end.next()?;
    if from_the_end.any(|other| other != rows) {
        return None;
    }
    let dimensions = |argument: &'_ Argument| match argument {
        Argument::Value(value) => value.shape.dimensions.clone(),
        Argument::Constant { dimensions, .. } => dimensions.clone(),
    };
    let all: Vec<_> = arguments.iter().map(dimensions).collect();
    let rank = all.iter().map(Vec::len).max()?;
    let mut common = vec![1; rank];
    for (dimensions, argument) in all.iter().zip(arguments) {
        for (i, size) in dimensions.iter().rev().enumerate() {
            let common = &mut common[rank - 1 - i];
            let is_rows = i + 1 == rows;
            match argument {
                // As many rows as there are, and not one.
                Argument::Constant { .. } if is_rows && *size != 1 => return None,
                Argument::Value(_) if is_rows && *size != 1 => return None,
                _ if *common == 1 => *common = *size,
                _ if *size == 1 || *size == *common => {}
                _ => return None,
            }
        }
    }
    let width = common
        .iter()
        .try_fold(1_usize, |width, size| width.checked_mul(*size))?;
    (width > 0).then_some(Shape {
        dimensions: common,
        rows: rank - rows,
    })
}

/// For each position in a row of a shape, that in an array with these dimensions, which is broadcast to it.
fn positions(shape: &Shape, dimensions: &[usize]) -> impl Iterator<Item = u32> {
    let mut axes = Vec::new();
    let mut stride = 1;
    let sizes = dimensions.iter().rev().copied().chain(std::iter::repeat(1));
    for (common, size) in shape.dimensions.iter().rev().zip(sizes) {
        axes.push((*common, if size == 1 { 0 } else { stride }));
        stride *= size;
    }
    (0..shape.width()).map(move |mut position| {
        let offset = axes.iter().map(|(size, stride)| {
            let at = position % size;
            position /= size;
            at * stride
        });
        offset.sum::<usize>() as u32
    })
}

/// The inputs of an operator that has this many.
pub(super) fn inputs<'a, const N: usize>(
    operator: &Operator<'a>,
) -> Result<[&'a str; N], LoadError> {
    operator.inputs.as_slice().try_into().or_else(|_| {
        let is = if N == 1 { "is" } else { "are" };
        invalid!(
            "{}: found {} inputs, allowed {is} {N}",
            operator.place,
            operator.inputs.len()
        )
    })
}

/// The attribute `axis` as a position among dimensions; counted from the end if it is negative.
pub(super) fn axis(
    attributes: &Attributes<'_>,
    default: i64,
    rank: usize,
) -> Result<usize, LoadError> {
    axis_at(
        attributes.operator(),
        attributes.int("axis")?.unwrap_or(default),
        rank,
    )
}

pub(super) fn axis_at(place: &str, axis: i64, rank: usize) -> Result<usize, LoadError> {
    let size = rank as i64;
    match usize::try_from(if axis < 0 {
        axis.saturating_add(size)
    } else {
        axis
    }) {
        Ok(axis) if axis < rank => Ok(axis),
        _ => invalid!(
            "{place}: found axis {axis}, allowed are {} to {}",
            -size,
            size - 1
        ),
    }
}

/// The error of an operator along the rows of the input.
pub(super) fn along_rows<T>(operator: &Operator<'_>) -> Result<T, LoadError> {
    unsupported!(
        "{}: found another axis than that of the columns, supported is that one",
        operator.place
    )
}

pub(super) fn element_of(float: Float) -> DataType {
    match float {
        Float::Single => DataType::Float,
        Float::Double => DataType::Double,
    }
}

pub(super) fn float_of(operator: &Operator<'_>, element: DataType) -> Result<Float, LoadError> {
    match element {
        DataType::Float => Ok(Float::Single),
        DataType::Double => Ok(Float::Double),
        other => unsupported!(
            "{}: found numbers of type {other}, supported are float32 and float64",
            operator.place
        ),
    }
}
