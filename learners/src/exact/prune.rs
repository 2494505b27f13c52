//! Minimal cost-complexity pruning (Breiman, Friedman, Olshen, Stone: Classification and Regression
//! Trees, chapter 3), as scikit-learn's `ccp_alpha`.
//!
//! A branch is cut if the impurity that it saves is at most `ccp_alpha` for each leaf that it adds.
//! Deciding from the leaves up, with each branch already pruned below, gives the same tree as cutting the
//! weakest link again and again, in linear time.

use crate::{Node, Targets, tree::preorder};

/// Impurities that differ by less than this share are equal, because sums are rounded.
const SAME: f64 = 1e-12;

/// Prunes nodes in preorder; the result is in preorder too.
pub(super) fn prune(mut nodes: Vec<Node>, ccp_alpha: f64) -> Vec<Node> {
    let total = nodes[0].weighted_n_node_samples;
    // By node: the impurity of its leaves, weighted by their share; the number of its leaves; the end of
    // its subtree; whether it becomes a leaf.
    let mut risk = vec![0.0; nodes.len()];
    let mut leaves = vec![1usize; nodes.len()];
    let mut end: Vec<usize> = (1..=nodes.len()).collect();
    let mut is_cut = vec![false; nodes.len()];
    for (at, node) in nodes.iter().enumerate().rev() {
        let own = node.risk() / total;
        risk[at] = own;
        let Some(split) = &node.split else { continue };
        let below = risk[split.left] + risk[split.right];
        let n_leaves = leaves[split.left] + leaves[split.right];
        end[at] = end[split.right];
        is_cut[at] = own - below <= ccp_alpha * (n_leaves - 1) as f64 + SAME * own;
        if !is_cut[at] {
            (risk[at], leaves[at]) = (below, n_leaves);
        }
    }
    preorder(0, |_, at: usize| {
        let mut node = nodes[at].take();
        if is_cut[at] {
            node.split = None;
            // A branch knows the mean of its numbers, but not the weights of its classes.
            if let Targets::Classes(weights) = &mut node.targets {
                *weights = class_weights(&nodes[at..end[at]]);
            }
        }
        let children = node.split.map(|split| [split.left, split.right]);
        (node, children)
    })
}

/// The leaves' weights by class, summed.
fn class_weights(subtree: &[Node]) -> Vec<(u32, f64)> {
    let mut all: Vec<(u32, f64)> = subtree
        .iter()
        .flat_map(|node| node.class_weights().iter().copied())
        .collect();
    all.sort_by_key(|(class, _)| *class);
    all.dedup_by(|next, sum| {
        let same = next.0 == sum.0;
        if same {
            sum.1 += next.1;
        }
        same
    });
    all
}
