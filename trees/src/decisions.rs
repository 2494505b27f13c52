//! Turns a branch on a row's path into a rule of an explanation.

use algorithm::{Decision, Relation, Threshold};

use crate::{
    forest::{Mode, Step, Test},
    number::{Float, Number},
};

/// What a step says about the row's value.
pub(crate) fn decision<T: Number>(step: Step<T>) -> Decision {
    let threshold = |value: T| match T::FLOAT {
        Float::Single => Threshold::Single(value.to_f64() as f32),
        Float::Double => Threshold::Double(value.to_f64()),
    };
    let categories = || {
        let Some(set) = &step.set else {
            unreachable!("a path brings the sets of its tests along");
        };
        set.iter().collect()
    };
    Decision {
        feature: step.feature,
        relation: match step.test {
            _ if step.x.is_missing() => Relation::Missing,
            Test::Compare(mode, value) => relation(mode, step.goes_true)(threshold(value)),
            Test::Member(_) if step.goes_true => Relation::OneOf(categories()),
            Test::Member(_) => Relation::NoneOf(categories()),
        },
    }
}

fn relation(mode: Mode, holds: bool) -> fn(Threshold) -> Relation {
    match (mode, holds) {
        (Mode::Leq, true) | (Mode::Gt, false) => Relation::AtMost,
        (Mode::Lt, true) | (Mode::Gte, false) => Relation::Below,
        (Mode::Gte, true) | (Mode::Lt, false) => Relation::AtLeast,
        (Mode::Gt, true) | (Mode::Leq, false) => Relation::Above,
        (Mode::Eq, true) | (Mode::Neq, false) => Relation::Equal,
        (Mode::Neq, true) | (Mode::Eq, false) => Relation::Unequal,
    }
}
