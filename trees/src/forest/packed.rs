//! The common forest, laid out for the cache: every branch compares by `<=`, and a node is as small as
//! the tree allows.
//!
//! Both children of a branch stand beside each other, so that a step is one addition instead of a
//! choice: `child + !(x <= value)`. A leaf steps onto itself, so that rows can walk side by side for as
//! many steps as the tree is deep, with nothing to predict: while one row waits for memory, the others
//! move.

use std::hint::select_unpredictable;

use super::link::{Leaf, Linked, Node, Weight};
use crate::number::Number;

/// Rows (or, for a single row, trees) that walk side by side.
const LANES: usize = 8;

/// Steps between two looks at whether all lanes have come to their leaves.
const STEPS: usize = 4;

/// A forest of `<=` branches. `L` holds a node's feature and child.
#[derive(Clone, Debug)]
pub(super) struct Packed<T, L> {
    nodes: Vec<Slot<T, L>>,
    trees: Vec<Tree>,
    leaves: Leaves<T>,
    /// Whether a missing value goes to the first child anywhere.
    tracks_missing: bool,
}

/// Where a tree's nodes are, and how many steps its deepest leaf is away.
#[derive(Clone, Copy, Debug)]
struct Tree {
    start: u32,
    end: u32,
    depth: u32,
}

/// A branch with its threshold, or a leaf; with one sum a row, `value` is the leaf's weight.
#[derive(Clone, Copy, Debug)]
struct Slot<T, L> {
    value: T,
    link: L,
}

/// What the leaves say.
#[derive(Clone, Debug)]
enum Leaves<T> {
    /// One number, in the leaf's slot.
    One,
    /// For each node where a leaf's weights are.
    Many {
        ranges: Vec<Leaf>,
        weights: Vec<Weight<T>>,
    },
}

/// A node's feature and first child, in as few bytes as the forest allows.
pub(super) trait Link: Copy + std::fmt::Debug {
    const MAX_FEATURE: u32;
    const MAX_CHILD: u32;
    fn branch(feature: u32, missing_first: bool, child: u32) -> Self;
    fn leaf(position: u32) -> Self;
    fn feature(self) -> usize;
    fn child(self) -> u32;
    /// 1 for a branch, 0 for a leaf.
    fn is_branch(self) -> u32;
    /// Whether a missing value goes to the first child.
    fn missing_first(self) -> bool;
}

macro_rules! link {
    ($name:ident, $type:ty, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Copy, Debug)]
        pub(super) struct $name {
            child: $type,
            /// The highest bit is set in a branch, the next one where a missing value goes first.
            feature: $type,
        }

        impl $name {
            const BRANCH: u32 = <$type>::BITS - 1;
            const MISSING: u32 = <$type>::BITS - 2;
        }

        impl Link for $name {
            const MAX_FEATURE: u32 = (1 << Self::MISSING) - 1;
            const MAX_CHILD: u32 = <$type>::MAX as u32;

            fn branch(feature: u32, missing_first: bool, child: u32) -> Self {
                let flags = 1 << Self::BRANCH | <$type>::from(missing_first) << Self::MISSING;
                Self {
                    child: child as $type,
                    feature: feature as $type | flags,
                }
            }

            fn leaf(position: u32) -> Self {
                Self {
                    child: position as $type,
                    feature: 0,
                }
            }

            #[inline(always)]
            fn feature(self) -> usize {
                (self.feature & Self::MAX_FEATURE as $type) as usize
            }

            #[inline(always)]
            fn child(self) -> u32 {
                self.child as u32
            }

            #[inline(always)]
            fn is_branch(self) -> u32 {
                (self.feature >> Self::BRANCH) as u32
            }

            #[inline(always)]
            fn missing_first(self) -> bool {
                self.feature & (1 << Self::MISSING) != 0
            }
        }
    };
}

link!(
    Narrow,
    u16,
    "Up to 65,536 nodes a tree and 16,384 features: with float32, 8 bytes a node."
);
link!(Wide, u32, "Any forest: with float32, 12 bytes a node.");

