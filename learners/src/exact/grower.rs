//! One thread's tools to split nodes of one set of columns.

use std::{ops::Range, sync::Arc};

use super::{
    columns::{Columns, Keep, Sides},
    criterion::Criterion,
    draw::Path,
    element::{Element, Layout},
    plan::{self, Plan},
    search::{self, View},
    totals::{Target, Totals},
};
use crate::{Node, Split, Targets};

/// Entries in a node from which on its features are spread over the threads.
const PARALLEL_FROM: usize = 1 << 16;

/// A node that is neither split nor a leaf yet.
#[derive(Clone, Debug)]
pub(super) struct OpenNode {
    /// The positions of its entries in every column: `start..end`.
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) depth: usize,
    pub(super) path: Path,
    /// A column in which these positions hold the node's rows; in a column that is constant in the node
    /// they may not.
    pub(super) column: u32,
    /// Columns that are not known to be constant in the node, ascending.
    pub(super) features: Arc<[u32]>,
    pub(super) impurity: f64,
    /// In units.
    pub(super) weight: u64,
    /// Whether it is known that the node will not be split.
    pub(super) is_leaf: bool,
}

impl OpenNode {
    pub(super) fn n_rows(&self) -> usize {
        self.end - self.start
    }

    /// Entries in all columns.
    pub(super) fn size(&self) -> usize {
        self.n_rows() * self.features.len()
    }
}

/// A node's best split, found but not carried out.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    column: u32,
    /// Number of entries with a value that go left.
    at: usize,
    /// Number of all entries that go left.
    lefts: usize,
    n_missing: usize,
    missing_go_to_left: bool,
    /// The children's columns that are not known to be constant.
    features: Arc<[u32]>,
    left: Side,
    right: Side,
    pub(super) improvement: f64,
}

#[derive(Clone, Debug)]
struct Side {
    impurity: f64,
    weight: u64,
    is_leaf: bool,
}

/// The positions of a node, and what is kept of its rows.
type Counted<T> = (Range<usize>, <T as Target>::Totals);

/// Columns with what is needed to split their nodes.
pub(super) struct Grower<'a, E, C: Criterion> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) columns: Columns<E>,
    /// By row of the columns, the row of the matrix; empty: the same.
    pub(super) rows: Vec<u32>,
    /// By row of the columns, its weight in units; empty: one unit each.
    pub(super) weights: Vec<u64>,
    /// By row of the columns, the number to learn; empty for classes, which the entries have.
    pub(super) numbers: Vec<i64>,
    /// By column, its feature; empty: the same.
    pub(super) feature_of: Vec<u32>,
    /// Totals of the current node and, once its split is found, of its children. Each comes with the
    /// positions of the node that it counts: no two nodes of a tree have the same positions, since a
    /// split leaves at least one row on each side.
    totals: Counted<C::Target>,
    left: Counted<C::Target>,
    right: Counted<C::Target>,
    sides: Sides,
    scratch: Vec<E>,
    criterion: C,
}

impl<'a, E: Element, C: Criterion> Grower<'a, E, C> {
    pub(super) fn new(
        plan: &'a Plan<'a>,
        columns: Columns<E>,
        rows: Vec<u32>,
        weights: Vec<u64>,
        numbers: Vec<i64>,
        feature_of: Vec<u32>,
    ) -> Self {
        let totals = || {
            (
                0..0,
                <C::Target as Target>::Totals::new(plan.basis.n_classes),
            )
        };
        Self {
            totals: totals(),
            left: totals(),
            right: totals(),
            sides: Sides::new(columns.n_rows),
            scratch: Vec::new(),
            criterion: C::new(&plan.basis),
            plan,
            columns,
            rows,
            weights,
            numbers,
            feature_of,
        }
    }

    /// The node as a leaf.
    pub(super) fn leaf(&mut self, open: &OpenNode) -> Node {
        self.count(open);
        Node {
            targets: self
                .totals
                .1
                .targets(self.plan.basis.measure, self.plan.unit),
            ..self.node(open)
        }
    }

    /// The node without split and targets.
    pub(super) fn node(&self, open: &OpenNode) -> Node {
        Node {
            split: None,
            impurity: open.impurity,
            n_node_samples: open.n_rows(),
            weighted_n_node_samples: open.weight as f64 * self.plan.unit,
            targets: Targets::Classes(Vec::new()),
        }
    }

