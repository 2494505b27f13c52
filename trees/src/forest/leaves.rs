//! What the leaves add if it is more than one number each.

use super::{
    block::Sums,
    linked::{Leaf, Weight},
};

/// For a node that is no leaf.
pub(super) const NO_WEIGHTS: Leaf = Leaf { start: 0, end: 0 };

/// The weights of leaves, each known by a number.
#[derive(Clone, Debug)]
pub(super) enum Leaves<T> {
    /// A number for each target: for each leaf where they start.
    All { starts: Vec<u32>, values: Vec<T> },
    /// Numbers for some targets: for each leaf the range of its weights.
    Some {
        ranges: Vec<Leaf>,
        weights: Vec<Weight<T>>,
    },
}

impl<T: Copy> Leaves<T> {
    pub(super) fn new(ranges: Vec<Leaf>, weights: Vec<Weight<T>>, slots: usize) -> Self {
        let has_all = |range: &Leaf| {
            let weights = &weights[range.start as usize..range.end as usize];
            let targets = weights.iter().map(|weight| weight.target as usize);
            *range == NO_WEIGHTS || targets.eq(0..slots)
        };
        if ranges.iter().all(has_all) {
            Leaves::All {
                starts: ranges.iter().map(|range| range.start).collect(),
                values: weights.iter().map(|weight| weight.value).collect(),
            }
        } else {
            Leaves::Some { ranges, weights }
        }
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
            Leaves::All { starts, values } => {
                let start = starts[leaf] as usize;
                let values = &values[start..start + slots];
                let sums = &mut sums.values[row * slots..(row + 1) * slots];
                for (sum, value) in sums.iter_mut().zip(values) {
                    *sum = combine(*sum, *value);
                }
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
