//! What is learnt about a row, what is kept of a node's rows, and what follows from it: impurity, and what a leaf
//! answers.

mod classes;
mod numbers;

pub(super) use classes::ClassTotals;
pub(super) use numbers::NumberTotals;

use linfa_trees::SplitQuality;

use super::element::{Element, Layout};
use crate::{Targets, impurity::NumberCriterion};

/// What is learnt about a row: its class, or its number.
pub(super) trait Target: Copy + Send + Sync + 'static {
    /// What is kept of a node's rows.
    type Totals: Totals<Self>;

    /// That of an entry's row. A class is in the entry itself; `numbers` has the numbers by row.
    fn of<E: Element>(entry: E, layout: Layout, numbers: &[i64]) -> Self;
}

/// A class's index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Class(pub(super) usize);

/// A number, in whole units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number(pub(super) i64);

/// How impurity is measured.
#[derive(Clone, Copy, Debug)]
pub(super) enum Measure {
    Classes(SplitQuality),
    Numbers {
        criterion: NumberCriterion,
        /// What a unit is.
        unit: f64,
    },
}

/// Sums over rows with targets `T`, in whole numbers, so that they are exact in any order.
pub(super) trait Totals<T>: Send + Sync {
    /// No rows.
    fn new(n_classes: usize) -> Self;

    /// Replaces the contents by rows of the given targets and weights (above 0).
    fn count(&mut self, rows: impl Iterator<Item = (T, u64)>, measure: Measure);

    /// Replaces the contents by those of `all` without those of `part`.
    fn subtract(&mut self, all: &Self, part: &Self);

    /// In units.
    fn weight(&self) -> u64;

    fn rows(&self) -> usize;

    /// The node's impurity; exactly 0 if all targets are the same.
    fn impurity(&self, measure: Measure) -> f64;

    /// What a leaf of these rows knows; `unit` is what a unit of weight weighs.
    fn targets(&self, measure: Measure, unit: f64) -> Targets;
}

impl Target for Class {
    type Totals = ClassTotals;

    #[inline(always)]
    fn of<E: Element>(entry: E, layout: Layout, _: &[i64]) -> Self {
        Self(layout.class(entry))
    }
}

impl Target for Number {
    type Totals = NumberTotals;

    #[inline(always)]
    fn of<E: Element>(entry: E, layout: Layout, numbers: &[i64]) -> Self {
        Self(numbers[layout.row(entry)])
    }
}
