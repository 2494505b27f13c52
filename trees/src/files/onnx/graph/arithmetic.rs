//! Operators on single numbers.

use super::{
    super::{LoadError, attributes::Attributes, error::invalid, file::Operator, tensor::DataType},
    Reader,
    arguments::{Argument, element_of, float_of, inputs},
    value::{Fact, Value},
};
use crate::{
    computation::{Binary, Operand, Step, Unary},
    number::Float,
};

impl Reader<'_> {
    pub(super) fn unary_operator(&mut self, operator: &Operator<'_>) -> Result<Value, LoadError> {
        Attributes::read(operator, &[])?;
        let [name] = inputs(operator)?;
        let (value, float) = self.floats(operator, name)?;
        let (unary, fact) = match (operator.kind, value.fact) {
            ("Exp", _) => (Unary::Exp(float), Fact::Within(f64::INFINITY)),
            // What is left of 1.
            ("Sigmoid", Fact::Opposites) => (Unary::Sigmoid(float), Fact::Shares(1.0)),
            _ => (Unary::Sigmoid(float), Fact::Within(1.0)),
        };
        Ok(Value {
            fact,
            ..self.unary(operator, unary, value)?
        })
    }

    /// An operator on each number. What was known about them is forgotten.
    pub(super) fn unary(
        &mut self,
        operator: &Operator<'_>,
        unary: Unary,
        value: Value,
    ) -> Result<Value, LoadError> {
        let width = value.shape.width();
        Ok(Value {
            step: self.push(operator, Step::Unary(unary, value.step), width, width)?,
            fact: Fact::Nothing,
            ..value
        })
    }

    pub(super) fn binary_operator(&mut self, operator: &Operator<'_>) -> Result<Value, LoadError> {
        Attributes::read(operator, &[])?;
        let [a, b] = inputs(operator)?;
        let (a, b) = (self.argument(operator, a)?, self.argument(operator, b)?);
        let binary = match operator.kind {
            "Add" => Binary::Add,
            "Sub" => Binary::Subtract,
            "Mul" => Binary::Multiply,
            "Div" => Binary::Divide,
            "Equal" => Binary::Equal,
            "Greater" => Binary::Greater,
            "Less" => Binary::Less,
            other => unreachable!("{other} is no operator on two numbers"),
        };
        self.binary(operator, binary, a, b)
    }

    pub(super) fn binary(
        &mut self,
        operator: &Operator<'_>,
        binary: Binary,
        a: Argument,
        b: Argument,
    ) -> Result<Value, LoadError> {
        let (found, other) = (a.element(), b.element());
        if found != other {
            return invalid!(
                "{}: found inputs of types {found} and {other}, allowed are inputs of one type",
                operator.place
            );
        }
        let (float, element) = if binary.is_comparison() {
            (Float::Double, DataType::Bool)
        } else {
            (float_of(operator, found)?, found)
        };
        let fact = fact(binary, &a, &b);
        let shape_of = |argument: &Argument| match argument {
            Argument::Value(value) => Some(value.shape.clone()),
            Argument::Constant { .. } => None,
        };
        let columns = (shape_of(&a), shape_of(&b));
        let classifier = match (&a, &b) {
            (Argument::Value(value), Argument::Constant { .. })
            | (Argument::Constant { .. }, Argument::Value(value)) => value.classifier,
            _ => None,
        };
        if let (Argument::Value(value), Some(1.0), Binary::Multiply | Binary::Divide) =
            (&a, b.only_number(), binary)
            && matches!(&b, Argument::Constant { dimensions, .. } if dimensions.len() <= value.shape.rank())
        {
            // LightGBM's exporter ends with a factor of 1.
            return Ok(value.clone());
        }
        let (shape, [a, b], taken) = self.broadcast(operator, [a, b])?;
        let step = Step::Binary(binary, float, a, b);
        let width = shape.width();
        let keeps_rows = [&columns.0, &columns.1].contains(&&Some(shape.clone()));
        let classifier = classifier.filter(|_| keeps_rows && !binary.is_comparison());
        let is_known = keeps_rows || fact == Fact::OneTrue && shape.last() == Some(width);
        Ok(Value {
            step: self.push(operator, step, taken, width)?,
            shape,
            element,
            fact: if is_known { fact } else { Fact::Nothing },
            classifier,
        })
    }

    /// From the first input to the last.
    pub(super) fn sum(&mut self, operator: &Operator<'_>) -> Result<Value, LoadError> {
        Attributes::read(operator, &[])?;
        let Some((first, others)) = operator.inputs.split_first() else {
            return invalid!("{}: found 0 inputs, allowed are 1 or more", operator.place);
        };
        let mut sum = self.value(operator, first)?;
        float_of(operator, sum.element)?;
        for name in others {
            let next = self.argument(operator, name)?;
            sum = self.binary(operator, Binary::Add, Argument::Value(sum), next)?;
        }
        Ok(sum)
    }

    /// Limits are inputs from version 11 of the operator set on, before that attributes.
    pub(super) fn clip(&mut self, operator: &Operator<'_>) -> Result<Value, LoadError> {
        let attributes = Attributes::read(operator, &["min", "max"])?;
        let Some((name, limits)) = operator.inputs.split_first() else {
            return invalid!("{}: found 0 inputs, allowed are 1 to 3", operator.place);
        };
        if limits.len() > 2 {
            return invalid!(
                "{}: found {} inputs, allowed are 1 to 3",
                operator.place,
                operator.inputs.len()
            );
        }
        let (mut value, float) = self.floats(operator, name)?;
        let bounds = [("min", Binary::AtLeast), ("max", Binary::AtMost)];
        for (i, (attribute, binary)) in bounds.into_iter().enumerate() {
            let limit = match limits.get(i) {
                Some(name) if !name.is_empty() => self.argument(operator, name)?,
                _ => match attributes.float(attribute)? {
                    Some(limit) => number(limit.into(), float),
                    None => continue,
                },
            };
            value = self.binary(operator, binary, Argument::Value(value), limit)?;
        }
        Ok(value)
    }

    pub(super) fn select(&mut self, operator: &Operator<'_>) -> Result<Value, LoadError> {
        Attributes::read(operator, &[])?;
        let [condition, a, b] = inputs(operator)?;
        let condition = self.value(operator, condition)?;
        let (a, b) = (self.argument(operator, a)?, self.argument(operator, b)?);
        self.choose(operator, condition, a, b)
    }

    /// `a` where the condition holds, else `b`.
    pub(super) fn choose(
        &mut self,
        operator: &Operator<'_>,
        condition: Value,
        a: Argument,
        b: Argument,
    ) -> Result<Value, LoadError> {
        if condition.element != DataType::Bool {
            return invalid!(
                "{}: found a condition of type {}, allowed is bool",
                operator.place,
                condition.element
            );
        }
        let element = a.element();
        if element != b.element() {
            return invalid!(
                "{}: found inputs of types {element} and {}, allowed are inputs of one type",
                operator.place,
                b.element()
            );
        }
        let fact = match (condition.fact, a.only_number(), b.only_number()) {
            (Fact::OneTrue, Some(1.0), Some(0.0)) => Fact::Shares(1.0),
            _ => Fact::Nothing,
        };
        let columns = condition.shape.clone();
        let arguments = [Argument::Value(condition), a, b];
        let (shape, [condition, a, b], taken) = self.broadcast(operator, arguments)?;
        let width = shape.width();
        Ok(Value {
            step: self.push(
                operator,
                Step::Select(Box::new([condition, a, b])),
                taken,
                width,
            )?,
            fact: if shape == columns {
                fact
            } else {
                Fact::Nothing
            },
            shape,
            element,
            classifier: None,
        })
    }

    /// Numbers plus, minus, ... a number of each column, or one for all.
    pub(super) fn with_constants(
        &mut self,
        operator: &Operator<'_>,
        binary: Binary,
        value: Value,
        numbers: Vec<f64>,
    ) -> Result<Value, LoadError> {
        self.charge(operator, numbers.len())?;
        let (width, float) = (value.shape.width(), float_of(operator, value.element)?);
        let step = Step::Binary(
            binary,
            float,
            Operand::Step(value.step),
            Operand::Constant(numbers.into()),
        );
        Ok(Value {
            step: self.push(operator, step, width, width)?,
            fact: Fact::Nothing,
            ..value
        })
    }
}

