//! What a [`TreeModel`]'s fields promise.

use algorithm::{Features, Output};

use super::WriteError;
use crate::tree_model::{TreeModel, TreeNode};

/// # Errors
/// The first promise that is not kept.
pub(super) fn check(model: &TreeModel) -> Result<(), WriteError> {
    let refuse = |message: String| Err(WriteError(message));
    match &model.output {
        Output::Classes(labels) if labels.len() < 2 => {
            return refuse(format!(
                "found {} labels, allowed are 2 or more",
                labels.len()
            ));
        }
        Output::Targets(0) => return refuse("found 0 targets, allowed are 1 or more".into()),
        _ => {}
    }
    if model.features.is_empty() {
        return refuse("found 0 features, allowed are 1 or more".into());
    }
    if model
        .metadata
        .iter()
        .any(|(key, _)| key == Features::NAMES_KEY)
    {
        return refuse(format!(
            "metadata: the key {} is taken",
            Features::NAMES_KEY
        ));
    }
    if model.trees.is_empty() {
        return refuse("found 0 trees, allowed are 1 or more".into());
    }
    check_covers(model)?;
    for (number, nodes) in model.trees.iter().enumerate() {
        check_tree(model, nodes)
            .map_err(|WriteError(message)| WriteError(format!("tree {number}: {message}")))?;
    }
    Ok(())
}

fn check_covers(model: &TreeModel) -> Result<(), WriteError> {
    let n_nodes = model.trees.iter().map(Vec::len);
    let n_covers = model.covers.iter().map(Vec::len);
    if !model.covers.is_empty() && !n_nodes.eq(n_covers) {
        let message = "covers: found other numbers than one a node, allowed are that or none";
        return Err(WriteError(message.into()));
    }
    let is_cover = |cover: &f32| cover.is_finite() && *cover >= 0.0;
    match model.covers.iter().flatten().find(|cover| !is_cover(cover)) {
        Some(cover) => Err(WriteError(format!(
            "covers: found {cover}, allowed are finite numbers from 0 up"
        ))),
        None => Ok(()),
    }
}

fn check_tree(model: &TreeModel, nodes: &[TreeNode]) -> Result<(), WriteError> {
    let refuse = |message: String| Err(WriteError(message));
    let n = nodes.len();
    // Each node but the root is claimed by its one parent, which comes before it, so this is one tree.
    let mut claimed = vec![false; n];
    let Some(root) = claimed.first_mut() else {
        return refuse("found 0 nodes, allowed are 1 or more".into());
    };
    *root = true;
    for (id, node) in nodes.iter().enumerate() {
        if !claimed[id] {
            return refuse(format!("node {id}: no node before it has it as a child"));
        }
        match node {
            TreeNode::Split {
                feature,
                threshold,
                true_child,
                false_child,
                ..
            } => {
                if *feature as usize >= model.features.len() {
                    return refuse(format!(
                        "node {id}: found feature {feature}, allowed are 0 to {}",
                        model.features.len() - 1
                    ));
                }
                if threshold.is_nan() {
                    return refuse(format!(
                        "node {id}: found threshold NaN, allowed are numbers"
                    ));
                }
                for child in [*true_child as usize, *false_child as usize] {
                    if child <= id || claimed.get(child) != Some(&false) {
                        return refuse(format!(
                            "node {id}: found child {child}, allowed are {} to {} that are no other \
                             node's child",
                            id + 1,
                            n - 1
                        ));
                    }
                    claimed[child] = true;
                }
            }
            TreeNode::Leaf { values } => check_leaf(id, values, &model.output)?,
        }
    }
    Ok(())
}

fn check_leaf(id: usize, values: &[(u32, f32)], output: &Output) -> Result<(), WriteError> {
    let (kind, n) = match output {
        Output::Classes(labels) => ("classes", labels.len()),
        Output::Targets(n) => ("targets", *n),
    };
    let ascending = values.is_sorted_by(|a, b| a.0 < b.0);
    let in_range = values.last().is_none_or(|(last, _)| (*last as usize) < n);
    if !ascending || !in_range {
        return Err(WriteError(format!(
            "node {id}: found other {kind} than ascending ones, allowed are 0 to {}",
            n - 1
        )));
    }
    let mut numbers = values.iter().map(|(_, value)| *value);
    match output {
        Output::Classes(_) => {
            let is_probability = |value| (0.0..=1.0).contains(&value);
            if !numbers.clone().all(is_probability) || !numbers.any(|value| value > 0.0) {
                return Err(WriteError(format!(
                    "node {id}: found values that are no probabilities, allowed are 0 to 1, at \
                     least one of them above 0"
                )));
            }
        }
        Output::Targets(_) => {
            if let Some(value) = numbers.find(|value| !value.is_finite()) {
                return Err(WriteError(format!(
                    "node {id}: found value {value}, allowed are finite numbers"
                )));
            }
        }
    }
    Ok(())
}
