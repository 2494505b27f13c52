//! `TreeEnsemble` of ai.onnx.ml 5: branches and leaves in lists of their own, children by position.

mod sets;

use super::{
    LoadError,
    attributes::Attributes,
    ensemble::ensemble,
    error::{invalid, unsupported},
    file::Operator,
};
use crate::{
    ensemble::Ensemble,
    forest::{Aggregate, Leaf, Linked, Missing, Mode, Node, Test, Weight},
    number::Number,
    post_processing::{PostProcessing, Rule, Transform},
};

/// Most branches and leaves: positions are 32 bits wide.
const MAX_NODES: usize = u32::MAX as usize / 2;

const KNOWN: [&str; 16] = [
    "aggregate_function",
    "leaf_targetids",
    "leaf_weights",
    "membership_values",
    "n_targets",
    "nodes_falseleafs",
    "nodes_falsenodeids",
    "nodes_featureids",
    "nodes_hitrates",
    "nodes_missing_value_tracks_true",
    "nodes_modes",
    "nodes_splits",
    "nodes_trueleafs",
    "nodes_truenodeids",
    "post_transform",
    "tree_roots",
];

/// A branch's mode as the file has it: one of the comparisons, or membership in the next set.
#[derive(Clone, Copy)]
enum FileMode {
    Compare(Mode),
    Member,
}

/// Reads the operator. It compares, sums and answers in `T`.
pub(super) fn read<T: Number>(operator: &Operator<'_>) -> Result<Ensemble<T>, LoadError> {
    let attributes = Attributes::read(operator, &KNOWN)?;
    let n_targets = attributes.n_targets()?;
    let aggregate = match attributes.int("aggregate_function")?.unwrap_or(1) {
        0 => Aggregate::Average,
        1 => Aggregate::Sum,
        2 => Aggregate::Min,
        3 => Aggregate::Max,
        other => {
            return invalid!(
                "{}: found {other}, allowed are 0 to 3",
                attributes.place("aggregate_function")
            );
        }
    };
    // onnxruntime and the specification number the transforms differently.
    let transform = attributes.int("post_transform")?.unwrap_or(0);
    if transform != 0 {
        return unsupported!(
            "{}: found {transform}, supported is 0 (NONE)",
            attributes.place("post_transform")
        );
    }
    let linked = linked::<T>(&attributes, n_targets)?;
    let rule = Rule::Targets(n_targets);
    let post = PostProcessing {
        rule,
        aggregate,
        transform: Transform::None,
        base: Vec::new(),
    };
    ensemble(operator, linked, post)
}

/// Branches first, at their positions in the file, then the leaves, then what the sets unroll to.
fn linked<T: Number>(
    attributes: &Attributes<'_>,
    n_targets: usize,
) -> Result<Linked<T>, LoadError> {
    let modes = modes(attributes)?;
    let n = modes.len();
    let same_length = |name: &str, found| attributes.same_length((name, found), ("nodes_modes", n));
    let ints = |name: &str| -> Result<Vec<i64>, LoadError> {
        let values = attributes.ints(name)?;
        same_length(name, values.len())?;
        Ok(values)
    };
    let features = ints("nodes_featureids")?;
    let (true_ids, true_leafs) = (ints("nodes_truenodeids")?, ints("nodes_trueleafs")?);
    let (false_ids, false_leafs) = (ints("nodes_falsenodeids")?, ints("nodes_falseleafs")?);
    let splits = required::<T>(attributes, "nodes_splits")?;
    same_length("nodes_splits", splits.len())?;
    let missing_true = attributes.ints("nodes_missing_value_tracks_true")?;
    let weights = weights::<T>(attributes, n_targets)?;
    let n_leaves = weights.len();
    if n + n_leaves > MAX_NODES {
        return unsupported!(
            "{}: found {n} nodes and {n_leaves} leaves, supported are up to {MAX_NODES}",
            attributes.place("nodes_modes")
        );
    }

    let child = |name: &str, i: usize, id: i64, is_leaf: i64| {
        let (count, first) = if is_leaf == 0 { (n, 0) } else { (n_leaves, n) };
        match usize::try_from(id) {
            Ok(id) if id < count => Ok((first + id) as u32),
            _ => invalid!(
                "{}[{i}]: found child {id}, allowed are 0 to {}",
                attributes.place(name),
                count as i64 - 1
            ),
        }
    };
    let mut nodes = Vec::with_capacity(n + n_leaves);
    for i in 0..n {
        nodes.push(Node::Branch {
            test: match modes[i] {
                FileMode::Compare(mode) => Test::Compare(mode, splits[i]),
                FileMode::Member => Test::Compare(Mode::Eq, splits[i]),
            },
            missing: Missing::Nan,
            missing_true: missing_true.get(i) == Some(&1),
            feature: attributes.feature(features[i], i)?,
            true_child: child("nodes_truenodeids", i, true_ids[i], true_leafs[i])?,
            false_child: child("nodes_falsenodeids", i, false_ids[i], false_leafs[i])?,
        });
    }
    nodes.extend((0..n_leaves as u32).map(|i| {
        Node::Leaf(Leaf {
            start: i,
            end: i + 1,
        })
    }));
    let tests = (0..n)
        .filter(|i| matches!(modes[*i], FileMode::Member))
        .collect::<Vec<_>>();
    sets::unroll(&mut nodes, &tests, attributes)?;
    let roots = roots(attributes, n)?;
    Ok(Linked {
        nodes,
        roots,
        weights,
        sets: Vec::new(),
        // The operator's hit rates are those of branches; leaves have none.
        covers: Vec::new(),
    })
}