/// A constant of one number.
pub(super) fn number(number: f64, float: Float) -> Argument {
    Argument::Constant {
        dimensions: Vec::new(),
        numbers: vec![number],
        element: element_of(float),
    }
}

/// What is known about the result of an operator on two inputs.
fn fact(binary: Binary, a: &Argument, b: &Argument) -> Fact {
    match (binary, a, b) {
        (_, Argument::Value(a), Argument::Value(b)) => of_two(binary, a, b),
        (_, Argument::Value(value), constant) => {
            of_one(binary, value, constant).unwrap_or(Fact::Nothing)
        }
        (Binary::Multiply | Binary::Equal, constant, Argument::Value(value)) => {
            of_one(binary, value, constant).unwrap_or(Fact::Nothing)
        }
        (Binary::Subtract, constant, Argument::Value(value)) => {
            match (constant.only_number(), value.fact) {
                (Some(1.0), Fact::Within(most)) if most <= 1.0 => Fact::Complement(value.step),
                _ => Fact::Nothing,
            }
        }
        _ => Fact::Nothing,
    }
}

fn of_two(binary: Binary, a: &Value, b: &Value) -> Fact {
    match (binary, a.fact, b.fact) {
        (Binary::Add, Fact::Shares(one), Fact::Shares(other)) if a.shape == b.shape => {
            Fact::Shares(one + other)
        }
        // A sum of 0 becomes 1, so that nothing is divided by 0.
        (Binary::Add, Fact::SumOf(step), Fact::IsZeroSumOf(other)) if step == other => a.fact,
        (Binary::Divide, fact, Fact::SumOf(step)) if step == a.step && fact.is_not_negative() => {
            Fact::Shares(1.0)
        }
        _ => Fact::Nothing,
    }
}

fn of_one(binary: Binary, value: &Value, constant: &Argument) -> Option<Fact> {
    if let (Binary::Equal, Fact::Position(n), Argument::Constant { numbers, .. }) =
        (binary, value.fact, constant)
    {
        let all = (0..n).map(|position| position as f64);
        let is_each = value.shape.width() == 1 && numbers.iter().copied().eq(all);
        return is_each.then_some(Fact::OneTrue);
    }
    let number = constant.only_number()?;
    match (binary, value.fact) {
        (Binary::Multiply, fact) => Some(fact.times(number)),
        (Binary::Divide, fact) => Some(fact.times(1.0 / number)),
        (Binary::Equal, Fact::SumOf(step)) if number == 0.0 => Some(Fact::IsZeroSumOf(step)),
        // Unless the two are 0.
        (Binary::Greater, Fact::Opposites) if number == 0.0 => Some(Fact::OneTrue),
        _ => None,
    }
}