impl<T: Number, L: Link> Packed<T, L> {
    /// Lays a forest out, `None` where it has a node that does not fit: another comparison that no
    /// `<=` can stand for, a node with two parents, or an index too large for `L`.
    pub(super) fn new(linked: &mut Linked<T>, slots: usize) -> Option<Self> {
        let mut nodes = Vec::with_capacity(linked.nodes.len());
        let mut ranges = Vec::with_capacity(if slots == 1 { 0 } else { linked.nodes.len() });
        let mut trees = Vec::with_capacity(linked.roots.len());
        let mut tracks_missing = false;
        let mut used = vec![false; linked.nodes.len()];
        // Nodes whose children are to be placed: position in the file, slot, depth.
        let mut open = Vec::new();
        for root in &linked.roots {
            let start = nodes.len();
            let mut depth = 0;
            let place = |position: u32, nodes: &mut Vec<Slot<T, L>>, used: &mut [bool]| {
                let slot = (nodes.len() - start) as u32;
                let used = used.get_mut(position as usize)?;
                if *used || slot > L::MAX_CHILD {
                    return None;
                }
                *used = true;
                nodes.push(Slot {
                    value: T::ZERO,
                    link: L::leaf(slot),
                });
                Some(slot)
            };
            open.push((*root, place(*root, &mut nodes, &mut used)?, 0));
            while let Some((position, slot, level)) = open.pop() {
                depth = depth.max(level);
                let place_in = start + slot as usize;
                match *linked.nodes.get(position as usize)? {
                    Node::Leaf(leaf) => {
                        if slots == 1 {
                            nodes.get_mut(place_in)?.value = linked.single(leaf)?;
                        } else {
                            ranges.resize(nodes.len(), Leaf { start: 0, end: 0 });
                            *ranges.get_mut(place_in)? = leaf;
                        }
                    }
                    Node::Branch {
                        mode,
                        missing_true,
                        feature,
                        value,
                        true_child,
                        false_child,
                    } => {
                        let (value, swapped) = mode.as_leq(value)?;
                        let children = if swapped {
                            [false_child, true_child]
                        } else {
                            [true_child, false_child]
                        };
                        let missing_first = missing_true != swapped;
                        tracks_missing |= missing_first;
                        if feature > L::MAX_FEATURE {
                            return None;
                        }
                        let first = place(children[0], &mut nodes, &mut used)?;
                        let second = place(children[1], &mut nodes, &mut used)?;
                        let link = L::branch(feature, missing_first, first);
                        *nodes.get_mut(place_in)? = Slot { value, link };
                        // The first child next, its own children right behind the pair.
                        open.push((children[1], second, level + 1));
                        open.push((children[0], first, level + 1));
                    }
                }
            }
            trees.push(Tree {
                start: start as u32,
                end: nodes.len() as u32,
                depth,
            });
        }
        ranges.resize(
            if slots == 1 { 0 } else { nodes.len() },
            Leaf { start: 0, end: 0 },
        );
        let leaves = match slots {
            1 => Leaves::One,
            _ => Leaves::Many {
                ranges,
                weights: std::mem::take(&mut linked.weights),
            },
        };
        Some(Self {
            nodes,
            trees,
            leaves,
            tracks_missing,
        })
    }

    /// Combines what the rows' leaves say into `sums`, in tree order.
    pub(super) fn fold(
        &self,
        rows: &[T],
        n_features: usize,
        slots: usize,
        sums: &mut [T],
        named: &mut [bool],
        combine: impl Fn(T, T) -> T,
    ) {
        if self.tracks_missing && rows.iter().any(|value| value.is_missing()) {
            self.walk::<true>(rows, n_features, slots, sums, named, combine);
        } else {
            self.walk::<false>(rows, n_features, slots, sums, named, combine);
        }
    }

    fn walk<const MISSING: bool>(
        &self,
        rows: &[T],
        n_features: usize,
        slots: usize,
        sums: &mut [T],
        named: &mut [bool],
        combine: impl Fn(T, T) -> T,
    ) {
        let n_rows = rows.len() / n_features;
        let whole = n_rows - n_rows % LANES;
        let mut add = |leaf: usize, row: usize| match &self.leaves {
            Leaves::One => sums[row] = combine(sums[row], self.nodes[leaf].value),
            Leaves::Many { ranges, weights } => {
                let Leaf { start, end } = ranges[leaf];
                for weight in &weights[start as usize..end as usize] {
                    let slot = row * slots + weight.target as usize;
                    sums[slot] = combine(sums[slot], weight.value);
                    if let Some(named) = named.get_mut(slot) {
                        *named = true;
                    }
                }
            }
        };
        for tree in &self.trees {
            let start = tree.start as usize;
            let nodes = &self.nodes[start..tree.end as usize];
            for first in (0..whole).step_by(LANES) {
                let offsets = std::array::from_fn(|lane| (first + lane) * n_features);
                let leaves =
                    descend::<MISSING, _, _, LANES>(nodes, [0; LANES], tree.depth, rows, offsets);
                for (lane, leaf) in leaves.into_iter().enumerate() {
                    add(start + leaf as usize, first + lane);
                }
            }
        }
        // What is left, and a request of few rows: one row through several trees side by side.
        for row in whole..n_rows {
            let offset = row * n_features;
            let (groups, rest) = self.trees.as_chunks::<LANES>();
            for trees in groups {
                let depth = trees.iter().map(|tree| tree.depth).max().unwrap_or(0);
                let starts = trees.map(|tree| tree.start);
                let offsets = [offset; LANES];
                let leaves =
                    descend::<MISSING, _, _, LANES>(&self.nodes, starts, depth, rows, offsets);
                leaves.into_iter().for_each(|leaf| add(leaf as usize, row));
            }
            for tree in rest {
                let [leaf] = descend::<MISSING, _, _, 1>(
                    &self.nodes,
                    [tree.start],
                    tree.depth,
                    rows,
                    [offset],
                );
                add(leaf as usize, row);
            }
        }
    }
}

/// Walks each lane from the root at its start to a leaf; returns the leaves' positions in `nodes`.
#[inline(always)]
fn descend<const MISSING: bool, T: Number, L: Link, const N: usize>(
    nodes: &[Slot<T, L>],
    starts: [u32; N],
    depth: u32,
    rows: &[T],
    offsets: [usize; N],
) -> [u32; N] {
    let mut positions = starts;
    let mut left = depth as usize;
    while left > 0 {
        let steps = left.min(STEPS);
        let before = positions;
        for _ in 0..steps {
            for lane in 0..N {
                let slot = nodes[positions[lane] as usize];
                let x = rows[offsets[lane] + slot.link.feature()];
                #[expect(
                    clippy::neg_cmp_op_on_partial_ord,
                    reason = "a missing value goes second"
                )]
                let mut second = !(x <= slot.value);
                if MISSING {
                    second &= !(x.is_missing() & slot.link.missing_first());
                }
                // As a branch the choice would be mispredicted every other time.
                let child = slot.link.child();
                let child = select_unpredictable(second, child + slot.link.is_branch(), child);
                positions[lane] = starts[lane] + child;
            }
        }
        if positions == before {
            break;
        }
        left -= steps;
    }
    positions
}
