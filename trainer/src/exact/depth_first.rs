//! Growing without a limit on leaves: large nodes one after another, each on all threads; then the
//! subtrees below them, each on one thread and on columns of its own that fit its cache.

use std::sync::Arc;

use rayon::prelude::*;

use crate::tree::Node;

use super::element::Element;
use super::grower::{Grower, Place};
use super::score::Scorer;

/// A subtree is grown by one thread from this many entries down, or from this share of all entries
/// for each thread.
const SUBTREE: usize = 1 << 18;
const SUBTREES_PER_THREAD: usize = 16;

/// All nodes in preorder.
pub(super) fn grow<E: Element, S: Scorer>(mut grower: Grower<'_, E, S>, root: Place) -> Vec<Node> {
    let threads = rayon::current_num_threads();
    let size = (root.size() / (threads * SUBTREES_PER_THREAD)).min(SUBTREE);
    let (top, subtrees) = run(&mut grower, root, size);
    let mut numbers = vec![
        0;
        if subtrees.is_empty() {
            0
        } else {
            grower.columns.n_rows
        }
    ];
    for (_, place) in &subtrees {
        let entries = &grower.columns.column(place.column)[place.start..place.end];
        for (number, &e) in entries.iter().enumerate() {
            numbers[grower.columns.layout.row(e)] = number as u32;
        }
    }
    let grown: Vec<Vec<Node>> = subtrees
        .par_iter()
        .with_max_len(1)
        .map(|(_, place)| {
            let (mut grower, root) = subtree(&grower, place, &numbers);
            run(&mut grower, root, 0).0
        })
        .collect();
    let at = subtrees.into_iter().map(|(at, _)| at);
    splice(top, at.zip(grown).collect())
}

/// Grows from `root` on; subtrees of at most `size` entries are left out and returned with the
/// index of the node that stands in for them.
fn run<E: Element, S: Scorer>(
    grower: &mut Grower<'_, E, S>,
    root: Place,
    size: usize,
) -> (Vec<Node>, Vec<(usize, Place)>) {
    let (mut nodes, mut left_out) = (Vec::<Node>::new(), Vec::new());
    // Nodes to come, each with the parent whose right child it is.
    let mut pending = vec![(root, None)];
    while let Some((place, parent)) = pending.pop() {
        let index = nodes.len();
        if let Some(split) = parent.and_then(|parent: usize| nodes[parent].split.as_mut()) {
            split.right = index;
        }
        if place.is_leaf {
            nodes.push(grower.leaf(&place));
            grower.plan.settled(place.n_rows());
        } else if place.size() <= size {
            nodes.push(grower.node(&place));
            left_out.push((index, place));
        } else if let Some(choice) = grower.choose(&place) {
            let mut node = grower.node(&place);
            let mut split = grower.split(&place, &choice);
            split.left = index + 1;
            node.split = Some(split);
            nodes.push(node);
            let (left, right) = grower.part(&place, choice, false);
            pending.push((right, Some(index)));
            pending.push((left, None));
        } else {
            nodes.push(grower.leaf(&place));
            grower.plan.settled(place.n_rows());
        }
    }
    (nodes, left_out)
}

/// A grower for one node's subtree only, and the node in its terms.
fn subtree<'a, E: Element, S: Scorer>(
    parent: &Grower<'a, E, S>,
    place: &Place,
    numbers: &[u32],
) -> (Grower<'a, E, S>, Place) {
    let entries = &parent.columns.column(place.column)[place.start..place.end];
    let rows = || entries.iter().map(|&e| parent.columns.layout.row(e));
    let row_of = |row: usize| parent.rows.get(row).map_or(row as u32, |&row| row);
    let feature_of = |column: u32| {
        parent
            .feature_of
            .get(column as usize)
            .map_or(column, |&f| f)
    };
    let weights = match parent.weights.is_empty() {
        true => Vec::new(),
        false => rows().map(|row| parent.weights[row]).collect(),
    };
    let grower = Grower::new(
        parent.plan,
        parent
            .columns
            .part(&place.features, place.start, place.end, numbers),
        rows().map(row_of).collect(),
        weights,
        place
            .features
            .iter()
            .map(|&column| feature_of(column))
            .collect(),
    );
    let column = place
        .features
        .binary_search(&place.column)
        .unwrap_or_default() as u32;
    let root = Place {
        start: 0,
        end: place.n_rows(),
        column,
        features: (0..place.features.len() as u32).collect::<Arc<[u32]>>(),
        ..place.clone()
    };
    (grower, root)
}

/// Puts subtrees in the places of the nodes that stand in for them, which are ascending.
fn splice(top: Vec<Node>, subtrees: Vec<(usize, Vec<Node>)>) -> Vec<Node> {
    // By node of the top: its index in the result.
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
