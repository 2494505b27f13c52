//! One rule of an explanation.

use std::fmt;

/// One decision on a row's way to its answer: what is true of one of its values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decision {
    /// Column of the value that was compared, from 0.
    pub feature: usize,
    /// What is true of the value.
    pub relation: Relation,
}

/// What a decision found out about a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Relation {
    /// There is no value.
    Missing,
    /// `value <= threshold`
    AtMost(Threshold),
    /// `value < threshold`
    Below(Threshold),
    /// `value >= threshold`
    AtLeast(Threshold),
    /// `value > threshold`
    Above(Threshold),
    /// `value = threshold`
    Equal(Threshold),
    /// `value != threshold`
    Unequal(Threshold),
}

/// A number in the type that the model compares in; displayed as the shortest text that restores it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Threshold {
    /// float32
    Single(f32),
    /// float64
    Double(f64),
}

impl Decision {
    /// The decision in words, `name` being the feature's: `petal length <= 2.45`.
    pub fn describe(&self, name: impl fmt::Display) -> String {
        match self.relation {
            Relation::Missing => format!("{name} is missing"),
            Relation::AtMost(threshold) => format!("{name} <= {threshold}"),
            Relation::Below(threshold) => format!("{name} < {threshold}"),
            Relation::AtLeast(threshold) => format!("{name} >= {threshold}"),
            Relation::Above(threshold) => format!("{name} > {threshold}"),
            Relation::Equal(threshold) => format!("{name} = {threshold}"),
            Relation::Unequal(threshold) => format!("{name} != {threshold}"),
        }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Threshold::Single(value) => write!(f, "{value:?}"),
            Threshold::Double(value) => write!(f, "{value:?}"),
        }
    }
}
