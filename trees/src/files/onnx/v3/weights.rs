//! The `class_*` and `target_*` attributes: what each leaf adds to which class or target.

use super::{
    super::{
        LoadError,
        attributes::Attributes,
        error::{invalid, unsupported},
    },
    nodes::Nodes,
};
use crate::{
    forest::{Leaf, Linked, Node, Weight},
    number::Number,
};

/// Most weights: positions are 32 bits wide.
const MAX_WEIGHTS: usize = u32::MAX as usize / 2;

/// All leaves' weights. Those of one leaf are adjacent, in the order of the file.
pub(super) struct Weights<T> {
    weights: Vec<Weight<T>>,
    /// For each node the range of its weights.
    leaves: Vec<Leaf>,
    /// Whether no weight of the file is below 0.
    pub(super) non_negative: bool,
    /// Whether any weight of the file is for target 0, and for target 1.
    pub(super) touched: [bool; 2],
}

/// Reads the four lists whose names start with `prefix`.
pub(super) fn read<T: Number>(
    attributes: &Attributes<'_>,
    prefix: &str,
    n_targets: usize,
    nodes: &Nodes<T>,
) -> Result<Weights<T>, LoadError> {
    let name = |rest: &str| format!("{prefix}_{rest}");
    let tree_ids = attributes.ints(&name("treeids"))?;
    let node_ids = attributes.ints(&name("nodeids"))?;
    let targets = attributes.ints(&name("ids"))?;
    let values = attributes.numbers::<T>(&name("weights"))?;
    let n = values.len();
    if !(1..=MAX_WEIGHTS).contains(&n) {
        return invalid!(
            "{}: found {n} weights, allowed are 1 to {MAX_WEIGHTS}",
            attributes.place(&name("weights"))
        );
    }
    for (rest, found) in [
        ("treeids", tree_ids.len()),
        ("nodeids", node_ids.len()),
        ("ids", targets.len()),
    ] {
        attributes.same_length((&name(rest), found), (&name("weights"), n))?;
    }

    // Counting sort by node: first the number of weights of each leaf, then each weight to its place.
    let mut positions = Vec::with_capacity(n);
    let mut leaves = vec![Leaf { start: 0, end: 0 }; nodes.nodes.len()];
    let mut touched = [false; 2];
    let mut near = 0;
    for i in 0..n {
        let Some(position) = nodes.keys.position(tree_ids[i], node_ids[i], near) else {
            return invalid!(
                "{}[{i}]: found node {} of tree {}, there is no such node",
                attributes.place(&name("nodeids")),
                node_ids[i],
                tree_ids[i]
            );
        };
        if !(0..n_targets as i64).contains(&targets[i]) {
            return invalid!(
                "{}[{i}]: found {}, allowed are 0 to {}",
                attributes.place(&name("ids")),
                targets[i],
                n_targets - 1
            );
        }
        if let Some(touched) = touched.get_mut(targets[i] as usize) {
            *touched = true;
        }
        near = position as usize;
        // A weight of a branch has no meaning; exporters write some.
        if is_leaf(nodes, near) {
            leaves[near].end += 1;
        }
        positions.push(near);
    }
    let mut start = 0;
    for (position, leaf) in leaves.iter_mut().enumerate() {
        let count = leaf.end;
        // onnxruntime takes the first weight and drops the others, the specification says to add them.
        if n_targets == 1 && count > 1 {
            return unsupported!(
                "{}: found {count} weights for the only target of the leaf at position {position}, \
                 supported is 1",
                attributes.place(&name("nodeids"))
            );
        }
        *leaf = Leaf { start, end: start };
        start += count;
    }
    let none = Weight {
        target: 0,
        value: T::ZERO,
    };
    let mut weights = vec![none; start as usize];
    for (i, position) in positions.into_iter().enumerate() {
        if is_leaf(nodes, position) {
            let leaf = &mut leaves[position];
            weights[leaf.end as usize] = Weight {
                target: targets[i] as u32,
                value: values[i],
            };
            leaf.end += 1;
        }
    }
    Ok(Weights {
        weights,
        leaves,
        non_negative: !values.iter().any(|value| *value < T::ZERO),
        touched,
    })
}

fn is_leaf<T>(nodes: &Nodes<T>, position: usize) -> bool {
    matches!(nodes.nodes[position], Node::Leaf(_))
}

impl<T: Number> Weights<T> {
    /// Gives every leaf its weights. `nodes` are those that [`read`] was given.
    pub(super) fn link(self, nodes: Nodes<T>) -> Linked<T> {
        let Nodes {
            mut nodes,
            roots,
            covers,
            ..
        } = nodes;
        for (node, weights) in nodes.iter_mut().zip(self.leaves) {
            if let Node::Leaf(leaf) = node {
                *leaf = weights;
            }
        }
        Linked {
            nodes,
            roots,
            weights: self.weights,
            sets: Vec::new(),
            covers,
        }
    }
}
