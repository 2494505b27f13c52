//! What a model can say about itself and about an answer, besides the answer.

use std::fmt;

use crate::Model;
use crate::Rows;
use crate::finish::{Finish, Rule, Transform};
use crate::forest::{Aggregate, Linked, Mode, Node};
use crate::number::Number;
use crate::scorer::{Elementwise, Part, Trees, cast_value};

/// Facts about an ensemble, taken from its nodes before they are laid out for scoring.
#[derive(Clone, Debug)]
pub(crate) struct Facts<T> {
    /// Whether a branch sends missing values to its true side.
    tracks_missing: bool,
    /// Whether the values are probabilities.
    probabilities: bool,
    /// The nodes without their weights, where the ensemble is a single tree.
    tree: Option<Linked<T>>,
}

/// How far the weights of a float32 forest may sum up beside 1.
const TOLERANCE: f64 = 1e-3;

/// One decision on a row's way through a tree. Displayed with a feature's name by
/// [`Decision::describe`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decision {
    /// Column of the value that was compared, from 0.
    pub feature: usize,
    /// What is true of the value.
    pub relation: Relation,
}

/// What a decision found out about a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Relation {
    /// There is no value.
    Missing,
    /// `value <= threshold`, and so on.
    AtMost(Threshold),
    /// `value < threshold`
    Below(Threshold),
    /// `value >= threshold`
    AtLeast(Threshold),
    /// `value > threshold`
    Above(Threshold),
    /// `value = threshold`
    Equal(Threshold),
    /// `value != threshold`
    Unequal(Threshold),
}

/// A number in the type that the tree compares in; displayed as the shortest text that restores it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Threshold {
    /// float32
    Single(f32),
    /// float64
    Double(f64),
}

impl Model {
    /// Whether a missing value (NaN) is more than a value that compares false: whether a branch somewhere
    /// sends it to its true side.
    pub fn tracks_missing(&self) -> bool {
        self.scorer.parts.iter().any(|part| match &part.trees {
            Trees::Single(ensemble) => ensemble.facts.tracks_missing,
            Trees::Double(ensemble) => ensemble.facts.tracks_missing,
        })
    }

    /// Whether this is a classifier whose values are probabilities, not margins or votes: by its
    /// transform, or because the leaf weights of its trees add up to 1.
    pub fn gives_probabilities(&self) -> bool {
        let [part] = self.scorer.parts.as_slice() else {
            return false;
        };
        let facts = match &part.trees {
            Trees::Single(ensemble) => ensemble.facts.probabilities,
            Trees::Double(ensemble) => ensemble.facts.probabilities,
        };
        let keeps = |operator: &Elementwise| match operator {
            Elementwise::Round => true,
            Elementwise::Multiply(factor) => *factor == 1.0,
            Elementwise::Exp(_) => false,
        };
        facts && part.then.iter().chain(&self.scorer.then).all(keeps)
    }

    /// Whether [`decision_path`](Self::decision_path) has an answer: the model is one tree.
    pub fn is_single_tree(&self) -> bool {
        match self.scorer.parts.as_slice() {
            [part] => match &part.trees {
                Trees::Single(ensemble) => ensemble.facts.tree.is_some(),
                Trees::Double(ensemble) => ensemble.facts.tree.is_some(),
            },
            _ => false,
        }
    }

    /// The decisions that lead row `row` of `rows` to its leaf, from the root; none where the tree is a
    /// leaf. `None` for a model of several trees, and for a row that is not there.
    pub fn decision_path(&self, rows: Rows<'_>, row: usize) -> Option<Vec<Decision>> {
        let [part] = self.scorer.parts.as_slice() else {
            return None;
        };
        let start = row.checked_mul(self.n_features())?;
        let end = start.checked_add(self.n_features())?;
        if end > rows.len() || rows.input_type() != self.input_type() {
            return None;
        }
        let row = rows.range(start, end);
        match &part.trees {
            Trees::Single(ensemble) => path(ensemble.facts.tree.as_ref()?, part, row),
            Trees::Double(ensemble) => path(ensemble.facts.tree.as_ref()?, part, row),
        }
    }
}

impl<T: Number> Facts<T> {
    /// Does not rely on checked links.
    pub(crate) fn new(linked: &Linked<T>, finish: &Finish<T>) -> Self {
        let tracks =
            |node: &Node<T>| matches!(node, Node::Branch { missing_true, .. } if *missing_true);
        Self {
            tracks_missing: linked.nodes.iter().any(tracks),
            probabilities: probabilities(linked, finish),
            tree: (linked.roots.len() == 1).then(|| Linked {
                nodes: linked.nodes.clone(),
                roots: linked.roots.clone(),
                weights: Vec::new(),
            }),
        }
    }
}

