//! Nodes as a file has them, each child found.

use super::{
    block::{Block, Sums},
    categories::Categories,
};
use crate::number::Number;

/// How a branch compares a feature with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Mode {
    Leq,
    Lt,
    Gte,
    Gt,
    Eq,
    Neq,
}

/// What a branch asks about its feature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Test<T> {
    /// `feature mode value`
    Compare(Mode, T),
    /// Whether it is a category in the set at this position in [`Linked::sets`], which the reader of a file
    /// has checked.
    Member(u32),
}

/// Which values of a branch's feature count as missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// NaN.
    Nan,
    /// NaN and zeros: numbers at most [`ZERO`] away from 0, as in LightGBM's `zero_as_missing`.
    Zero,
}

/// What LightGBM takes for 0: `kZeroThreshold`, a float32.
pub(crate) const ZERO: f64 = 1e-35_f32 as f64;

/// A node; children are positions in [`Linked::nodes`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Node<T> {
    /// A row goes to `true_child` if the test holds, or if the feature is missing and `missing_true` is set. A
    /// zero that counts as missing goes by `missing_true` alone.
    Branch {
        test: Test<T>,
        missing: Missing,
        missing_true: bool,
        feature: u32,
        true_child: u32,
        false_child: u32,
    },
    Leaf(Leaf),
}

/// Where the weights of a leaf are in [`Linked::weights`].
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

/// A forest. Nodes may be shared between parents. The reader of a file makes sure that the leaves' weights
/// exist; [`Checked`](super::Checked) checks the links.
#[derive(Clone, Debug, Default)]
pub(crate) struct Linked<T> {
    /// In the order of the file.
    pub(crate) nodes: Vec<Node<T>>,
    /// The root of each tree, in the order in which the trees are summed.
    pub(crate) roots: Vec<u32>,
    pub(crate) weights: Vec<Weight<T>>,
    /// The sets that branches test for membership.
    pub(crate) sets: Vec<Categories>,
    /// For each node the weight of the training rows that reached it (XGBoost's `sum_hessian`, LightGBM's
    /// counts, ONNX's `nodes_hitrates`); empty if the file does not say.
    pub(crate) covers: Vec<f64>,
}

/// A branch on a row's path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step<T> {
    pub(crate) feature: usize,
    pub(crate) x: T,
    pub(crate) test: Test<T>,
    /// The set that the test is about, if it is about one.
    pub(crate) set: Option<Categories>,
    /// Whether the row goes to the true child.
    pub(crate) goes_true: bool,
}

