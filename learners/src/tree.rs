//! A grown tree: what an engine returns, and what the model file and the report are made from.

mod answer;
mod best_first;
mod importances;
mod preorder;
mod walk;

use std::mem;

pub(crate) use answer::likeliest;
pub(crate) use best_first::BestFirst;
pub(crate) use preorder::preorder;
pub(crate) use walk::{Side, Step};

/// A binary tree in preorder: node 0 is the root, and a node's left subtree comes before its right
/// subtree.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// All nodes, at least one; [`Split::left`] and [`Split::right`] index into them.
    pub nodes: Vec<Node>,
    /// Number of classes; a class is its position in the sorted list of labels. 0 in a tree that answers
    /// numbers.
    pub n_classes: usize,
}

/// A node, and what is known of the training rows that reached it.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// `None` in a leaf.
    pub split: Option<Split>,
    /// The criterion's value over the node's rows.
    pub impurity: f64,
    /// Number of training rows that reached the node.
    pub n_node_samples: usize,
    /// The sum of their weights.
    pub weighted_n_node_samples: f64,
    /// What is known of their targets.
    pub targets: Targets,
}

/// What a node knows of the targets of its training rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// In a leaf, the weight of each class that occurs in it, by ascending class; empty in a branch.
    Classes(Vec<(u32, f64)>),
    /// The weighted mean of the numbers, in leaves and branches.
    Mean(f64),
}

/// A row goes left if its value is at most the threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Split {
    /// Column of the feature, counted from 0.
    pub feature: usize,
    /// Largest float32 that goes left.
    pub threshold: f32,
    /// Whether a missing value goes left.
    pub missing_go_to_left: bool,
    /// Index of the node for rows at or below the threshold.
    pub left: usize,
    /// Index of the node for the others.
    pub right: usize,
}

impl Node {
    /// Moves the node out of a list that is about to be dropped.
    pub(crate) fn take(&mut self) -> Self {
        Self {
            targets: match &mut self.targets {
                Targets::Classes(weights) => Targets::Classes(mem::take(weights)),
                Targets::Mean(mean) => Targets::Mean(*mean),
            },
            ..*self
        }
    }

    /// The weight of each class that occurs in a leaf, by ascending class; empty in a branch and in a tree
    /// of numbers.
    pub fn class_weights(&self) -> &[(u32, f64)] {
        match &self.targets {
            Targets::Classes(weights) => weights,
            Targets::Mean(_) => &[],
        }
    }

    /// The weighted mean of the rows' numbers; `None` in a tree of classes.
    pub fn mean(&self) -> Option<f64> {
        match self.targets {
            Targets::Classes(_) => None,
            Targets::Mean(mean) => Some(mean),
        }
    }

    /// Makes a branch of a leaf.
    pub(crate) fn branch(&mut self, split: Split) {
        self.split = Some(split);
        if let Targets::Classes(weights) = &mut self.targets {
            weights.clear();
        }
    }

    /// Impurity times weight: what a split has to lower.
    pub(crate) fn risk(&self) -> f64 {
        self.weighted_n_node_samples * self.impurity
    }
}

impl Tree {
    /// How much a branch's split lowers the risk, in units of weight; `None` for a leaf.
    pub(crate) fn decrease(&self, node: usize) -> Option<f64> {
        let split = self.nodes[node].split?;
        let risk = |node: usize| self.nodes[node].risk();
        Some(risk(node) - risk(split.left) - risk(split.right))
    }
}

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