fn probabilities<T: Number>(linked: &Linked<T>, finish: &Finish<T>) -> bool {
    if !finish.rule.is_classifier() {
        return false;
    }
    match finish.transform {
        Transform::Logistic => true,
        // Not applied to a single sum.
        Transform::Softmax | Transform::SoftmaxZero
            if !matches!(finish.rule, Rule::OneColumn { .. }) =>
        {
            true
        }
        _ => weights_are_probabilities(linked, finish),
    }
}

/// Whether any leaves, one a tree, sum up to a distribution over the classes.
fn weights_are_probabilities<T: Number>(linked: &Linked<T>, finish: &Finish<T>) -> bool {
    let no_base = finish.base.iter().all(|base| *base == T::ZERO);
    let no_negative = linked.weights.iter().all(|weight| weight.value >= T::ZERO);
    if !no_base || !no_negative || finish.aggregate != Aggregate::Sum {
        return false;
    }
    let (mut least, mut most) = (0.0, 0.0);
    // The tree that came last to a node, counted from 1.
    let mut seen = vec![0_usize; linked.nodes.len()];
    let mut stack = Vec::new();
    for (tree, root) in linked.roots.iter().enumerate() {
        let (mut low, mut high) = (f64::INFINITY, 0.0_f64);
        stack.push(*root);
        while let Some(position) = stack.pop() {
            let (Some(node), Some(seen)) = (
                linked.nodes.get(position as usize),
                seen.get_mut(position as usize),
            ) else {
                return false;
            };
            if std::mem::replace(seen, tree + 1) == tree + 1 {
                continue;
            }
            match node {
                Node::Branch {
                    true_child,
                    false_child,
                    ..
                } => stack.extend([*true_child, *false_child]),
                Node::Leaf(leaf) => {
                    let weights = linked.weights.get(leaf.start as usize..leaf.end as usize);
                    let sum: f64 = weights
                        .unwrap_or_default()
                        .iter()
                        .map(|w| w.value.to_f64())
                        .sum();
                    low = low.min(sum);
                    high = high.max(sum);
                }
            }
        }
        least += low;
        most += high;
    }
    match finish.rule {
        // One sum: the other class has what is left of 1.
        Rule::OneColumn { .. } => most <= 1.0 + TOLERANCE,
        _ => least >= 1.0 - TOLERANCE && most <= 1.0 + TOLERANCE,
    }
}

fn path<T: Number>(tree: &Linked<T>, part: &Part, row: Rows<'_>) -> Option<Vec<Decision>> {
    let mut decisions = Vec::new();
    let mut position = *tree.roots.first()?;
    loop {
        match tree.nodes.get(position as usize)? {
            Node::Leaf(_) => return Some(decisions),
            Node::Branch {
                mode,
                missing_true,
                feature,
                value,
                true_child,
                false_child,
            } => {
                let feature = *feature as usize;
                let x: T = cast_value(&part.casts, row, feature)?;
                let goes_true = mode.holds(x, *value) || (*missing_true && x.is_missing());
                let threshold = if T::IS_DOUBLE {
                    Threshold::Double(value.to_f64())
                } else {
                    Threshold::Single(value.to_f64() as f32)
                };
                let relation = if x.is_missing() {
                    Relation::Missing
                } else {
                    relation(*mode, goes_true, threshold)
                };
                decisions.push(Decision { feature, relation });
                position = if goes_true { *true_child } else { *false_child };
            }
        }
    }
}

fn relation(mode: Mode, holds: bool, threshold: Threshold) -> Relation {
    let relation = match (mode, holds) {
        (Mode::Leq, true) | (Mode::Gt, false) => Relation::AtMost,
        (Mode::Lt, true) | (Mode::Gte, false) => Relation::Below,
        (Mode::Gte, true) | (Mode::Lt, false) => Relation::AtLeast,
        (Mode::Gt, true) | (Mode::Leq, false) => Relation::Above,
        (Mode::Eq, true) | (Mode::Neq, false) => Relation::Equal,
        (Mode::Neq, true) | (Mode::Eq, false) => Relation::Unequal,
    };
    relation(threshold)
}

impl Decision {
    /// The decision in words, `name` being the feature's: `petal length <= 2.45`.
    pub fn describe(&self, name: impl fmt::Display) -> String {
        match self.relation {
            Relation::Missing => format!("{name} is missing"),
            Relation::AtMost(threshold) => format!("{name} <= {threshold}"),
            Relation::Below(threshold) => format!("{name} < {threshold}"),
            Relation::AtLeast(threshold) => format!("{name} >= {threshold}"),
            Relation::Above(threshold) => format!("{name} > {threshold}"),
            Relation::Equal(threshold) => format!("{name} = {threshold}"),
            Relation::Unequal(threshold) => format!("{name} != {threshold}"),
        }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Threshold::Single(value) => write!(f, "{value:?}"),
            Threshold::Double(value) => write!(f, "{value:?}"),
        }
    }
}
