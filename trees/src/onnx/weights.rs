//! The `class_*` and `target_*` attributes: what each leaf adds to which class or target.

use super::LoadError;
use super::attributes::Attributes;
use super::ensemble::numbers;
use super::error::{invalid, unsupported};
use super::nodes::Nodes;
use crate::forest::{Leaf, Weight};
use crate::number::Number;

/// All leaves' weights, a leaf's own beside each other in the order of the file.
pub(super) struct Weights<T> {
    pub(super) weights: Vec<Weight<T>>,
    /// For each node where its weights are.
    pub(super) leaves: Vec<Leaf>,
    /// Whether no weight of the file is below 0.
    pub(super) non_negative: bool,
    /// Whether any weight of the file names target 0, and 1.
    named: [bool; 2],
}

impl<T> Weights<T> {
    pub(super) fn targets_named(&self) -> [bool; 2] {
        self.named
    }
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
    let values = numbers::<T>(attributes, &name("weights"))?;
    let n = values.len();
    if n == 0 || n > u32::MAX as usize / 2 {
        return invalid!(
            "{}: found {n} weights, at least 1 is needed",
            attributes.place(&name("weights"))
        );
    }
    for (rest, found) in [
        ("treeids", tree_ids.len()),
        ("nodeids", node_ids.len()),
        ("ids", targets.len()),
    ] {
        if found != n {
            return invalid!(
                "{}: found {found} entries, {prefix}_weights has {n}",
                attributes.place(&name(rest))
            );
        }
    }

    // Counting sort by node: first the number of weights of each leaf, then each to its place.
    let mut places = Vec::with_capacity(n);
    let mut leaves = vec![Leaf { start: 0, end: 0 }; nodes.len()];
    let mut named = [false; 2];
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
        if let Some(named) = named.get_mut(targets[i] as usize) {
            *named = true;
        }
        // A weight of a branch has no meaning; exporters write some.
        if nodes.is_leaf(position) {
            leaves[position as usize].end += 1;
        }
        near = position as usize;
        places.push(position);
    }
    let mut start = 0;
    for (position, leaf) in leaves.iter_mut().enumerate() {
        let count = leaf.end;
        // onnxruntime takes the first and drops the others, the specification says to add them.
        if n_targets == 1 && count > 1 {
            return unsupported!(
                "{}: the leaf at position {position} has {count} weights for the only target, at \
                 most 1 is supported",
                attributes.place(&name("nodeids"))
            );
        }
        *leaf = Leaf { start, end: start };
        start += count;
    }
    let mut weights = vec![
        Weight {
            target: 0,
            value: T::ZERO
        };
        start as usize
    ];
    for (i, position) in places.into_iter().enumerate() {
        if nodes.is_leaf(position) {
            let leaf = &mut leaves[position as usize];
            weights[leaf.end as usize] = Weight {
                target: targets[i] as u32,
                value: values[i],
            };
            leaf.end += 1;
        }
    }
    let non_negative = !values.iter().any(|value| *value < T::ZERO);
    Ok(Weights {
        weights,
        leaves,
        non_negative,
        named,
    })
}
