//! linfa's nodes on their way to a [`Tree`]: in preorder, with the training rows counted.

use std::collections::BTreeMap;

use linfa::DatasetBase;
use linfa_trees::TreeNode;
use ndarray::{Array1, ArrayBase, Data, Ix2};

use crate::{
    hyperparameters::Criterion,
    tree::{Node, Split, Tree},
};

/// scikit-learn's slack where it compares an impurity decrease with its limit.
const EPSILON: f64 = f64::EPSILON;

#[derive(Default)]
struct DraftNode {
    /// Feature, threshold, left and right child.
    split: Option<(usize, f32, usize, usize)>,
    depth: usize,
    n_rows: usize,
    class_weights: BTreeMap<u32, f64>,
}

pub(super) struct Draft {
    nodes: Vec<DraftNode>,
}

impl Draft {
    pub(super) fn new(root: &TreeNode<f32, usize>) -> Self {
        let mut nodes: Vec<DraftNode> = Vec::new();
        // A node, its depth, and the node whose right child it is.
        let mut waiting = vec![(root, 0, None)];
        while let Some((node, depth, parent)) = waiting.pop() {
            let place = nodes.len();
            if let Some(DraftNode {
                split: Some(split), ..
            }) = parent.and_then(|parent: usize| nodes.get_mut(parent))
            {
                split.3 = place;
            }
            let mut split = None;
            if let [Some(left), Some(right)] = node.children()[..] {
                let (feature, threshold, _) = node.split();
                split = Some((feature, threshold, place + 1, 0));
                waiting.push((right, depth + 1, Some(place)));
                waiting.push((left, depth + 1, None));
            }
            nodes.push(DraftNode {
                split,
                depth,
                ..DraftNode::default()
            });
        }
        Self { nodes }
    }

    pub(super) fn depth(&self) -> usize {
        let depths = self.nodes.iter().map(|node| node.depth);
        depths.max().unwrap_or_default()
    }

    /// Sends the training rows through the tree.
    pub(super) fn count<D: Data<Elem = f32>>(
        &mut self,
        dataset: &DatasetBase<ArrayBase<D, Ix2>, Array1<usize>>,
    ) {
        let rows = dataset.records.rows().into_iter().zip(&dataset.targets);
        for (index, (row, target)) in rows.enumerate() {
            let weight = f64::from(dataset.weight_for(index));
            let mut place = 0;
            while let Some(node) = self.nodes.get_mut(place) {
                node.n_rows += 1;
                *node.class_weights.entry(*target as u32).or_default() += weight;
                let Some((feature, threshold, left, right)) = node.split else {
                    break;
                };
                let goes_left = row.get(feature).is_some_and(|value| *value <= threshold);
                place = if goes_left { left } else { right };
            }
        }
    }

    /// The tree, cut where scikit-learn would not have split: a split has to decrease the impurity by
    /// `min_decrease`, in parts of all rows' weight.
    pub(super) fn tree(&self, n_classes: usize, criterion: Criterion, min_decrease: f64) -> Tree {
        let measured: Vec<(f64, f64)> = self
            .nodes
            .iter()
            .map(|node| {
                let total: f64 = node.class_weights.values().sum();
                let parts = node.class_weights.values().map(|weight| weight / total);
                (impurity(criterion, parts), total)
            })
            .collect();
        let of = |place: usize| measured.get(place).copied().unwrap_or_default();
        let (_, all) = of(0);
        let mut nodes: Vec<Node> = Vec::with_capacity(self.nodes.len());
        let mut waiting = vec![(0, None)];
        while let Some((place, parent)) = waiting.pop() {
            let Some(draft) = self.nodes.get(place) else {
                continue;
            };
            let (impurity, weight) = of(place);
            let here = nodes.len();
            if let Some(Node {
                split: Some(split), ..
            }) = parent.and_then(|parent: usize| nodes.get_mut(parent))
            {
                split.right = here;
            }
            let split = draft.split.filter(|(_, _, left, right)| {
                let (left_impurity, left_weight) = of(*left);
                let (right_impurity, right_weight) = of(*right);
                let children = left_weight * left_impurity + right_weight * right_impurity;
                let decrease = (weight * impurity - children) / all;
                decrease + EPSILON >= min_decrease
            });
            nodes.push(Node {
                split: split.map(|(feature, threshold, left, right)| Split {
                    feature,
                    threshold,
                    missing_go_to_left: of(left).1 > of(right).1,
                    left: here + 1,
                    right: 0,
                }),
                impurity,
                n_node_samples: draft.n_rows,
                weighted_n_node_samples: weight,
                class_weights: match split {
                    Some(_) => Vec::new(),
                    None => draft.class_weights.clone().into_iter().collect(),
                },
            });
            if let Some((_, _, left, right)) = split {
                waiting.push((right, Some(here)));
                waiting.push((left, None));
            }
        }
        Tree { nodes, n_classes }
    }
}

fn impurity(criterion: Criterion, parts: impl Iterator<Item = f64>) -> f64 {
    match criterion {
        Criterion::Gini => 1.0 - parts.map(|part| part * part).sum::<f64>(),
        Criterion::Entropy => -parts
            .filter(|part| *part > 0.0)
            .map(|part| part * part.log2())
            .sum::<f64>(),
    }
}