    /// The node of all rows.
    pub(super) fn root(&mut self) -> OpenNode {
        let n_rows = self.columns.n_rows;
        let mut root = OpenNode {
            start: 0,
            end: n_rows,
            depth: 0,
            path: Path::root(self.plan.random_state),
            column: 0,
            features: (0..self.plan.records.ncols() as u32).collect::<Arc<[u32]>>(),
            impurity: 0.0,
            weight: 0,
            is_leaf: false,
        };
        self.count(&root);
        let totals = &self.totals.1;
        root.weight = totals.weight();
        root.impurity = totals.impurity(self.plan.basis.measure);
        root.is_leaf = self.plan.is_leaf(0, n_rows, root.weight, root.impurity);
        root
    }

    /// The best split of a node that is no leaf, if it has any that is good enough.
    pub(super) fn choose(&mut self, node: &OpenNode) -> Option<Choice> {
        self.count(node);
        let view: View<'_, '_, E, C::Target> = View {
            plan: self.plan,
            columns: &self.columns,
            start: node.start,
            end: node.end,
            weights: &self.weights,
            numbers: &self.numbers,
            totals: &self.totals.1,
        };
        let (looked_at, features) = varying(&view, node, &self.feature_of);
        let best = if is_large(node) {
            view.par_best::<C>(&looked_at)
        } else {
            view.best(&looked_at, &mut self.criterion)
        }?;
        let entries = view.entries(best.column);
        let n_missing = search::n_missing(entries);
        let (present, missing) = entries.split_at(entries.len() - n_missing);
        let (left, right) = present.split_at(best.at);
        let (left_missing, right_missing): (&[E], &[E]) = if best.missing_go_to_left {
            (missing, &[])
        } else {
            (&[], missing)
        };
        let middle = node.start + left.len() + left_missing.len();
        self.left.0 = node.start..middle;
        self.right.0 = middle..node.end;
        // Only the smaller side is counted; the larger side has the rest.
        let (layout, measure) = (self.columns.layout, self.plan.basis.measure);
        let (fewer, more, of) = if self.left.0.len() <= self.right.0.len() {
            (
                &mut self.left.1,
                &mut self.right.1,
                left.iter().chain(left_missing),
            )
        } else {
            (
                &mut self.right.1,
                &mut self.left.1,
                right.iter().chain(right_missing),
            )
        };
        let counted = of.map(|&e| counted(e, layout, &self.numbers, &self.weights));
        fewer.count(counted, measure);
        more.subtract(&self.totals.1, fewer);
        let side = |totals: &<C::Target as Target>::Totals| {
            let impurity = totals.impurity(measure);
            let weight = totals.weight();
            Side {
                impurity,
                weight,
                is_leaf: self
                    .plan
                    .is_leaf(node.depth + 1, totals.rows(), weight, impurity),
            }
        };
        let (left, right) = (side(&self.left.1), side(&self.right.1));
        let improvement = self.plan.improvement(
            (node.weight, node.impurity),
            (left.weight, left.impurity),
            (right.weight, right.impurity),
        );
        self.plan.is_enough(improvement).then(|| Choice {
            column: best.column,
            at: best.at,
            lefts: self.left.0.len(),
            n_missing,
            missing_go_to_left: match n_missing {
                0 => self
                    .plan
                    .is_heavier(left.weight, right.weight, node.n_rows()),
                _ => best.missing_go_to_left,
            },
            features,
            left,
            right,
            improvement,
        })
    }

    /// The row of the table that a row of the grower is.
    pub(super) fn row_of(&self, row: usize) -> u32 {
        if self.rows.is_empty() {
            row as u32
        } else {
            self.rows[row]
        }
    }

    /// The feature of the table that a column of the grower is.
    pub(super) fn feature_of(&self, column: u32) -> u32 {
        if self.feature_of.is_empty() {
            column
        } else {
            self.feature_of[column as usize]
        }
    }

    /// The split as the tree has it; the children's indices are 0.
    pub(super) fn split(&self, node: &OpenNode, choice: &Choice) -> Split {
        let feature = self.feature_of(choice.column) as usize;
        let entries = &self.columns.column(choice.column)[node.start..node.end];
        let value = |at: usize| {
            let row = self.columns.layout.row(entries[at]);
            self.plan.records[[self.row_of(row) as usize, feature]]
        };
        let all_present = choice.at == node.n_rows() - choice.n_missing;
        Split {
            feature,
            threshold: if all_present {
                f32::INFINITY
            } else {
                plan::threshold(value(choice.at - 1), value(choice.at))
            },
            missing_go_to_left: choice.missing_go_to_left,
            left: 0,
            right: 0,
        }
    }

