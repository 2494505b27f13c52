//! Growing with a limit on leaves: always the split that lowers the tree's impurity most.
//!
//! Of equal improvements the node that was reached first is split first; a left child is reached before
//! its sibling.

use super::{
    criterion::Criterion,
    element::Element,
    grower::{Choice, Grower, OpenNode},
};
use crate::{
    Node,
    tree::{BestFirst, preorder},
};

/// Nodes that can be split.
type Open = BestFirst<(OpenNode, Choice)>;

/// All nodes in preorder, at most `max_leaf_nodes` of them leaves.
pub(super) fn grow<E: Element, C: Criterion>(
    mut grower: Grower<'_, E, C>,
    root: OpenNode,
    max_leaf_nodes: usize,
) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut open = Open::new(root.impurity);
    let mut splits_left = max_leaf_nodes.saturating_sub(1);
    reach(&mut grower, root, &mut nodes, &mut open, splits_left > 0);
    while splits_left > 0
        && let Some((index, (node, choice))) = open.pop()
    {
        splits_left -= 1;
        let mut split = grower.split(&node, &choice);
        let (left, right) = grower.part(&node, choice, splits_left == 0);
        split.left = nodes.len();
        reach(&mut grower, left, &mut nodes, &mut open, splits_left > 0);
        split.right = nodes.len();
        reach(&mut grower, right, &mut nodes, &mut open, splits_left > 0);
        let node: &mut Node = &mut nodes[index];
        node.branch(split);
    }
    preorder(0, |_, reached: usize| {
        let node = nodes[reached].take();
        let children = node.split.map(|split| [split.left, split.right]);
        (node, children)
    })
}

/// Adds a node, as a leaf for now, and opens it if it can be split.
fn reach<E: Element, C: Criterion>(
    grower: &mut Grower<'_, E, C>,
    node: OpenNode,
    nodes: &mut Vec<Node>,
    open: &mut Open,
    may_split: bool,
) {
    let index = nodes.len();
    nodes.push(grower.leaf(&node));
    if node.is_leaf || !may_split {
        return;
    }
    if let Some(choice) = grower.choose(&node) {
        open.push(choice.improvement, index, (node, choice));
    }
}
