//! One rule of an explanation.

use std::fmt;

/// One decision on a row's way to its answer: what is true of one of its values.
///
/// ```
/// use algorithm::{Decision, Relation, Threshold};
///
/// let decision = Decision { feature: 2, relation: Relation::AtMost(Threshold::Single(2.45)) };
/// assert_eq!(decision.describe("petal length"), "petal length <= 2.45");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Column of the value that was compared, from 0.
    pub feature: usize,
    /// What is true of the value.
    pub relation: Relation,
}

/// What a decision found out about a value.
///
/// ```
/// use algorithm::{Decision, Relation};
///
/// let decision = Decision { feature: 0, relation: Relation::Missing };
/// assert_eq!(decision.describe("age"), "age is missing");
/// ```
#[derive(Clone, Debug, PartialEq)]
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
    /// The value is one of these categories.
    OneOf(Vec<u32>),
    /// The value is none of these categories.
    NoneOf(Vec<u32>),
}

/// A number in the type that the model compares in; displayed as the shortest text that restores it.
///
/// ```
/// use algorithm::Threshold;
///
/// assert_eq!(Threshold::Single(0.1).to_string(), "0.1");
/// assert_eq!(Threshold::Double(f64::from(0.1_f32)).to_string(), "0.10000000149011612");
/// ```
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
        match &self.relation {
            Relation::Missing => format!("{name} is missing"),
            Relation::AtMost(threshold) => format!("{name} <= {threshold}"),
            Relation::Below(threshold) => format!("{name} < {threshold}"),
            Relation::AtLeast(threshold) => format!("{name} >= {threshold}"),
            Relation::Above(threshold) => format!("{name} > {threshold}"),
            Relation::Equal(threshold) => format!("{name} = {threshold}"),
            Relation::Unequal(threshold) => format!("{name} != {threshold}"),
            Relation::OneOf(categories) => format!("{name} in {categories:?}"),
            Relation::NoneOf(categories) => format!("{name} not in {categories:?}"),
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
