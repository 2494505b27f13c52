//! What a model's nodes say about all its answers.

use crate::{
    forest::{Aggregate, Checked, Linked, Node},
    number::Number,
    post::Post,
    post_processing::{PostProcessing, Rule, Transform},
};

/// How far the leaf weights of a float32 forest may be from a sum of 1.
const TOLERANCE: f64 = 1e-3;

/// Properties of an ensemble, taken from its nodes before they are laid out for scoring.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summary {
    /// Whether a branch somewhere sends missing values to its true side; if none does, a missing value is
    /// just a value that compares false.
    pub(crate) tracks_missing: bool,
    /// Whether this is a classifier whose values are probabilities, not margins or votes: by its
    /// transform, or because the leaf weights of its trees add up to 1.
    pub(crate) gives_probabilities: bool,
    /// Whether this is a classifier whose two values are a number and the same with the other sign.
    pub(crate) gives_opposites: bool,
}

impl Summary {
    pub(crate) fn new<T: Number>(checked: &Checked<T>, post: &Post<T>) -> Self {
        let linked = checked.linked();
        let tracks =
            |node: &Node<T>| matches!(node, Node::Branch { missing_true, .. } if *missing_true);
        Self {
            tracks_missing: linked.nodes.iter().any(tracks),
            gives_probabilities: match post {
                Post::Onnx(post) => gives_probabilities(linked, post),
                Post::Library { link, .. } => link.gives_probabilities(),
            },
            gives_opposites: matches!(post, Post::Onnx(post) if post.gives_opposites()),
        }
    }
}

fn gives_probabilities<T: Number>(linked: &Linked<T>, post: &PostProcessing<T>) -> bool {
    if !post.rule.is_classifier() {
        return false;
    }
    let is_one_column = matches!(post.rule, Rule::OneColumn { .. });
    match post.transform {
        Transform::Logistic => true,
        // Not applied to a single sum.
        Transform::Softmax | Transform::SoftmaxZero if !is_one_column => true,
        _ => weights_are_probabilities(linked, post),
    }
}

/// Whether any leaves, one a tree, sum up to a distribution over the classes.
fn weights_are_probabilities<T: Number>(linked: &Linked<T>, post: &PostProcessing<T>) -> bool {
    let no_base = post.base.iter().all(|base| *base == T::ZERO);
    let no_negative = linked.weights.iter().all(|weight| weight.value >= T::ZERO);
    if !no_base || !no_negative || post.aggregate != Aggregate::Sum {
        return false;
    }
    let (mut least, mut most) = (0.0, 0.0);
    // The last tree that came to a node, counted from 1.
    let mut seen = vec![0_usize; linked.nodes.len()];
    let mut stack = Vec::new();
    for (tree, root) in linked.roots.iter().enumerate() {
        let (mut low, mut high) = (f64::INFINITY, 0.0_f64);
        stack.push(*root);
        while let Some(position) = stack.pop() {
            let position = position as usize;
            if std::mem::replace(&mut seen[position], tree + 1) == tree + 1 {
                continue;
            }
            match linked.nodes[position] {
                Node::Branch {
                    true_child,
                    false_child,
                    ..
                } => stack.extend([true_child, false_child]),
                Node::Leaf(leaf) => {
                    let weights = linked.weights_of(leaf).iter();
                    let sum: f64 = weights.map(|weight| weight.value.to_f64()).sum();
                    low = low.min(sum);
                    high = high.max(sum);
                }
            }
        }
        least += low;
        most += high;
    }
    match post.rule {
        // One sum: the other class has what is left of 1.
        Rule::OneColumn { .. } => most <= 1.0 + TOLERANCE,
        _ => least >= 1.0 - TOLERANCE && most <= 1.0 + TOLERANCE,
    }
}
