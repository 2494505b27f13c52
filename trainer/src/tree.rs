//! A grown classification tree: what an engine returns, and what evaluation, reports and the model
//! file are made from.

mod leaves;
mod walk;

pub use leaves::Leaves;

/// A binary tree in preorder: node 0 is the root, and a node's left subtree comes before its right one.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// All nodes; [`Split::left`] and [`Split::right`] index into them.
    pub nodes: Vec<Node>,
    /// Number of classes; a class is its position in the sorted list of labels.
    pub n_classes: usize,
}

/// A node with what the training rows that reached it tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// `None` in a leaf.
    pub split: Option<Split>,
    /// The criterion's value over the node's rows.
    pub impurity: f64,
    /// Training rows that reached the node.
    pub n_node_samples: usize,
    /// Their weights, summed.
    pub weighted_n_node_samples: f64,
    /// In a leaf, the weight of each class that occurs in it, by ascending class; empty in a branch.
    pub class_weights: Vec<(u32, f64)>,
}

/// A row goes left when its value is at most the threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Split {
    /// Column of the feature, counted from 0.
    pub feature: usize,
    /// Largest float32 that goes left.
    pub threshold: f32,
    /// Where a missing value goes.
    pub missing_go_to_left: bool,
    /// Index of the node for rows at or below the threshold.
    pub left: usize,
    /// Index of the node for the others.
    pub right: usize,
}
