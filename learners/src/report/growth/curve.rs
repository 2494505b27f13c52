//! The accuracy of the smaller trees that a grown tree of classes contains.
//!
//! The grown tree is unfolded once more, best split first, as `max_leaf_nodes` grows a tree. After each
//! split the accuracy is that of the tree with that many leaves.

use std::{collections::BTreeMap, mem};

use super::reached::Reached;
use crate::{
    Node, Split, Tree,
    tree::{BestFirst, likeliest},
};

/// How good a smaller tree is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    /// Its leaves.
    pub(super) n_leaves: usize,
    /// The part of the training rows that it predicts; for numbers the root of the mean squared error on them.
    pub(super) train: f64,
    /// The same on the validation rows.
    pub(super) validation: Option<f64>,
}

/// The number of rows that a node would predict if it were a leaf.
#[derive(Clone, Copy, Debug, Default)]
struct Right {
    train: u64,
    validation: u64,
}

/// A node's rows of one class.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    /// Of the rows that the tree was grown from.
    weight: f64,
    right: Right,
}

type Classes = BTreeMap<u32, Share>;

/// One point for each number of leaves, from 1 to the tree's.
pub(super) fn curve(tree: &Tree, train: &Reached, validation: Option<&Reached>) -> Vec<Point> {
    let right = right_as_leaf(tree, train, validation);
    let mut now = right[0];
    let point = |n_leaves, now: Right| Point {
        n_leaves,
        train: now.train as f64 / train.n_rows as f64,
        validation: validation.map(|rows| now.validation as f64 / rows.n_rows as f64),
    };
    let mut points = Vec::with_capacity(tree.n_leaves());
    points.push(point(1, now));
    unfold(tree, |node, split| {
        let (left, all) = (right[split.left], right[node]);
        let right = right[split.right];
        now.train = now.train + left.train + right.train - all.train;
        now.validation = now.validation + left.validation + right.validation - all.validation;
        points.push(point(points.len() + 1, now));
    });
    points
}

/// Visits each branch, best split first.
pub(super) fn unfold(tree: &Tree, mut visit: impl FnMut(usize, Split)) {
    let mut open = BestFirst::new(tree.nodes[0].impurity);
    // A node's number is the order in which it was reached.
    let mut reached = 0;
    let mut reach = |open: &mut BestFirst<usize>, node: usize| {
        if let Some(decrease) = tree.decrease(node) {
            let improvement = decrease / tree.nodes[0].weighted_n_node_samples;
            open.push(improvement, reached, node);
        }
        reached += 1;
    };
    reach(&mut open, 0);
    while let Some((_, node)) = open.pop() {
        let Some(split) = tree.nodes[node].split else {
            unreachable!("a leaf lowers nothing and is not opened");
        };
        visit(node, split);
        reach(&mut open, split.left);
        reach(&mut open, split.right);
    }
}

/// For each node the rows that it would predict. Going through the preorder backwards, a branch finds
/// the classes of its left child on top of a stack and those of its right child below; the larger map
/// takes in the smaller.
fn right_as_leaf(tree: &Tree, train: &Reached, validation: Option<&Reached>) -> Vec<Right> {
    let mut right = vec![Right::default(); tree.nodes.len()];
    let mut done: Vec<Classes> = Vec::new();
    for (at, node) in tree.nodes.iter().enumerate().rev() {
        let classes = if node.split.is_some() {
            match (done.pop(), done.pop()) {
                (Some(left), Some(right)) => merged(left, right),
                _ => unreachable!("in preorder both children come after their parent"),
            }
        } else {
            of_leaf(node, at, train, validation)
        };
        let weights = classes.iter().map(|(class, share)| (*class, share.weight));
        let predicted = likeliest(weights, tree.n_classes);
        // No row has a class that has no share.
        let share = classes.get(&predicted).copied();
        right[at] = share.map_or(Right::default(), |share| share.right);
        done.push(classes);
    }
    right
}

fn of_leaf(node: &Node, at: usize, train: &Reached, validation: Option<&Reached>) -> Classes {
    let mut classes = Classes::new();
    for (class, weight) in node.class_weights() {
        classes.entry(*class).or_default().weight = *weight;
    }
    for cell in train.leaf(at) {
        classes.entry(cell.class).or_default().right.train = cell.n_rows;
    }
    for cell in validation.map_or(&[][..], |rows| rows.leaf(at)) {
        classes.entry(cell.class).or_default().right.validation = cell.n_rows;
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