fn modes(attributes: &Attributes<'_>) -> Result<Vec<FileMode>, LoadError> {
    let place = attributes.place("nodes_modes");
    let Some(tensor) = attributes.tensor("nodes_modes")? else {
        return attributes.missing("nodes_modes");
    };
    let modes = tensor
        .bytes(&place)?
        .into_iter()
        .enumerate()
        .map(|(i, mode)| {
            Ok(FileMode::Compare(match mode {
                0 => Mode::Leq,
                1 => Mode::Lt,
                2 => Mode::Gte,
                3 => Mode::Gt,
                4 => Mode::Eq,
                5 => Mode::Neq,
                6 => return Ok(FileMode::Member),
                other => return invalid!("{place}[{i}]: found {other}, allowed are 0 to 6"),
            }))
        });
    let modes = modes.collect::<Result<Vec<_>, _>>()?;
    if modes.is_empty() {
        return invalid!("{place}: found 0 nodes, allowed are 1 or more");
    }
    Ok(modes)
}

/// One weight a leaf, in the order of the leaves.
fn weights<T: Number>(
    attributes: &Attributes<'_>,
    n_targets: usize,
) -> Result<Vec<Weight<T>>, LoadError> {
    let values = required::<T>(attributes, "leaf_weights")?;
    let targets = attributes.ints("leaf_targetids")?;
    attributes.same_length(
        ("leaf_targetids", targets.len()),
        ("leaf_weights", values.len()),
    )?;
    let weights = values
        .into_iter()
        .zip(targets)
        .enumerate()
        .map(|(i, (value, target))| {
            if !(0..n_targets as i64).contains(&target) {
                return invalid!(
                    "{}[{i}]: found {target}, allowed are 0 to {}",
                    attributes.place("leaf_targetids"),
                    n_targets - 1
                );
            }
            Ok(Weight {
                target: target as u32,
                value,
            })
        });
    weights.collect()
}

fn roots(attributes: &Attributes<'_>, n: usize) -> Result<Vec<u32>, LoadError> {
    let roots = attributes.ints("tree_roots")?;
    if roots.is_empty() {
        return invalid!(
            "{}: found 0 trees, allowed are 1 or more",
            attributes.place("tree_roots")
        );
    }
    let roots = roots
        .into_iter()
        .enumerate()
        .map(|(i, root)| match usize::try_from(root) {
            Ok(position) if position < n => Ok(position as u32),
            _ => invalid!(
                "{}[{i}]: found node {root}, allowed are 0 to {}",
                attributes.place("tree_roots"),
                n - 1
            ),
        });
    roots.collect()
}

/// A tensor of the ensemble's own type that must be there.
fn required<T: Number>(attributes: &Attributes<'_>, name: &str) -> Result<Vec<T>, LoadError> {
    if !attributes.has(name) {
        return attributes.missing(name);
    }
    attributes.tensor_of(name)
}
