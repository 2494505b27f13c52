//! Growing without a limit on leaves: large nodes one after another, each on all threads; then the
//! subtrees below them, each on one thread and on columns of its own that fit the thread's cache.

use std::sync::Arc;

use rayon::prelude::*;

use super::{
    criterion::Criterion,
    element::Element,
    grower::{Grower, OpenNode},
};
use crate::{Node, tree::preorder};

/// Most entries of a subtree that one thread grows alone.
const SUBTREE: usize = 1 << 18;
/// A subtree is also small enough to leave this many of its size to each thread.
const SUBTREES_PER_THREAD: usize = 16;

/// All nodes in preorder.
pub(super) fn grow<E: Element, C: Criterion>(
    mut grower: Grower<'_, E, C>,
    root: OpenNode,
) -> Vec<Node> {
    let threads = rayon::current_num_threads();
    let size = (root.size() / (threads * SUBTREES_PER_THREAD)).min(SUBTREE);
    let (top, subtrees) = run(&mut grower, root, size);
    // By row: its number within its subtree.
    let mut numbers = Vec::new();
    if !subtrees.is_empty() {
        numbers.resize(grower.columns.n_rows, 0);
    }
    for (_, root) in &subtrees {
        let entries = &grower.columns.column(root.column)[root.start..root.end];
        for (number, &e) in entries.iter().enumerate() {
            numbers[grower.columns.layout.row(e)] = number as u32;
        }
    }
    let grown: Vec<Vec<Node>> = subtrees
        .par_iter()
        .with_max_len(1)
        .map(|(_, root)| {
            let (mut grower, root) = subtree(&grower, root, &numbers);
            run(&mut grower, root, 0).0
        })
        .collect();
    let at = subtrees.into_iter().map(|(at, _)| at);
    splice(top, at.zip(grown).collect())
}

/// Grows from `root` on. Subtrees of at most `size` entries are left out; they are returned with the index
/// of the node that stands in for them.
fn run<E: Element, C: Criterion>(
    grower: &mut Grower<'_, E, C>,
    root: OpenNode,
    size: usize,
) -> (Vec<Node>, Vec<(usize, OpenNode)>) {
    let mut left_out = Vec::new();
    let nodes = preorder(root, |index, open: OpenNode| {
        if open.size() <= size && !open.is_leaf {
            let stand_in = grower.node(&open);
            left_out.push((index, open));
            return (stand_in, None);
        }
        let choice = if open.is_leaf {
            None
        } else {
            grower.choose(&open)
        };
        let Some(choice) = choice else {
            grower.plan.settled(open.n_rows());
            return (grower.leaf(&open), None);
        };
        let mut branch = grower.leaf(&open);
        branch.branch(grower.split(&open, &choice));
        let (left, right) = grower.part(&open, choice, false);
        (branch, Some([left, right]))
    });
    (nodes, left_out)
}

/// A grower with columns of its own for the subtree of `node`, and the node as that grower numbers it.
fn subtree<'a, E: Element, C: Criterion>(
    parent: &Grower<'a, E, C>,
    node: &OpenNode,
    numbers: &[u32],
) -> (Grower<'a, E, C>, OpenNode) {
    let entries = &parent.columns.column(node.column)[node.start..node.end];
    let rows = || entries.iter().map(|&e| parent.columns.layout.row(e));
    let row_of = |row: usize| parent.row_of(row);
    let feature_of = |column: u32| parent.feature_of(column);
    let weights = if parent.weights.is_empty() {
        Vec::new()
    } else {
        rows().map(|row| parent.weights[row]).collect()
    };
    let targets = if parent.numbers.is_empty() {
        Vec::new()
    } else {
        rows().map(|row| parent.numbers[row]).collect()
    };
    let grower = Grower::new(
        parent.plan,
        parent
            .columns
            .part(&node.features, node.start, node.end, numbers),
        rows().map(row_of).collect(),
        weights,
        targets,
        node.features
            .iter()
            .map(|&column| feature_of(column))
            .collect(),
    );
    let Ok(column) = node.features.binary_search(&node.column) else {
        unreachable!("a node's rows are found in one of the columns that varied in its parent");
    };
    let root = OpenNode {
        start: 0,
        end: node.n_rows(),
        column: column as u32,
        features: (0..node.features.len() as u32).collect::<Arc<[u32]>>(),
        ..node.clone()
    };
    (grower, root)
}

/// Replaces the nodes that stand in for subtrees, whose indices ascend, by the subtrees.
fn splice(top: Vec<Node>, subtrees: Vec<(usize, Vec<Node>)>) -> Vec<Node> {
    // By node of `top`: its index in the result.
    let mut index_of = Vec::with_capacity(top.len());
    let mut sizes = subtrees
        .iter()
        .map(|(at, nodes)| (*at, nodes.len()))
        .peekable();
    let mut next = 0;
    for at in 0..top.len() {
        index_of.push(next);
        next += sizes
            .next_if(|(start, _)| *start == at)
            .map_or(1, |(_, size)| size);
    }
    let mut nodes = Vec::with_capacity(next);
    let mut subtrees = subtrees.into_iter().peekable();
    for (at, mut node) in top.into_iter().enumerate() {
        if let Some((_, subtree)) = subtrees.next_if(|(start, _)| *start == at) {
            let base = index_of[at];
            nodes.extend(subtree.into_iter().map(|mut node| {
                if let Some(split) = &mut node.split {
                    split.left += base;
                    split.right += base;
                }
                node
            }));
            continue;
        }
        if let Some(split) = &mut node.split {
            split.left = index_of[split.left];
            split.right = index_of[split.right];
        }
        nodes.push(node);
    }
    nodes
}
