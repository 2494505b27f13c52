//! Accuracy against tree size: what the tree would have reached with fewer leaves.
//!
//! The grown tree is unfolded once more, best split first, as `max_leaf_nodes` grows a tree: after each
//! split the accuracy is that of the tree with so many leaves.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BinaryHeap},
    mem,
};

use super::Evaluation;
use crate::tree::{Node, Tree};

/// The accuracy of a smaller tree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GrowthPoint {
    /// Its leaves.
    pub n_leaves: usize,
    /// Part of the training rows that it predicts.
    pub train: f64,
    /// Part of the validation rows that it predicts.
    pub validation: Option<f64>,
}

/// The rows that a node would predict if it were a leaf.
#[derive(Clone, Copy, Debug, Default)]
struct Right {
    train: u64,
    validation: u64,
}

/// A node's rows by class.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    weight: f64,
    right: Right,
}

type Classes = BTreeMap<u32, Share>;

/// One point for each number of leaves, from 1 to the tree's.
pub fn growth(
    tree: &Tree,
    train: &Evaluation,
    validation: Option<&Evaluation>,
) -> Vec<GrowthPoint> {
    let right = right_as_leaf(tree, train, validation);
    let of = |place: usize| right.get(place).copied().unwrap_or_default();
    let mut now = of(0);
    let mut points = Vec::with_capacity(right.len() / 2 + 1);
    let mut frontier = BinaryHeap::from([Candidate::new(tree, 0)]);
    let mut n_leaves = 1;
    let point = |n_leaves, now: Right| GrowthPoint {
        n_leaves,
        train: now.train as f64 / train.n_rows as f64,
        validation: validation.map(|rows| now.validation as f64 / rows.n_rows as f64),
    };
    points.push(point(n_leaves, now));
    while let Some(Candidate { place, .. }) = frontier.pop() {
        let Some(split) = tree.nodes.get(place).and_then(|node| node.split) else {
            continue;
        };
        let (left, right) = (of(split.left), of(split.right));
        now.train = now.train + left.train + right.train - of(place).train;
        now.validation = now.validation + left.validation + right.validation - of(place).validation;
        n_leaves += 1;
        points.push(point(n_leaves, now));
        frontier.extend([split.left, split.right].map(|child| Candidate::new(tree, child)));
    }
    points
}

/// For each node the rows that it would predict. Going through the preorder backwards, a branch finds
/// the classes of its left child on top of a stack and those of its right child below; the larger map
/// takes in the smaller one.
fn right_as_leaf(tree: &Tree, train: &Evaluation, validation: Option<&Evaluation>) -> Vec<Right> {
    let mut right = vec![Right::default(); tree.nodes.len()];
    let mut done: Vec<Classes> = Vec::new();
    for (place, (node, right)) in tree.nodes.iter().zip(&mut right).enumerate().rev() {
        let classes = if node.split.is_some() {
            let left = done.pop().unwrap_or_default();
            merged(left, done.pop().unwrap_or_default())
        } else {
            of_leaf(node, place, train, validation)
        };
        // The heaviest class, the first of equals.
        let predicted = classes.values().fold(Share::default(), |best, share| {
            if share.weight > best.weight {
                *share
            } else {
                best
            }
        });
        *right = predicted.right;
        done.push(classes);
    }
    right
}

fn of_leaf(
    node: &Node,
    place: usize,
    train: &Evaluation,
    validation: Option<&Evaluation>,
) -> Classes {
    let weights = node.class_weights.iter();
    let mut classes: Classes = weights
        .map(|(class, weight)| {
            let right = Right::default();
            (
                *class,
                Share {
                    weight: *weight,
                    right,
                },
            )
        })
        .collect();
    for cell in train.leaf(place) {
        classes.entry(cell.target).or_default().right.train += cell.count;
    }
    for cell in validation.map_or(&[][..], |validation| validation.leaf(place)) {
        classes.entry(cell.target).or_default().right.validation += cell.count;
    }
    classes
}

fn merged(mut a: Classes, mut b: Classes) -> Classes {
    if a.len() < b.len() {
        mem::swap(&mut a, &mut b);
    }
    for (class, share) in b {
        let sum = a.entry(class).or_default();
        sum.weight += share.weight;
        sum.right.train += share.right.train;
        sum.right.validation += share.right.validation;
    }
    a
}

/// A node that may be split next.
struct Candidate {
    /// The impurity decrease of its split, in parts of all rows' weight.
    improvement: f64,
    place: usize,
}

impl Candidate {
    fn new(tree: &Tree, place: usize) -> Self {
        let weighted = |place: usize| {
            let node = tree.nodes.get(place);
            node.map_or(0.0, |node| node.weighted_n_node_samples * node.impurity)
        };
        let split = tree.nodes.get(place).and_then(|node| node.split);
        let improvement = split.map_or(f64::NEG_INFINITY, |split| {
            weighted(place) - weighted(split.left) - weighted(split.right)
        });
        Self { improvement, place }
    }
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_improvement = self.improvement.total_cmp(&other.improvement);
        by_improvement.then(other.place.cmp(&self.place))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}
