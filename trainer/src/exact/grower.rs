//! One thread's tools to split nodes of one set of columns.

use std::ops::Range;
use std::sync::Arc;

use crate::tree::{Node, Split};

use super::columns::{Columns, Keep, Sides};
use super::draw::Path;
use super::element::{Element, Layout};
use super::plan::{self, Plan};
use super::score::Scorer;
use super::search::{self, View};
use super::totals::Totals;

/// Entries in a node from which on its features are spread over the threads.
const PARALLEL_FROM: usize = 1 << 16;

/// A node that is not finished yet.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Its places in every column.
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) depth: usize,
    pub(super) path: Path,
    /// A column whose places hold the node's rows, whichever else do.
    pub(super) column: u32,
    /// Columns that are not known to be constant in the node, ascending.
    pub(super) features: Arc<[u32]>,
    pub(super) impurity: f64,
    /// In units.
    pub(super) weight: u64,
    /// It will not be split.
    pub(super) is_leaf: bool,
}

impl Place {
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
    /// Entries that go left without and with missing values.
    at: usize,
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

/// Columns with what is needed to split their nodes.
pub(super) struct Grower<'a, E, S> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) columns: Columns<E>,
    /// Row of the matrix by row of the columns; empty: the same.
    pub(super) rows: Vec<u32>,
    /// Units by row of the columns; empty: one each.
    pub(super) weights: Vec<u64>,
    /// Feature by column; empty: the same.
    pub(super) feature_of: Vec<u32>,
    /// Of the node at hand and, once its split is found, of its children; each with the places of
    /// the node that it counts, which no other node ever has.
    totals: (Range<usize>, Totals),
    left: (Range<usize>, Totals),
    right: (Range<usize>, Totals),
    sides: Sides,
    scratch: Vec<E>,
    scorer: S,
}

impl<'a, E: Element, S: Scorer> Grower<'a, E, S> {
    pub(super) fn new(
        plan: &'a Plan<'a>,
        columns: Columns<E>,
        rows: Vec<u32>,
        weights: Vec<u64>,
        feature_of: Vec<u32>,
    ) -> Self {
        let totals = || (0..0, Totals::new(plan.basis.n_classes));
        Self {
            totals: totals(),
            left: totals(),
            right: totals(),
            sides: Sides::new(columns.n_rows),
            scratch: Vec::new(),
            scorer: S::new(&plan.basis),
            plan,
            columns,
            rows,
            weights,
            feature_of,
        }
    }

    /// The node as a leaf.
    pub(super) fn leaf(&mut self, place: &Place) -> Node {
        self.count(place);
        let unit = self.plan.unit;
        Node {
            split: None,
            class_weights: self
                .totals
                .1
                .iter()
                .map(|(class, units)| (class, units as f64 * unit))
                .collect(),
            ..self.node(place)
        }
    }

    /// The node without split and class weights.
    pub(super) fn node(&self, place: &Place) -> Node {
        Node {
            split: None,
            impurity: place.impurity,
            n_node_samples: place.n_rows(),
            weighted_n_node_samples: place.weight as f64 * self.plan.unit,
            class_weights: Vec::new(),
        }
    }

