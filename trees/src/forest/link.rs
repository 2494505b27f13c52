//! Nodes as a file has them, their children found and checked.

use crate::number::Number;

/// How a branch compares a feature with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Leq,
    Lt,
    Gte,
    Gt,
    Eq,
    Neq,
}

/// A node; children are positions in [`Linked::nodes`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Node<T> {
    /// A row goes to `true_child` where `feature mode value` holds, or where the feature is missing
    /// and `missing_true` is set.
    Branch {
        mode: Mode,
        missing_true: bool,
        feature: u32,
        value: T,
        true_child: u32,
        false_child: u32,
    },
    Leaf(Leaf),
}

/// Where a leaf's weights are in [`Linked::weights`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// What a leaf adds to a target (a class or a regressor's output).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Weight<T> {
    pub(crate) target: u32,
    pub(crate) value: T,
}

/// A forest whose children all exist. Nodes may be shared between parents.
#[derive(Clone, Debug)]
pub(crate) struct Linked<T> {
    pub(crate) nodes: Vec<Node<T>>,
    /// The trees, in the order in which they are summed.
    pub(crate) roots: Vec<u32>,
    pub(crate) weights: Vec<Weight<T>>,
}

impl<T: Number> Linked<T> {
    /// Gives each leaf without a weight the weight 0 for target 0. They share one.
    pub(crate) fn fill_leaves(&mut self) {
        let start = self.weights.len() as u32;
        let zero = Leaf {
            start,
            end: start + 1,
        };
        for node in &mut self.nodes {
            if let Node::Leaf(leaf) = node
                && leaf.start == leaf.end
            {
                *leaf = zero;
            }
        }
        self.weights.push(Weight {
            target: 0,
            value: T::ZERO,
        });
    }

    /// The number of features that the branches need: the highest column plus 1.
    pub(crate) fn n_features(&self) -> usize {
        let feature = |node: &Node<T>| match node {
            Node::Branch { feature, .. } => *feature as usize + 1,
            Node::Leaf(_) => 0,
        };
        self.nodes.iter().map(feature).max().unwrap_or(0)
    }

    /// Whether every leaf has a weight for each of `slots` targets, in any order.
    pub(crate) fn names_all(&self, slots: usize) -> bool {
        // The last leaf, counted from 1, that named the target: cheaper than a set a leaf.
        let mut seen = vec![0_u32; slots];
        let mut n_leaves = 0;
        self.nodes.iter().all(|node| {
            let Node::Leaf(leaf) = node else { return true };
            n_leaves += 1;
            let mut n_named = 0;
            for weight in self
                .weights
                .get(leaf.start as usize..leaf.end as usize)
                .unwrap_or(&[])
            {
                if let Some(seen) = seen.get_mut(weight.target as usize)
                    && *seen != n_leaves
                {
                    *seen = n_leaves;
                    n_named += 1;
                }
            }
            n_named == slots
        })
    }

    /// The weight of a leaf that has exactly one.
    pub(crate) fn single(&self, leaf: Leaf) -> Option<T> {
        match self.weights.get(leaf.start as usize..leaf.end as usize)? {
            [weight] => Some(weight.value),
            _ => None,
        }
    }

    /// Combines what the rows' leaves say into `sums`, in tree order.
    pub(crate) fn fold(
        &self,
        rows: &[T],
        n_features: usize,
        slots: usize,
        sums: &mut [T],
        named: &mut [bool],
        combine: impl Fn(T, T) -> T,
    ) {
        let rows = rows.chunks_exact(n_features);
        for (i, (row, sums)) in rows.zip(sums.chunks_exact_mut(slots)).enumerate() {
            let mut named = named.get_mut(i * slots..(i + 1) * slots);
            for root in &self.roots {
                let leaf = self.leaf(*root, row);
                for weight in &self.weights[leaf.start as usize..leaf.end as usize] {
                    let target = weight.target as usize;
                    sums[target] = combine(sums[target], weight.value);
                    if let Some(named) = &mut named {
                        named[target] = true;
                    }
                }
            }
        }
    }

    /// Walks a row from `root` to its leaf.
    pub(super) fn leaf(&self, root: u32, row: &[T]) -> Leaf {
        let mut position = root;
        loop {
            match &self.nodes[position as usize] {
                Node::Leaf(leaf) => return *leaf,
                Node::Branch {
                    mode,
                    missing_true,
                    feature,
                    value,
                    true_child,
                    false_child,
                } => {
                    let x = row[*feature as usize];
                    let goes_true = mode.holds(x, *value) || (*missing_true && x.is_missing());
                    position = if goes_true { *true_child } else { *false_child };
                }
            }
        }
    }
}

impl Mode {
    /// The value for which `x <= value` holds wherever this comparison holds, or, with `true`, wherever
    /// it does not; for every `x` but NaN. `None` where there is no such value.
    pub(crate) fn as_leq<T: Number>(self, value: T) -> Option<(T, bool)> {
        let lowest = value == -T::INFINITY;
        match self {
            Mode::Leq => Some((value, false)),
            Mode::Lt if !lowest => Some((value.below(), false)),
            // Nothing is greater than NaN: no side of `<=` is empty that way round.
            Mode::Gt if !value.is_missing() => Some((value, true)),
            Mode::Gte if !value.is_missing() && !lowest => Some((value.below(), true)),
            _ => None,
        }
    }

    /// The comparison; with NaN only `Neq` holds.
    pub(crate) fn holds<T: Number>(self, x: T, value: T) -> bool {
        match self {
            Mode::Leq => x <= value,
            Mode::Lt => x < value,
            Mode::Gte => x >= value,
            Mode::Gt => x > value,
            Mode::Eq => x == value,
            Mode::Neq => x != value,
        }
    }
}
