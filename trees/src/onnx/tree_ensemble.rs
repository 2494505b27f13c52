//! `TreeEnsemble` of ai.onnx.ml 5: branches and leaves in lists of their own, children by position.

use super::LoadError;
use super::attributes::Attributes;
use super::ensemble::n_targets;
use super::error::{invalid, unsupported};
use super::file::Node as Operator;
use super::nodes::feature;
use crate::finish::{Finish, Rule, Transform};
use crate::forest::{Aggregate, Leaf, Linked, Mode, Node, Weight};
use crate::number::Number;
use crate::scorer::Ensemble;

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
pub(super) fn read<T: Number>(node: &Operator<'_>) -> Result<Ensemble<T>, LoadError> {
    let attributes = Attributes::read(node, &KNOWN)?;
    let n_targets = n_targets(&attributes)?;
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
    let finish = Finish {
        rule,
        aggregate,
        transform: Transform::None,
        base: Vec::new(),
    };
    Ensemble::new(linked, finish, &node.place)
}

/// Branches first, at their positions in the file, then the leaves, then what the sets unroll to.
fn linked<T: Number>(
    attributes: &Attributes<'_>,
    n_targets: usize,
) -> Result<Linked<T>, LoadError> {
    let modes = modes(attributes)?;
    let n = modes.len();
    let same_length = |name: &str, found: usize| match found == n {
        true => Ok(()),
        false => invalid!(
            "{}: found {found} entries, nodes_modes has {n}",
            attributes.place(name)
        ),
    };
    let ints = |name: &str| -> Result<Vec<i64>, LoadError> {
        let values = attributes.ints(name)?;
        same_length(name, values.len())?;
        Ok(values)
    };
    let features = ints("nodes_featureids")?;
    let (true_ids, true_leafs) = (ints("nodes_truenodeids")?, ints("nodes_trueleafs")?);
    let (false_ids, false_leafs) = (ints("nodes_falsenodeids")?, ints("nodes_falseleafs")?);
    let splits = tensor::<T>(attributes, "nodes_splits")?;
    same_length("nodes_splits", splits.len())?;
    let missing_true = attributes.ints("nodes_missing_value_tracks_true")?;
    let weights = weights::<T>(attributes, n_targets)?;
    let n_leaves = weights.len();
    if n + n_leaves > u32::MAX as usize / 2 {
        return unsupported!(
            "{}: found too many nodes ({n})",
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
            mode: match modes[i] {
                FileMode::Compare(mode) => mode,
                FileMode::Member => Mode::Eq,
            },
            missing_true: missing_true.get(i) == Some(&1),
            feature: feature(features[i], || {
                format!("{}[{i}]", attributes.place("nodes_featureids"))
            })?,
            value: splits[i],
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
    unroll_sets(
        &mut nodes,
        &modes,
        &tensor_or_none::<T>(attributes, "membership_values")?,
        attributes,
    )?;
    let roots = roots(attributes, n)?;
    Ok(Linked {
        nodes,
        roots,
        weights,
    })
}

fn modes(attributes: &Attributes<'_>) -> Result<Vec<FileMode>, LoadError> {
    let place = attributes.place("nodes_modes");
    let Some(tensor) = attributes.tensor("nodes_modes")? else {
        return invalid!("{place}: the attribute is missing");
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
    match modes.is_empty() {
        true => invalid!("{place}: found 0 nodes, at least 1 is needed"),
        false => Ok(modes),
    }
}

/// One weight a leaf, its position the leaf's.
fn weights<T: Number>(
    attributes: &Attributes<'_>,
    n_targets: usize,
) -> Result<Vec<Weight<T>>, LoadError> {
    let values = tensor::<T>(attributes, "leaf_weights")?;
    let targets = attributes.ints("leaf_targetids")?;
    if values.len() != targets.len() {
        return invalid!(
            "{}: found {} entries, leaf_weights has {}",
            attributes.place("leaf_targetids"),
            targets.len(),
            values.len()
        );
    }
    let weights = values
        .into_iter()
        .zip(targets)
        .enumerate()
        .map(
            |(i, (value, target))| match (0..n_targets as i64).contains(&target) {
                true => Ok(Weight {
                    target: target as u32,
                    value,
                }),
                false => invalid!(
                    "{}[{i}]: found {target}, allowed are 0 to {}",
                    attributes.place("leaf_targetids"),
                    n_targets - 1
                ),
            },
        );
    weights.collect()
}

fn roots(attributes: &Attributes<'_>, n: usize) -> Result<Vec<u32>, LoadError> {
    let roots = attributes.ints("tree_roots")?;
    if roots.is_empty() {
        return invalid!(
            "{}: found 0 trees, at least 1 is needed",
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

/// Turns each membership test into a chain of equality tests that share their true child. The sets
/// stand one after the other in the order of the nodes that use them, with a NaN behind each (behind
/// the last it may be left out). onnxruntime 1.31.1 takes some fractions (2.5 for 2) for members of such
/// sets; this follows the specification.
fn unroll_sets<T: Number>(
    nodes: &mut Vec<Node<T>>,
    modes: &[FileMode],
    members: &[T],
    attributes: &Attributes<'_>,
) -> Result<(), LoadError> {
    let place = attributes.place("membership_values");
    let needed = modes
        .iter()
        .filter(|mode| matches!(mode, FileMode::Member))
        .count();
    let mut sets = members.split(|value| value.is_missing());
    let found = sets.clone().count();
    let ends_in_nan = members.last().is_none_or(|last| last.is_missing());
    let found = found - usize::from(ends_in_nan);
    if found != needed {
        return invalid!("{place}: found {found} sets, {needed} nodes test membership");
    }
    nodes.reserve_exact(members.len());
    for (i, _) in modes
        .iter()
        .enumerate()
        .filter(|(_, mode)| matches!(mode, FileMode::Member))
    {
        let set = sets.next().unwrap_or(&[]);
        let mut position = i;
        // An empty set: nothing equals NaN.
        let first = set.first().copied().unwrap_or(T::NAN);
        if let Some(Node::Branch { value, .. }) = nodes.get_mut(i) {
            *value = first;
        }
        for member in set.iter().skip(1) {
            let next = nodes.len() as u32;
            let Some(Node::Branch { false_child, .. }) = nodes.get_mut(position) else {
                break;
            };
            let last_child = std::mem::replace(false_child, next);
            let Some(Node::Branch {
                mode,
                missing_true,
                feature,
                true_child,
                ..
            }) = nodes.get(position).copied()
            else {
                break;
            };
            let (value, false_child) = (*member, last_child);
            let node = Node::Branch {
                mode,
                missing_true,
                feature,
                value,
                true_child,
                false_child,
            };
            position = nodes.len();
            nodes.push(node);
        }
    }
    Ok(())
}

/// A tensor of the ensemble's own type.
fn tensor<T: Number>(attributes: &Attributes<'_>, name: &str) -> Result<Vec<T>, LoadError> {
    if !attributes.has(name) {
        return invalid!("{}: the attribute is missing", attributes.place(name));
    }
    tensor_or_none(attributes, name)
}

fn tensor_or_none<T: Number>(attributes: &Attributes<'_>, name: &str) -> Result<Vec<T>, LoadError> {
    let Some(tensor) = attributes.tensor(name)? else {
        return Ok(Vec::new());
    };
    let place = attributes.place(name);
    Ok(if T::IS_DOUBLE {
        tensor
            .doubles(&place)?
            .into_iter()
            .map(T::from_f64)
            .collect()
    } else {
        tensor
            .floats(&place)?
            .into_iter()
            .map(T::from_f32)
            .collect()
    })
}
