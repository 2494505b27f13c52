//! What a [`TreeModel`]'s fields promise.

use algorithm::{Features, Output};
use rayon::prelude::*;

use crate::{
    checks::{Branch, WriteError, check_keys, check_tree},
    files::{absent, onnx::forest_parts},
    tree_model::{NodeList, PostTransform, TreeModel, TreeNode},
};

/// # Errors
/// The first promise that is not kept.
pub(super) fn check<T: NodeList>(model: &TreeModel<T>) -> Result<(), WriteError> {
    let refuse = |message: String| Err(WriteError::new(message));
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
    check_post_transform(model)?;
    if model.features.is_empty() {
        return refuse("found 0 features, allowed are 1 or more".into());
    }
    check_keys(
        &model.metadata,
        &[Features::NAMES_KEY, absent::KEY, forest_parts::KEY],
    )?;
    if model.trees.is_empty() {
        return refuse("found 0 trees, allowed are 1 or more".into());
    }
    if let Some(part) = model.part
        && !(part.is_possible() && part.n_own_trees() == model.trees.len())
    {
        return refuse(format!("found {} trees in part {part}", model.trees.len()));
    }
    check_covers(model)?;
    let trees = model.trees.par_iter().enumerate();
    let checked = trees.map(|(number, tree)| {
        let branches = (0..tree.n_nodes()).map(|id| branch(&tree.node(id)));
        check_tree(model.features.len(), branches)
            .and_then(|()| check_leaves(model, tree))
            .map_err(|error| error.at(format!("tree {number}")))
    });
    checked.find_first(Result::is_err).unwrap_or(Ok(()))
}

fn check_post_transform<T>(model: &TreeModel<T>) -> Result<(), WriteError> {
    use PostTransform::{Average, Exp, Logistic, Margin, Softmax, Sum};
    let (kind, allowed) = match &model.output {
        Output::Classes(labels) if labels.len() == 2 => {
            ("two classes", &[Sum, Logistic, Margin, Softmax][..])
        }
        Output::Classes(_) => ("several classes", &[Sum, Softmax][..]),
        Output::Targets(_) => ("targets", &[Sum, Average, Exp, Logistic][..]),
    };
    let found = model.post_transform;
    if allowed.contains(&found) {
        return Ok(());
    }
    let allowed: Vec<String> = allowed.iter().map(|one| format!("{one:?}")).collect();
    let allowed = allowed.join(", ");
    Err(WriteError::new(format!(
        "post_transform: found {found:?}, allowed for {kind} are {allowed}"
    )))
}

fn check_covers<T: NodeList>(model: &TreeModel<T>) -> Result<(), WriteError> {
    let n_nodes = model.trees.iter().map(NodeList::n_nodes);
    let n_covers = model.covers.iter().map(Vec::len);
    if !model.covers.is_empty() && !n_nodes.eq(n_covers) {
        let message = "covers: found other numbers than one a node, allowed are that or none";
        return Err(WriteError::new(message));
    }
    let is_cover = |cover: &f32| cover.is_finite() && *cover >= 0.0;
    match model.covers.iter().flatten().find(|cover| !is_cover(cover)) {
        Some(cover) => Err(WriteError::new(format!(
            "covers: found {cover}, allowed are finite numbers from 0 up"
        ))),
        None => Ok(()),
    }
}

fn branch<V>(node: &TreeNode<V>) -> Option<Branch> {
    match node {
        TreeNode::Split {
            feature,
            threshold,
            true_child,
            false_child,
            ..
        } => Some(Branch {
            feature: *feature,
            threshold: *threshold,
            children: [*true_child, *false_child],
        }),
        TreeNode::Leaf { .. } => None,
    }
}

fn check_leaves<T: NodeList>(model: &TreeModel<T>, tree: &T) -> Result<(), WriteError> {
    for id in 0..tree.n_nodes() {
        if let TreeNode::Leaf { values } = tree.node(id) {
            check_leaf(model, values).map_err(|error| error.at(format!("node {id}")))?;
        }
    }
    Ok(())
}

fn check_leaf<T>(model: &TreeModel<T>, values: &[(u32, f32)]) -> Result<(), WriteError> {
    let n = model.n_sums();
    let is_classifier = matches!(model.output, Output::Classes(_));
    let kind = match n {
        1 => "sums",
        _ if is_classifier => "classes",
        _ => "targets",
    };
    let ascending = values.is_sorted_by(|a, b| a.0 < b.0);
    let in_range = values.last().is_none_or(|(last, _)| (*last as usize) < n);
    if !ascending || !in_range {
        return Err(WriteError::new(format!(
            "found other {kind} than ascending ones, allowed are 0 to {}",
            n - 1
        )));
    }
    let mut numbers = values.iter().map(|(_, value)| *value);
    if is_classifier && model.post_transform == PostTransform::Sum {
        let is_probability = |value| (0.0..=1.0).contains(&value);
        if !numbers.clone().all(is_probability) || !numbers.any(|value| value > 0.0) {
            return Err(WriteError::new(
                "found values that are no probabilities, allowed are 0 to 1, at least one of them above 0",
            ));
        }
    } else if let Some(value) = numbers.find(|value| !value.is_finite()) {
        return Err(WriteError::new(format!(
            "found value {value}, allowed are finite numbers"
        )));
    }
    Ok(())
}
