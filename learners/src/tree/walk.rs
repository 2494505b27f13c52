//! Walks through a tree.

use std::iter;

use super::{Node, Tree};

/// A node on a walk from the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// Index of the node.
    pub(crate) node: usize,
    /// Number of splits above it.
    pub(crate) level: usize,
    /// The node's parent, and on which side of it the node is.
    pub(crate) parent: Option<(usize, Side)>,
}

/// A side of a split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Rows at or below the threshold.
    Left,
    /// The others.
    Right,
}

impl Tree {
    /// The root and the nodes up to `levels` splits below it, in preorder.
    pub(crate) fn top(&self, levels: usize) -> impl Iterator<Item = Step> {
        let mut pending = vec![Step {
            node: 0,
            level: 0,
            parent: None,
        }];
        iter::from_fn(move || {
            let step = pending.pop()?;
            let split = self.nodes[step.node].split;
            if let Some(split) = split.filter(|_| step.level < levels) {
                let child = |node, side| Step {
                    node,
                    level: step.level + 1,
                    parent: Some((step.node, side)),
                };
                pending.push(child(split.right, Side::Right));
                pending.push(child(split.left, Side::Left));
            }
            Some(step)
        })
    }

    /// A node and all nodes below it.
    pub(crate) fn subtree(&self, node: usize) -> &[Node] {
        let mut last = node;
        while let Some(split) = self.nodes[last].split {
            last = split.right;
        }
        &self.nodes[node..=last]
    }

    /// Number of splits above the deepest leaf.
    pub fn depth(&self) -> usize {
        let mut depths = vec![0; self.nodes.len()];
        let mut deepest = 0;
        for (at, node) in self.nodes.iter().enumerate() {
            deepest = deepest.max(depths[at]);
            if let Some(split) = node.split {
                depths[split.left] = depths[at] + 1;
                depths[split.right] = depths[at] + 1;
            }
        }
        deepest
    }

    /// Number of leaves.
    pub fn n_leaves(&self) -> usize {
        // A branch has two children, so there is one leaf more than there are branches.
        self.nodes.len().div_ceil(2)
    }
}