    /// Moves the node's entries to where its children expect them, and returns the left and the right
    /// child. With `are_leaves` no child's entries will be read again.
    pub(super) fn part(
        &mut self,
        node: &OpenNode,
        choice: Choice,
        are_leaves: bool,
    ) -> (OpenNode, OpenNode) {
        let Choice {
            column,
            left,
            right,
            ..
        } = choice;
        let layout = self.columns.layout;
        let entries = &mut self.columns.column_mut(column)[node.start..node.end];
        if choice.n_missing > 0 && choice.missing_go_to_left {
            entries[choice.at..].rotate_right(choice.n_missing);
        }
        let keep = match (left.is_leaf || are_leaves, right.is_leaf || are_leaves) {
            (true, true) => None,
            (false, true) => Some(Keep::Left),
            (true, false) => Some(Keep::Right),
            (false, false) => Some(Keep::Both),
        };
        if let Some(keep) = keep.filter(|_| choice.features.len() > 1) {
            for (i, &e) in entries.iter().enumerate() {
                self.sides.set(layout.row(e), i < choice.lefts);
            }
            let (features, range) = (&choice.features, node.start..node.end);
            if is_large(node) {
                self.columns
                    .par_partition(features, column, range, &self.sides, keep);
            } else {
                let scratch = &mut self.scratch;
                self.columns
                    .partition(features, column, range, &self.sides, keep, scratch);
            }
        }
        let middle = node.start + choice.lefts;
        let child = |start, end, path, side: Side| OpenNode {
            start,
            end,
            depth: node.depth + 1,
            path,
            column,
            features: Arc::clone(&choice.features),
            impurity: side.impurity,
            weight: side.weight,
            is_leaf: side.is_leaf,
        };
        (
            child(node.start, middle, node.path.left(), left),
            child(middle, node.end, node.path.right(), right),
        )
    }

    /// Makes `totals` the node's.
    fn count(&mut self, node: &OpenNode) {
        let positions = node.start..node.end;
        if self.totals.0 == positions {
            return;
        }
        for known in [&mut self.left, &mut self.right] {
            if known.0 == positions {
                std::mem::swap(&mut self.totals, known);
                return;
            }
        }
        let entries = &self.columns.column(node.column)[positions.clone()];
        let layout = self.columns.layout;
        let counted = entries
            .iter()
            .map(|&e| counted(e, layout, &self.numbers, &self.weights));
        self.totals.1.count(counted, self.plan.basis.measure);
        self.totals.0 = positions;
    }
}

/// What an entry's row adds to totals.
#[inline(always)]
fn counted<E: Element, T: Target>(
    e: E,
    layout: Layout,
    numbers: &[i64],
    weights: &[u64],
) -> (T, u64) {
    let weight = if weights.is_empty() {
        1
    } else {
        weights[layout.row(e)]
    };
    (T::of(e, layout, numbers), weight)
}

fn is_large(node: &OpenNode) -> bool {
    node.size() >= PARALLEL_FROM && node.features.len() > 1 && rayon::current_num_threads() > 1
}

/// The columns to look at in a node, none of them constant, and those that are not known to be
/// constant from now on.
fn varying<E: Element, T: Target>(
    view: &View<'_, '_, E, T>,
    node: &OpenNode,
    feature_of: &[u32],
) -> (Arc<[u32]>, Arc<[u32]>) {
    let is_constant = |column: u32| search::is_constant(view.entries(column));
    let Some(count) = view.plan.max_features else {
        let features = if node.features.iter().any(|&column| is_constant(column)) {
            let features = node.features.iter().copied();
            features.filter(|&column| !is_constant(column)).collect()
        } else {
            Arc::clone(&node.features)
        };
        return (Arc::clone(&features), features);
    };
    // The draw is among all features, constant ones included, so that it does not depend on which
    // columns are still here; it goes on until one varies.
    let column_of = |feature: u32| {
        let column = if feature_of.is_empty() {
            feature
        } else {
            feature_of.binary_search(&feature).ok()? as u32
        };
        let varies = node.features.binary_search(&column).is_ok() && !is_constant(column);
        varies.then_some(column)
    };
    let (first, rest) = node.path.features(view.plan.records.ncols(), count);
    let mut columns: Vec<u32> = first.into_iter().filter_map(column_of).collect();
    if columns.is_empty() {
        columns.extend(rest.filter_map(column_of).next());
    }
    columns.sort_unstable();
    (columns.into(), Arc::clone(&node.features))
}
