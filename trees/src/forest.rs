//! A forest in memory, and the walk of rows through it.

mod check;
mod link;
mod packed;
#[cfg(test)]
mod tests;

pub(crate) use check::Endless;
pub(crate) use link::{Leaf, Linked, Mode, Node, Weight};

use crate::number::Number;
use packed::{Narrow, Packed, Wide};

/// How the leaf values of a target become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aggregate {
    Sum,
    Average,
    Min,
    Max,
}

/// A checked forest: every child exists and no walk comes back to a node.
#[derive(Clone, Debug)]
pub(crate) struct Forest<T> {
    layout: Layout<T>,
    n_features: usize,
    n_trees: usize,
    names_all: bool,
}

/// The nodes in memory.
#[derive(Clone, Debug)]
enum Layout<T> {
    Narrow(Packed<T, Narrow>),
    Wide(Packed<T, Wide>),
    /// Equality tests, shared nodes and whatever else the packed forms cannot hold.
    Linked(Linked<T>),
}

impl<T: Number> Forest<T> {
    /// Takes linked nodes whose weights name targets below `slots`.
    pub(crate) fn new(mut linked: Linked<T>, slots: usize) -> Result<Self, Endless> {
        check::check(&linked)?;
        Ok(Self {
            n_features: linked.n_features(),
            n_trees: linked.roots.len(),
            names_all: linked.names_all(slots),
            layout: Layout::new(&mut linked, slots).unwrap_or(Layout::Linked(linked)),
        })
    }

    /// The number of features that the branches need.
    pub(crate) fn n_features(&self) -> usize {
        self.n_features
    }

    pub(crate) fn n_trees(&self) -> usize {
        self.n_trees
    }

    /// Whether every leaf names every target, so that [`sum`](Self::sum) needs no `named`.
    pub(crate) fn names_all(&self) -> bool {
        self.names_all
    }

    /// Adds up what the rows' leaves say, in tree order. `sums` has `slots` zeros a row, `named` the same
    /// number of `false`, or none where [`names_all`](Self::names_all).
    pub(crate) fn sum(
        &self,
        rows: &[T],
        n_features: usize,
        aggregate: Aggregate,
        slots: usize,
        sums: &mut [T],
        named: &mut [bool],
    ) {
        match aggregate {
            Aggregate::Sum | Aggregate::Average => {
                self.fold(rows, n_features, slots, sums, named, |sum, value| {
                    sum + value
                });
            }
            Aggregate::Min => {
                sums.fill(T::INFINITY);
                let min = |least, value| if value < least { value } else { least };
                self.fold(rows, n_features, slots, sums, named, min);
            }
            Aggregate::Max => {
                sums.fill(-T::INFINITY);
                let max = |most, value| if value > most { value } else { most };
                self.fold(rows, n_features, slots, sums, named, max);
            }
        }
    }

    fn fold(
        &self,
        rows: &[T],
        n_features: usize,
        slots: usize,
        sums: &mut [T],
        named: &mut [bool],
        combine: impl Fn(T, T) -> T,
    ) {
        match &self.layout {
            Layout::Narrow(forest) => forest.fold(rows, n_features, slots, sums, named, combine),
            Layout::Wide(forest) => forest.fold(rows, n_features, slots, sums, named, combine),
            Layout::Linked(forest) => forest.fold(rows, n_features, slots, sums, named, combine),
        }
    }
}

impl<T: Number> Layout<T> {
    fn new(linked: &mut Linked<T>, slots: usize) -> Option<Self> {
        let narrow = Packed::new(linked, slots).map(Layout::Narrow);
        narrow.or_else(|| Packed::new(linked, slots).map(Layout::Wide))
    }
}
