//! A forest in memory, and the walk of rows through it.

mod block;
mod categories;
mod checked;
mod leaves;
mod linked;
mod masks;
mod packed;
mod planes;
mod room;
#[cfg(test)]
mod tests;
mod zeros;

pub(crate) use block::{Block, LeafIndices, Sums};
pub(crate) use categories::Categories;
pub(crate) use checked::{Checked, LinkError};
pub(crate) use linked::{Leaf, Linked, Missing, Mode, Node, Step, Test, Weight, ZERO};

use crate::number::Number;
use masks::Masks;
use packed::{Narrow, Packed, Wide};
use zeros::MissingZeros;

/// Nodes of a tree that the first cache has no room for.
const LARGE_TREE_NODES: usize = 4096;

/// How the leaf values of a target become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aggregate {
    Sum,
    Average,
    Min,
    Max,
}

/// A checked forest, laid out for scoring.
#[derive(Clone, Debug)]
pub(crate) struct Forest<T> {
    layout: Layout<T>,
    missing_zeros: MissingZeros,
    n_features: usize,
    n_trees: usize,
    n_nodes: usize,
    touches_all: bool,
    /// The nodes of a single tree as they are in the file, if packing turned one of their comparisons
    /// into another. They cost 20 bytes a node with float32, 32 with float64, for [`path`](Self::path)
    /// alone. A tree whose branches all compare by `<=`, as scikit-learn's and our own, needs none.
    unpacked: Option<Linked<T>>,
}

/// The nodes in memory.
#[derive(Clone, Debug)]
enum Layout<T> {
    /// Trees of up to 32 leaves.
    Small(Masks<T, u32, 16, 32>),
    /// Trees of up to 64 leaves.
    Medium(Masks<T, u64, 16, 64>),
    Narrow(Packed<T, Narrow>),
    Wide(Packed<T, Wide>),
    /// Equality tests, shared nodes and whatever else the packed forms cannot hold.
    Linked(Checked<T>),
}

/// Lays out nodes whose weights are those of as many targets as the number says, and may take their weights.
/// `None`, with everything in its place, if this layout can't hold them.
type Candidate<T> = fn(&mut Checked<T>, usize) -> Option<Layout<T>>;

impl<T: Number> Forest<T> {
    /// Lays out nodes whose weights are those of targets below `slots`.
    pub(crate) fn new(checked: Checked<T>, slots: usize) -> Self {
        Self::with(checked, slots, &Layout::CANDIDATES)
    }

    /// Lays the nodes out in the first way that can hold them.
    fn with(mut checked: Checked<T>, slots: usize, candidates: &[Candidate<T>]) -> Self {
        let missing_zeros = checked.take_missing_zeros();
        let linked = checked.linked();
        let (n_features, n_trees) = (linked.n_features(), linked.roots.len());
        let n_nodes = linked.nodes.len();
        let touches_all = linked.touches_all(slots);
        let is_one_tree = n_trees == 1 && !linked.compares_by_leq_only();
        let mut candidates = candidates.iter();
        let (layout, unpacked) = match candidates.find_map(|new| new(&mut checked, slots)) {
            Some(layout) => (layout, is_one_tree.then(|| checked.without_weights())),
            None => (Layout::Linked(checked), None),
        };
        Self {
            layout,
            missing_zeros,
            n_features,
            n_trees,
            n_nodes,
            touches_all,
            unpacked,
        }
    }

    /// The number of features that the branches need.
    pub(crate) fn n_features(&self) -> usize {
        self.n_features
    }

    pub(crate) fn n_trees(&self) -> usize {
        self.n_trees
    }

    /// Whether the first cache is too small for a tree.
    pub(crate) fn has_large_trees(&self) -> bool {
        self.n_nodes / self.n_trees.max(1) > LARGE_TREE_NODES
    }

    /// Whether every leaf has a weight for every target, so that [`sum`](Self::sum) needs no
    /// [`touched`](Sums::touched).
    pub(crate) fn touches_all(&self) -> bool {
        self.touches_all
    }

    /// Whether rows can be walked as they are, without [`prepare`](Self::prepare).
    pub(crate) fn takes_any_row(&self) -> bool {
        self.missing_zeros.is_empty()
    }

    /// Turns zeros that are missing into NaN, as every walk below expects it.
    pub(crate) fn prepare(&self, rows: &mut [T], n_features: usize) {
        self.missing_zeros.apply(rows, n_features);
    }

    /// Adds up the weights of the rows' leaves, in the order of the trees.
    pub(crate) fn sum(&self, block: Block<'_, T>, aggregate: Aggregate, sums: Sums<'_, T>) {
        match aggregate {
            Aggregate::Sum | Aggregate::Average => {
                self.fold(block, sums, |sum, value| sum + value);
            }
            Aggregate::Min => {
                sums.values.fill(T::INFINITY);
                let min = |least, value| if value < least { value } else { least };
                self.fold(block, sums, min);
            }
            Aggregate::Max => {
                sums.values.fill(-T::INFINITY);
                let max = |most, value| if value > most { value } else { most };
                self.fold(block, sums, max);
            }
        }
    }

    fn fold(&self, block: Block<'_, T>, sums: Sums<'_, T>, combine: impl Fn(T, T) -> T) {
        match &self.layout {
            Layout::Small(forest) => forest.fold(block, sums, combine),
            Layout::Medium(forest) => forest.fold(block, sums, combine),
            Layout::Narrow(forest) => forest.fold(block, sums, combine),
            Layout::Wide(forest) => forest.fold(block, sums, combine),
            Layout::Linked(forest) => forest.linked().fold(block, sums, combine),
        }
    }

    /// The leaves that the rows reach.
    pub(crate) fn apply(&self, block: Block<'_, T>, leaves: LeafIndices<'_>) {
        match &self.layout {
            Layout::Small(forest) => forest.apply(block, leaves),
            Layout::Medium(forest) => forest.apply(block, leaves),
            Layout::Narrow(forest) => forest.apply(block, leaves),
            Layout::Wide(forest) => forest.apply(block, leaves),
            Layout::Linked(forest) => forest.apply(block, leaves),
        }
    }

    /// The branches that lead a row from the root of the only tree to its leaf; `None` if there are
    /// several trees.
    pub(crate) fn path(&self, row: &[T]) -> Option<Vec<Step<T>>> {
        if self.n_trees != 1 {
            return None;
        }
        Some(match (&self.unpacked, &self.layout) {
            (Some(linked), _) => linked.path(row),
            (None, Layout::Small(_) | Layout::Medium(_)) => {
                unreachable!("a single tree has another layout")
            }
            (None, Layout::Narrow(forest)) => forest.path(row),
            (None, Layout::Wide(forest)) => forest.path(row),
            (None, Layout::Linked(forest)) => forest.linked().path(row),
        })
    }
}

impl<T: Number> Layout<T> {
    /// The fastest first.
    const CANDIDATES: [Candidate<T>; 4] = [
        |checked, slots| Masks::new(checked, slots).map(Layout::Small),
        |checked, slots| Masks::new(checked, slots).map(Layout::Medium),
        |checked, slots| Packed::new(checked, slots).map(Layout::Narrow),
        |checked, slots| Packed::new(checked, slots).map(Layout::Wide),
    ];

    #[cfg(test)]
    fn name(&self) -> &'static str {
        match self {
            Layout::Small(_) => "small",
            Layout::Medium(_) => "medium",
            Layout::Narrow(_) => "narrow",
            Layout::Wide(_) => "wide",
            Layout::Linked(_) => "linked",
        }
    }
}
