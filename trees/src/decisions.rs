//! Turns a branch on a row's path into a rule of an explanation.

use algorithm::{Decision, Relation, Threshold};

use crate::{
    forest::{Mode, Step},
    number::{Float, Number},
};

/// What a step says about the row's value.
pub(crate) fn decision<T: Number>(step: Step<T>) -> Decision {
    let threshold = match T::FLOAT {
        Float::Single => Threshold::Single(step.value.to_f64() as f32),
        Float::Double => Threshold::Double(step.value.to_f64()),
    };
    Decision {
        feature: step.feature,
        relation: if step.x.is_missing() {
            Relation::Missing
        } else {
            relation(step.mode, step.goes_true)(threshold)
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
