//! linfa's nodes on their way to a [`Tree`]: in preorder, with the training rows counted.

use std::collections::BTreeMap;

use linfa_trees::{SplitQuality, TreeNode};

use super::Dataset;
use crate::{
    Node, Split, Targets, Tree,
    impurity::{entropy, gini},
    tree::preorder,
};

/// scikit-learn's slack when it compares an impurity decrease with its limit.
const EPSILON: f64 = f64::EPSILON;

/// linfa's splits, whose nodes have not seen a row yet.
pub(super) struct Draft(Tree);

impl Draft {
    pub(super) fn new(root: &TreeNode<f32, usize>, n_classes: usize) -> Self {
        let nodes = preorder(root, |_, node: &TreeNode<f32, usize>| {
            let children = match node.children()[..] {
                [Some(left), Some(right)] => Some([&**left, &**right]),
                _ => None,
            };
            let split = children.map(|_| {
                let (feature, threshold, _) = node.split();
                Split {
                    feature,
                    threshold,
                    missing_go_to_left: false,
                    left: 0,
                    right: 0,
                }
            });
            let node = Node {
                split,
                impurity: 0.0,
                n_node_samples: 0,
                weighted_n_node_samples: 0.0,
                targets: Targets::Classes(Vec::new()),
            };
            (node, children)
        });
        Self(Tree { nodes, n_classes })
    }

    /// Number of splits above the deepest leaf.
    pub(super) fn depth(&self) -> usize {
        self.0.depth()
    }

    /// The tree of the training rows, cut at the nodes that scikit-learn would not have split: a split
    /// has to decrease the impurity, weighted with the node's share of all rows, by `min_decrease`.
    pub(super) fn finish(
        self,
        dataset: &Dataset<'_>,
        split_quality: SplitQuality,
        min_decrease: f64,
    ) -> Tree {
        let Self(mut tree) = self;
        count(&mut tree, dataset, split_quality);
        let all = tree.nodes[0].weighted_n_node_samples;
        let is_kept: Vec<bool> = (0..tree.nodes.len())
            .map(|node| {
                let has_rows = |child: usize| tree.nodes[child].n_node_samples > 0;
                let (Some(split), Some(decrease)) = (tree.nodes[node].split, tree.decrease(node))
                else {
                    return false;
                };
                // A midpoint that is rounded to float32 may leave a side without rows.
                has_rows(split.left)
                    && has_rows(split.right)
                    && decrease / all + EPSILON >= min_decrease
            })
            .collect();
        let nodes = &mut tree.nodes;
        let kept = preorder(0, |_, at: usize| {
            let mut node = nodes[at].take();
            let Some(split) = node.split.as_mut().filter(|_| is_kept[at]) else {
                node.split = None;
                return (node, None);
            };
            node.targets = Targets::Classes(Vec::new());
            let children = [split.left, split.right];
            let weights = children.map(|child| nodes[child].weighted_n_node_samples);
            split.missing_go_to_left = weights[0] > weights[1];
            (node, Some(children))
        });
        Tree {
            nodes: kept,
            n_classes: tree.n_classes,
        }
    }
}

/// Sends the training rows through the tree. Branches get class weights too.
fn count(tree: &mut Tree, dataset: &Dataset<'_>, split_quality: SplitQuality) {
    let mut class_weights: Vec<BTreeMap<u32, f64>> = vec![BTreeMap::new(); tree.nodes.len()];
    let rows = dataset.records.rows().into_iter().zip(&dataset.targets);
    for (index, (row, class)) in rows.enumerate() {
        let weight = f64::from(dataset.weight_for(index));
        let mut at = 0;
        loop {
            let node = &mut tree.nodes[at];
            node.n_node_samples += 1;
            *class_weights[at].entry(*class as u32).or_default() += weight;
            let Some(split) = node.split else { break };
            let goes_left = row[split.feature] <= split.threshold;
            at = if goes_left { split.left } else { split.right };
        }
    }
    for (node, class_weights) in tree.nodes.iter_mut().zip(class_weights) {
        let weights = class_weights.values().copied();
        let all: f64 = weights.clone().sum();
        node.weighted_n_node_samples = all;
        node.impurity = match split_quality {
            // No row came here.
            _ if all == 0.0 => 0.0,
            SplitQuality::Gini => gini(weights.map(|weight| weight * weight).sum(), all),
            SplitQuality::Entropy => entropy(weights.filter(|weight| *weight > 0.0), all),
        };
        node.targets = Targets::Classes(class_weights.into_iter().collect());
    }
}
