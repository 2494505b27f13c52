//! Growing with a limit on leaves: always the split that lowers the tree's impurity most.
//!
//! Of equal improvements the node that was reached first is split first, a left child being reached
//! before its sibling. Improvements are equal that are the same multiple of 2^-44, rounded: two ways
//! to compute the same number may differ in a double's last bits.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::tree::Node;

use super::element::Element;
use super::grower::{Choice, Grower, Place};
use super::score::Scorer;

/// Steps that improvements are compared in.
const STEPS: f64 = (1u64 << 44) as f64;

/// A node that can be split.
struct Open {
    /// In steps of 2^-44.
    improvement: i64,
    index: usize,
    place: Place,
    choice: Choice,
}

impl Ord for Open {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_improvement = self.improvement.cmp(&other.improvement);
        by_improvement.then(Reverse(self.index).cmp(&Reverse(other.index)))
    }
}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Open {}

/// All nodes in preorder, at most `max_leaf_nodes` of them leaves.
pub(super) fn grow<E: Element, S: Scorer>(
    mut grower: Grower<'_, E, S>,
    root: Place,
    max_leaf_nodes: usize,
) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut open = BinaryHeap::new();
    let mut splits_left = max_leaf_nodes.saturating_sub(1);
    reach(&mut grower, root, &mut nodes, &mut open, splits_left > 0);
    while splits_left > 0
        && let Some(Open {
            index,
            place,
            choice,
            ..
        }) = open.pop()
    {
        splits_left -= 1;
        let mut split = grower.split(&place, &choice);
        let (left, right) = grower.part(&place, choice, splits_left == 0);
        split.left = nodes.len();
        reach(&mut grower, left, &mut nodes, &mut open, splits_left > 0);
        split.right = nodes.len();
        reach(&mut grower, right, &mut nodes, &mut open, splits_left > 0);
        let node: &mut Node = &mut nodes[index];
        node.split = Some(split);
        node.class_weights.clear();
    }
    preorder(nodes)
}

/// Adds a node, as a leaf for now, and opens it if it can be split.
fn reach<E: Element, S: Scorer>(
    grower: &mut Grower<'_, E, S>,
    place: Place,
    nodes: &mut Vec<Node>,
    open: &mut BinaryHeap<Open>,
    may_split: bool,
) {
    let index = nodes.len();
    nodes.push(grower.leaf(&place));
    if place.is_leaf || !may_split {
        return;
    }
    if let Some(choice) = grower.choose(&place) {
        open.push(Open {
            improvement: (choice.improvement * STEPS).round() as i64,
            index,
            place,
            choice,
        });
    }
}

/// Renumbers nodes, whose root is the first, in preorder.
fn preorder(nodes: Vec<Node>) -> Vec<Node> {
    let mut old: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
    let mut nodes = Vec::<Node>::with_capacity(old.len());
    let mut pending = vec![(0, None)];
    while let Some((at, parent)) = pending.pop() {
        let index = nodes.len();
        if let Some(split) = parent.and_then(|parent: usize| nodes[parent].split.as_mut()) {
            split.right = index;
        }
        let Some(mut node) = old.get_mut(at).and_then(Option::take) else {
            continue;
        };
        if let Some(split) = &mut node.split {
            pending.push((split.right, Some(index)));
            pending.push((split.left, None));
            split.left = index + 1;
        }
        nodes.push(node);
    }
    nodes
}