    /// The best split of a node that is no leaf, if it has any that is good enough.
    pub(super) fn choose(&mut self, place: &Place) -> Option<Choice> {
        self.count(place);
        let view = View {
            plan: self.plan,
            columns: &self.columns,
            start: place.start,
            end: place.end,
            weights: &self.weights,
            totals: &self.totals.1,
        };
        let (looked_at, features) = varying(&view, place, &self.feature_of);
        let best = match is_large(place) {
            true => view.par_best::<S>(&looked_at),
            false => view.best(&looked_at, &mut self.scorer),
        }?;
        let entries = view.entries(best.column);
        let n_missing = search::n_missing(entries);
        let (present, missing) = entries.split_at(entries.len() - n_missing);
        let (left, right) = present.split_at_checked(best.at)?;
        let (left_missing, right_missing): (&[E], &[E]) = match best.missing_go_to_left {
            true => (missing, &[]),
            false => (&[], missing),
        };
        let middle = place.start + left.len() + left_missing.len();
        self.left.0 = place.start..middle;
        self.right.0 = middle..place.end;
        // The smaller side is counted, the other one is the rest.
        let (layout, weights) = (self.columns.layout, &self.weights);
        let (fewer, more, of) = match self.left.0.len() <= self.right.0.len() {
            true => (
                &mut self.left.1,
                &mut self.right.1,
                left.iter().chain(left_missing),
            ),
            false => (
                &mut self.right.1,
                &mut self.left.1,
                right.iter().chain(right_missing),
            ),
        };
        count(fewer, of, layout, weights);
        more.subtract(&self.totals.1, fewer);
        let side = |totals: &Totals| {
            let impurity = totals.impurity(self.plan.criterion);
            let weight = totals.weight();
            Side {
                impurity,
                weight,
                is_leaf: self
                    .plan
                    .is_leaf(place.depth + 1, totals.rows(), weight, impurity),
            }
        };
        let (left, right) = (side(&self.left.1), side(&self.right.1));
        let improvement = self.plan.improvement(
            (place.weight, place.impurity),
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
                    .is_heavier(left.weight, right.weight, place.n_rows()),
                _ => best.missing_go_to_left,
            },
            features,
            left,
            right,
            improvement,
        })
    }

    /// The split as the tree tells it; the children's indices are 0.
    pub(super) fn split(&self, place: &Place, choice: &Choice) -> Split {
        let feature = self
            .feature_of
            .get(choice.column as usize)
            .map_or(choice.column, |&f| f) as usize;
        let entries = &self.columns.column(choice.column)[place.start..place.end];
        let value = |at: usize| {
            let row = self.columns.layout.row(entries[at]);
            let row = self.rows.get(row).map_or(row, |&row| row as usize);
            self.plan.records[[row, feature]]
        };
        let all_present = choice.at == place.n_rows() - choice.n_missing;
        Split {
            feature,
            threshold: match all_present {
                true => f32::INFINITY,
                false => plan::threshold(value(choice.at - 1), value(choice.at)),
            },
            missing_go_to_left: choice.missing_go_to_left,
            left: 0,
            right: 0,
        }
    }

    /// Moves the node's rows to where the children find them: left and right child. With
    /// `are_leaves` the children will not be looked at any more.
    pub(super) fn part(
        &mut self,
        place: &Place,
        choice: Choice,
        are_leaves: bool,
    ) -> (Place, Place) {
        let Choice {
            column,
            left,
            right,
            ..
        } = choice;
        let layout = self.columns.layout;
        let entries = &mut self.columns.column_mut(column)[place.start..place.end];
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
            let (features, range) = (&choice.features, place.start..place.end);
            match is_large(place) {
                true => self
                    .columns
                    .par_partition(features, column, range, &self.sides, keep),
                false => {
                    let scratch = &mut self.scratch;
                    self.columns
                        .partition(features, column, range, &self.sides, keep, scratch);
                }
            }
        }
        let middle = place.start + choice.lefts;
        let child = |start, end, path, side: Side| Place {
            start,
            end,
            depth: place.depth + 1,
            path,
            column,
            features: Arc::clone(&choice.features),
            impurity: side.impurity,
            weight: side.weight,
            is_leaf: side.is_leaf,
        };
        (
            child(place.start, middle, place.path.left(), left),
            child(middle, place.end, place.path.right(), right),
        )
    }

    /// Makes `totals` the node's.
    fn count(&mut self, place: &Place) {
        let places = place.start..place.end;
        if self.totals.0 == places {
            return;
        }
        for known in [&mut self.left, &mut self.right] {
            if known.0 == places {
                std::mem::swap(&mut self.totals, known);
                return;
            }
        }
        let entries = &self.columns.column(place.column)[places.clone()];
        count(
            &mut self.totals.1,
            entries.iter(),
            self.columns.layout,
            &self.weights,
        );
        self.totals.0 = places;
    }
}

fn count<'e, E: Element>(
    totals: &mut Totals,
    entries: impl Iterator<Item = &'e E>,
    layout: Layout,
    weights: &[u64],
) {
    totals.count(entries.map(|&e| {
        let weight = weights.get(layout.row(e)).copied().unwrap_or(1);
        (layout.class(e), weight)
    }));
}

fn is_large(place: &Place) -> bool {
    place.size() >= PARALLEL_FROM && place.features.len() > 1 && rayon::current_num_threads() > 1
}

/// The columns to look at in a node, none of them constant, and those that are not known to be
/// constant from now on.
fn varying<E: Element>(
    view: &View<'_, '_, E>,
    place: &Place,
    feature_of: &[u32],
) -> (Arc<[u32]>, Arc<[u32]>) {
    let is_constant = |column: u32| search::is_constant(view.entries(column));
    let Some(count) = view.plan.max_features else {
        let features = match place.features.iter().any(|&column| is_constant(column)) {
            true => place
                .features
                .iter()
                .copied()
                .filter(|&column| !is_constant(column))
                .collect(),
            false => Arc::clone(&place.features),
        };
        return (Arc::clone(&features), features);
    };
    // The draw is among all features, constant ones included, so that it does not depend on which
    // columns are still here; it goes on until one varies.
    let column_of = |feature: u32| {
        let column = match feature_of.is_empty() {
            true => feature,
            false => feature_of.binary_search(&feature).ok()? as u32,
        };
        let varies = place.features.binary_search(&column).is_ok() && !is_constant(column);
        varies.then_some(column)
    };
    let (first, rest) = place.path.features(view.plan.records.ncols(), count);
    let mut columns: Vec<u32> = first.into_iter().filter_map(column_of).collect();
    if columns.is_empty() {
        columns.extend(rest.filter_map(column_of).next());
    }
    columns.sort_unstable();
    (columns.into(), Arc::clone(&place.features))
}
