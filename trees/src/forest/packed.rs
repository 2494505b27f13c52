//! The common forest, laid out for the cache: every branch compares by `<=`, and a node is as small as
//! the tree allows.
//!
//! Both children of a branch are adjacent, so that a step is one addition instead of a choice:
//! `child + !(x <= value)`. A leaf steps onto itself, so that rows can walk side by side for as many steps as
//! the tree is deep, with nothing to predict: while one row waits for memory, the others move.

mod layout;
mod slot;
mod walk;

pub(super) use slot::{Link, Narrow, Wide};

use super::{
    block::{Block, LeafIndices, Sums},
    leaves::Leaves,
    linked::{Mode, Step, Test},
};
use crate::number::Number;
use slot::Slot;
use walk::{descend, descend_in_turn};

/// Rows (or, for a single row, trees) that walk side by side.
const LANES: usize = 8;

/// Deeper trees have leaves so different in depth that a lane takes its next row when it is at its leaf. In
/// others the lanes wait for each other.
const EVEN_DEPTH: u32 = 12;

/// A forest of `<=` branches. `L` holds a node's feature and child.
#[derive(Clone, Debug)]
pub(super) struct Packed<T, L> {
    nodes: Vec<Slot<T, L>>,
    trees: Vec<Tree>,
    values: Values<T>,
    /// Whether a missing value goes to the first child anywhere.
    tracks_missing: bool,
    /// For each node its position in the file, counted from the first of its tree's nodes. Scoring never
    /// reads it; it costs 4 bytes a node, for [`apply`](Self::apply).
    indices: Vec<u32>,
}

/// Where a tree's nodes are, and how many steps its deepest leaf is away.
#[derive(Clone, Copy, Debug)]
struct Tree {
    start: u32,
    end: u32,
    depth: u32,
}

/// The weights of the leaves.
#[derive(Clone, Debug)]
enum Values<T> {
    /// One number, in the leaf's slot.
    One,
    /// Several, by the number of the leaf's node.
    Several(Leaves<T>),
}

impl<T: Number, L: Link> Packed<T, L> {
    /// Combines the weights of the rows' leaves into `sums`, in the order of the trees.
    pub(super) fn fold(
        &self,
        block: Block<'_, T>,
        mut sums: Sums<'_, T>,
        combine: impl Fn(T, T) -> T,
    ) {
        match &self.values {
            Values::One => self.walk(block, |leaf, row, _| {
                sums.values[row] = combine(sums.values[row], self.nodes[leaf].value);
            }),
            Values::Several(Leaves::Dense(values)) => self.walk(block, |leaf, row, _| {
                let start = leaf * sums.slots;
                sums.add(row, &values[start..start + sums.slots], &combine);
            }),
            Values::Several(leaves) => self.walk(block, |leaf, row, _| {
                leaves.add(leaf, row, &mut sums, &combine);
            }),
        }
    }

    /// The leaves that the rows reach.
    pub(super) fn apply(&self, block: Block<'_, T>, mut leaves: LeafIndices<'_>) {
        self.walk(block, |leaf, row, tree| {
            leaves.set(row, tree, self.indices[leaf]);
        });
    }

    /// The branches from the root of the first tree to a row's leaf.
    pub(super) fn path(&self, row: &[T]) -> Vec<Step<T>> {
        let Tree { start, .. } = self.trees[0];
        let mut steps = Vec::new();
        let mut node = self.nodes[start as usize];
        while node.link.is_branch() == 1 {
            let (feature, value) = (node.link.feature(), node.value);
            let x = row[feature];
            let goes_first = x <= value || (x.is_missing() && node.link.missing_first());
            steps.push(Step {
                feature,
                x,
                test: Test::Compare(Mode::Leq, value),
                set: None,
                goes_true: goes_first,
            });
            let child = start + node.link.child() + u32::from(!goes_first);
            node = self.nodes[child as usize];
        }
        steps
    }

    /// Calls `visit` with each leaf that a row reaches, the row and the tree: all rows tree by tree, or,
    /// for the last few rows, all trees row by row. The trees of a row come in their order.
    #[inline(always)]
    fn walk(&self, block: Block<'_, T>, visit: impl FnMut(usize, usize, usize)) {
        if self.tracks_missing && block.rows.iter().any(|value| value.is_missing()) {
            self.walk_lanes::<true>(block, visit);
        } else {
            self.walk_lanes::<false>(block, visit);
        }
    }

    #[inline(always)]
    fn walk_lanes<const MISSING: bool>(
        &self,
        block: Block<'_, T>,
        mut visit: impl FnMut(usize, usize, usize),
    ) {
        let (rows, n_features, n_rows) = (block.rows, block.n_features, block.n_rows());
        let whole = n_rows - n_rows % LANES;
        let mut reached = Vec::new();
        for (number, tree) in self.trees.iter().enumerate() {
            let start = tree.start as usize;
            let nodes = &self.nodes[start..tree.end as usize];
            if tree.depth > EVEN_DEPTH && whole > 0 {
                let rows = &rows[..whole * n_features];
                descend_in_turn::<MISSING, _, _>(nodes, rows, n_features, &mut reached);
                for (row, leaf) in reached[..whole].iter().enumerate() {
                    visit(start + *leaf as usize, row, number);
                }
                continue;
            }
            for first in (0..whole).step_by(LANES) {
                let offsets = std::array::from_fn(|lane| (first + lane) * n_features);
                let leaves =
                    descend::<MISSING, _, _, LANES>(nodes, [0; LANES], tree.depth, rows, offsets);
                for (lane, leaf) in leaves.into_iter().enumerate() {
                    visit(start + leaf as usize, first + lane, number);
                }
            }
        }
        // The last rows, and a request of few rows: one row through several trees side by side.
        for row in whole..n_rows {
            let offset = row * n_features;
            let (groups, rest) = self.trees.as_chunks::<LANES>();
            for (group, trees) in groups.iter().enumerate() {
                let depth = trees.iter().fold(0, |depth, tree| tree.depth.max(depth));
                let starts = trees.map(|tree| tree.start);
                let offsets = [offset; LANES];
                let leaves =
                    descend::<MISSING, _, _, LANES>(&self.nodes, starts, depth, rows, offsets);
                for (lane, leaf) in leaves.into_iter().enumerate() {
                    visit(leaf as usize, row, group * LANES + lane);
                }
            }
            for (i, tree) in rest.iter().enumerate() {
                let [leaf] = descend::<MISSING, _, _, 1>(
                    &self.nodes,
                    [tree.start],
                    tree.depth,
                    rows,
                    [offset],
                );
                visit(leaf as usize, row, groups.len() * LANES + i);
            }
        }
    }
}
