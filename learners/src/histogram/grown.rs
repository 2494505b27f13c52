//! A grown tree, and which training rows each of its leaves holds.

use std::ops::Range;

use crate::{
    bins::{Bins, MISSING},
    scratch::Scratch,
};

/// A tree, root first.
pub struct Grown {
    pub nodes: Vec<Node>,
    pub(super) rows: Rows,
}

/// Which rows each node holds.
pub(super) struct Rows {
    pub(super) places: Vec<Place>,
    /// Row numbers, in the order that the splits left them.
    pub(super) buffers: [Vec<u32>; 2],
    pub(super) scratch: Scratch,
}

impl Rows {
    pub(super) fn of(&self, node: usize) -> &[u32] {
        let Place { buffer, range } = &self.places[node];
        &self.buffers[*buffer][range.clone()]
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        for buffer in &mut self.buffers {
            self.scratch.give_rows(std::mem::take(buffer));
        }
    }
}

/// A range of one of the two buffers of rows.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) buffer: usize,
    pub(super) range: Range<usize>,
}

/// A node: a leaf if it has no split.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub split: Option<Split>,
    /// A leaf's value, `eta` applied; of an inner node the value it would have as a leaf, without `eta`.
    pub weight: f32,
    pub sum_hessian: f64,
    pub n_rows: u32,
}

/// A row goes left if its value is at most the threshold. `left` and `right` are positions in the list of
/// nodes. A split of all values from missing values has the threshold infinity.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    pub feature: u32,
    pub bin: u8,
    pub threshold: f32,
    pub missing_goes_left: bool,
    pub left: u32,
    pub right: u32,
    pub gain: f32,
}

impl Split {
    /// Whether a row with this bin of the feature goes left.
    #[inline(always)]
    pub fn goes_left(&self, bin: u8) -> bool {
        (bin <= self.bin) | (self.missing_goes_left & (bin == MISSING))
    }
}

impl Grown {
    /// Each leaf's position among the nodes and the training rows in it, in ascending order if they were so
    /// at the start.
    pub fn leaves(&self) -> impl Iterator<Item = (usize, &[u32])> {
        let leaves = self
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| node.split.is_none());
        leaves.map(|(at, _)| (at, self.rows.of(at)))
    }
}

/// The leaf that a row of `bins` falls into, as a position in a tree's nodes. `bins` has the cuts that the tree
/// was grown on.
pub fn leaf_of(nodes: &[Node], bins: &Bins, row: usize) -> usize {
    let mut at = 0;
    while let Some(split) = &nodes[at].split {
        let bin = bins.bin(row, split.feature as usize);
        at = if split.goes_left(bin) {
            split.left
        } else {
            split.right
        } as usize;
    }
    at
}
