//! Operators on each value of an answer.

use crate::number::Float;

/// An operator on a value, which is kept as float64; a float32 result is rounded to float32.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Elementwise {
    Round,
    Multiply(f64),
    Exp(Float),
}

impl Elementwise {
    /// Whether a value stays the same apart from rounding.
    pub(crate) fn keeps_values(self) -> bool {
        match self {
            Elementwise::Round => true,
            Elementwise::Multiply(factor) => factor == 1.0,
            Elementwise::Exp(_) => false,
        }
    }

    /// What a value is multiplied by, apart from rounding; `None` if it is something else that happens to it.
    pub(crate) fn factor(self) -> Option<f64> {
        match self {
            Elementwise::Round => Some(1.0),
            Elementwise::Multiply(factor) => Some(factor),
            Elementwise::Exp(_) => None,
        }
    }

    fn apply(self, value: f64) -> f64 {
        match self {
            Elementwise::Round => f64::from(value as f32),
            Elementwise::Multiply(factor) => value * factor,
            Elementwise::Exp(Float::Single) => f64::from((value as f32).exp()),
            Elementwise::Exp(Float::Double) => value.exp(),
        }
    }
}

/// Applies the operators in their order.
pub(crate) fn apply(operators: &[Elementwise], values: &mut [f64]) {
    for operator in operators {
        for value in values.iter_mut() {
            *value = operator.apply(*value);
        }
    }
}
