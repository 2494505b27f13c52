//! What the leaves add if it is more than one number each.

use super::{
    block::Sums,
    linked::{Leaf, Weight},
};
use crate::number::Number;

/// For a node that is no leaf.
pub(super) const NO_WEIGHTS: Leaf = Leaf { start: 0, end: 0 };

/// Most targets whose numbers have a place for every leaf number, leaf or not: one look-up less.
const MAX_DENSE: usize = 2;

/// The weights of leaves, each known by a number.
#[derive(Clone, Debug)]
pub(super) enum Leaves<T> {
    /// A number for each target, those of all leaf numbers in a row.
    Dense(Vec<T>),
    /// A number for each target: for each leaf where they start.
    All { starts: Vec<u32>, values: Vec<T> },
    /// Numbers for some targets: for each leaf the range of its weights.
    Some {
        ranges: Vec<Leaf>,
        weights: Vec<Weight<T>>,
    },
}

impl<T: Number> Leaves<T> {
    pub(super) fn new(ranges: Vec<Leaf>, weights: Vec<Weight<T>>, slots: usize) -> Self {
        let weights_of = |range: &Leaf| &weights[range.start as usize..range.end as usize];
        let has_all = |range: &Leaf| {
            let targets = weights_of(range)
                .iter()
                .map(|weight| weight.target as usize);
            *range == NO_WEIGHTS || targets.eq(0..slots)
        };
        if !ranges.iter().all(has_all) {
            return Leaves::Some { ranges, weights };
        }
        if slots > MAX_DENSE {
            return Leaves::All {
                starts: ranges.iter().map(|range| range.start).collect(),
                values: weights.iter().map(|weight| weight.value).collect(),
            };
        }
        let mut values = vec![T::ZERO; ranges.len() * slots];
        for (range, values) in ranges.iter().zip(values.chunks_exact_mut(slots)) {
            for (weight, value) in weights_of(range).iter().zip(values) {
                *value = weight.value;
            }
        }
        Leaves::Dense(values)
    }

    /// Adds what a leaf has to the sums of a row.
    #[inline(always)]
    pub(super) fn add(
        &self,
        leaf: usize,
        row: usize,
        sums: &mut Sums<'_, T>,
        combine: &impl Fn(T, T) -> T,
    ) {
        let slots = sums.slots;
        match self {
            Leaves::Dense(values) => {
                let values = &values[leaf * slots..(leaf + 1) * slots];
                sums.add(row, values, combine);
            }
            Leaves::All { starts, values } => {
                let start = starts[leaf] as usize;
                sums.add(row, &values[start..start + slots], combine);
            }
            Leaves::Some { ranges, weights } => {
                let Leaf { start, end } = ranges[leaf];
                for weight in &weights[start as usize..end as usize] {
                    let slot = row * slots + weight.target as usize;
                    sums.values[slot] = combine(sums.values[slot], weight.value);
                    if let Some(touched) = sums.touched.get_mut(slot) {
                        *touched = true;
                    }
                }
            }
        }
    }
}
