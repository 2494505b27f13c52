//! What a model can say about itself and about an answer, besides the answer.

use crate::Model;
use crate::finish::{Finish, Rule, Transform};
use crate::forest::{Aggregate, Linked, Mode, Node};
use crate::number::Number;
use crate::scorer::{Elementwise, Part, Scorer, Trees, cast_value};
use algorithm::{Decision, PredictError, Relation, Rows, Threshold};

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

impl Scorer {
    /// Whether a missing value (NaN) is more than a value that compares false: whether a branch somewhere
    /// sends it to its true side.
    pub(crate) fn tracks_missing(&self) -> bool {
        self.parts.iter().any(|part| match &part.trees {
            Trees::Single(ensemble) => ensemble.facts.tracks_missing,
            Trees::Double(ensemble) => ensemble.facts.tracks_missing,
        })
    }

    /// Whether this is a classifier whose values are probabilities, not margins or votes: by its
    /// transform, or because the leaf weights of its trees add up to 1.
    pub(crate) fn gives_probabilities(&self) -> bool {
        let [part] = self.parts.as_slice() else {
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
        facts && part.then.iter().chain(&self.then).all(keeps)
    }

    /// Whether the model is one tree.
    pub(crate) fn is_single_tree(&self) -> bool {
        match self.parts.as_slice() {
            [part] => match &part.trees {
                Trees::Single(ensemble) => ensemble.facts.tree.is_some(),
                Trees::Double(ensemble) => ensemble.facts.tree.is_some(),
            },
            _ => false,
        }
    }
}

impl Model {
    /// The decisions that lead a row to its leaf, from the root; none if the tree is a leaf.
    pub(crate) fn decision_path(&self, row: Rows<'_>) -> Result<Vec<Decision>, PredictError> {
        let path = match self.scorer.parts.as_slice() {
            [part] => match &part.trees {
                Trees::Single(ensemble) => ensemble
                    .facts
                    .tree
                    .as_ref()
                    .and_then(|tree| path(tree, part, row)),
                Trees::Double(ensemble) => ensemble
                    .facts
                    .tree
                    .as_ref()
                    .and_then(|tree| path(tree, part, row)),
            },
            _ => None,
        };
        path.ok_or_else(|| PredictError::new("a model of several trees has no decision path"))
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