impl<T: Number> Linked<T> {
    /// Gives each leaf without a weight the weight 0 for target 0. These leaves share one weight.
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
        self.nodes.iter().fold(0, |needed, node| match node {
            Node::Branch { feature, .. } => needed.max(*feature as usize + 1),
            Node::Leaf(_) => needed,
        })
    }

    /// Bytes of its nodes, weights and sets.
    pub(super) fn size(&self) -> usize {
        let sets: usize = self.sets.iter().map(Categories::size).sum();
        size_of_val(&*self.nodes) + size_of_val(&*self.weights) + sets
    }

    pub(crate) fn compares_by_leq_only(&self) -> bool {
        let by_leq = |node: &Node<T>| match node {
            Node::Branch { test, .. } => matches!(test, Test::Compare(Mode::Leq, _)),
            Node::Leaf(_) => true,
        };
        self.nodes.iter().all(by_leq)
    }

    /// Whether every leaf has a weight for each of `slots` targets, in any order.
    pub(crate) fn touches_all(&self, slots: usize) -> bool {
        // The last leaf, counted from 1, that had a weight for the target: cheaper than a set a leaf.
        let mut seen = vec![0_u32; slots];
        let mut n_leaves = 0;
        let mut last = None;
        self.nodes.iter().all(|node| {
            let Node::Leaf(leaf) = node else { return true };
            // Readers fill the places that no root leads to with copies of a leaf, whose weights may be many.
            if last.replace(*leaf) == Some(*leaf) {
                return true;
            }
            n_leaves += 1;
            let mut n_touched = 0;
            for weight in self.weights_of(*leaf) {
                let seen = &mut seen[weight.target as usize];
                if *seen != n_leaves {
                    *seen = n_leaves;
                    n_touched += 1;
                }
            }
            n_touched == slots
        })
    }

    pub(crate) fn weights_of(&self, leaf: Leaf) -> &[Weight<T>] {
        &self.weights[leaf.start as usize..leaf.end as usize]
    }

    /// The weight of a leaf that has exactly one.
    pub(crate) fn only_weight(&self, leaf: Leaf) -> Option<T> {
        match self.weights_of(leaf) {
            [weight] => Some(weight.value),
            _ => None,
        }
    }

    /// Combines the weights of the rows' leaves into `sums`, in the order of the trees.
    pub(super) fn fold(&self, block: Block<'_, T>, sums: Sums<'_, T>, combine: impl Fn(T, T) -> T) {
        let Sums {
            slots,
            values,
            touched,
        } = sums;
        let rows = block.rows.chunks_exact(block.n_features);
        for (i, (row, sums)) in rows.zip(values.chunks_exact_mut(slots)).enumerate() {
            let mut touched = touched.get_mut(i * slots..(i + 1) * slots);
            for root in &self.roots {
                let (_, leaf) = self.leaf(*root, row);
                for weight in self.weights_of(leaf) {
                    let target = weight.target as usize;
                    sums[target] = combine(sums[target], weight.value);
                    if let Some(touched) = &mut touched {
                        touched[target] = true;
                    }
                }
            }
        }
    }

    /// Walks a row from `root` to its leaf, and returns the leaf's position too.
    pub(super) fn leaf(&self, root: u32, row: &[T]) -> (u32, Leaf) {
        self.walk(root, row, |_| {})
    }

    /// The branches from the root of the first tree to a row's leaf.
    pub(super) fn path(&self, row: &[T]) -> Vec<Step<T>> {
        let mut steps = Vec::new();
        self.walk(self.roots[0], row, |step| steps.push(step));
        for step in &mut steps {
            if let Test::Member(set) = step.test {
                step.set = Some(self.sets[set as usize].clone());
            }
        }
        steps
    }

    /// Walks a row from `root` to its leaf, which it returns with its position. `visit` gets the branches.
    #[inline(always)]
    fn walk(&self, root: u32, row: &[T], mut visit: impl FnMut(Step<T>)) -> (u32, Leaf) {
        let mut position = root;
        loop {
            match self.nodes[position as usize] {
                Node::Leaf(leaf) => return (position, leaf),
                Node::Branch {
                    test,
                    missing,
                    missing_true,
                    feature,
                    true_child,
                    false_child,
                } => {
                    let feature = feature as usize;
                    let x = row[feature];
                    let goes_true = test.goes_true(missing, missing_true, x, &self.sets);
                    visit(Step {
                        feature,
                        x,
                        test,
                        set: None,
                        goes_true,
                    });
                    position = if goes_true { true_child } else { false_child };
                }
            }
        }
    }
}

/// Whether LightGBM takes `x` for 0.
#[inline]
pub(super) fn is_zero<T: Number>(x: T) -> bool {
    x.to_f64().abs() <= ZERO
}

impl<T: Number> Test<T> {
    /// Whether a branch with this test sends `x` to its true child. `sets` are [`Linked::sets`].
    #[inline(always)]
    pub(crate) fn goes_true(
        self,
        missing: Missing,
        missing_true: bool,
        x: T,
        sets: &[Categories],
    ) -> bool {
        if missing == Missing::Zero && is_zero(x) {
            missing_true
        } else {
            self.holds(x, sets) || (missing_true && x.is_missing())
        }
    }

    /// Whether it holds for `x`; NaN is no category. `sets` are [`Linked::sets`].
    #[inline(always)]
    pub(crate) fn holds(self, x: T, sets: &[Categories]) -> bool {
        match self {
            Test::Compare(mode, value) => mode.holds(x, value),
            Test::Member(set) => sets[set as usize].contains(x.to_f64()),
        }
    }
}

impl Mode {
    /// The value for which `x <= value` holds whenever this comparison holds, or, with `true`, whenever
    /// it does not; for every `x` but NaN. `None` if there is no such value.
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
