//! What a [`BoostedModel`]'s fields promise.

use algorithm::Features;

use super::absent;
use crate::{
    boosted_model::{BoostedModel, BoostedNode, Objective},
    checks::{Branch, WriteError, check_keys, check_tree},
};

/// # Errors
/// The first promise that is not kept.
pub(super) fn check(model: &BoostedModel) -> Result<(), WriteError> {
    let refuse = |message: String| Err(WriteError::new(message));
    if model.features.is_empty() {
        return refuse("found 0 features, allowed are 1 or more".into());
    }
    if model.num_parallel_tree == 0 {
        return refuse("num_parallel_tree: found 0, allowed are numbers from 1".into());
    }
    check_objective(&model.objective)?;
    check_base_score(model)?;
    check_keys(&model.attributes, &[Features::NAMES_KEY, absent::KEY])?;
    let mut keys: Vec<&str> = model.attributes.iter().map(|(key, _)| &**key).collect();
    keys.sort_unstable();
    if let Some(pair) = keys.windows(2).find(|pair| pair[0] == pair[1]) {
        return refuse(format!(
            "attributes: found {} twice, allowed is once",
            pair[0]
        ));
    }
    let (found, in_round) = (model.trees.len(), model.trees_in_round());
    if found == 0 || found % in_round != 0 {
        return refuse(format!(
            "found {found} trees, allowed are multiples of {in_round}, those of a round"
        ));
    }
    for (number, nodes) in model.trees.iter().enumerate() {
        let branches = nodes.iter().map(branch);
        check_tree(model.features.len(), branches)
            .and_then(|()| check_nodes(nodes))
            .map_err(|error| error.at(format!("tree {number}")))?;
    }
    Ok(())
}

fn check_objective(objective: &Objective) -> Result<(), WriteError> {
    let n = objective.n_outputs();
    match objective {
        Objective::Softmax { .. } | Objective::SoftProb { .. } if n < 2 => Err(WriteError::new(
            format!("num_class: found {n}, allowed are numbers from 2"),
        )),
        Objective::Quantile { .. } if n == 0 => Err(WriteError::new(
            "quantile_alpha: found no numbers, allowed are 1 or more",
        )),
        _ => Ok(()),
    }
}

fn check_base_score(model: &BoostedModel) -> Result<(), WriteError> {
    let (found, n) = (model.base_score.len(), model.objective.n_outputs());
    if found != n {
        return Err(WriteError::new(format!(
            "base_score: found {found} numbers, expected {n}, one an output"
        )));
    }
    let is_share = matches!(
        model.objective,
        Objective::Logistic | Objective::BinaryLogistic
    );
    let margins = model.objective.margins(&model.base_score);
    for (score, margin) in model.base_score.iter().zip(margins) {
        if !margin.is_finite() || is_share && !(0.0..=1.0).contains(score) {
            let name = model.objective.name();
            return Err(WriteError::new(format!(
                "base_score: found {score}, which is no answer of {name}"
            )));
        }
    }
    Ok(())
}

fn branch(node: &BoostedNode) -> Option<Branch> {
    node.split.map(|split| Branch {
        feature: split.feature,
        threshold: split.threshold,
        children: [split.left, split.right],
    })
}

fn check_nodes(nodes: &[BoostedNode]) -> Result<(), WriteError> {
    if i32::try_from(nodes.len()).is_err() {
        let found = nodes.len();
        let most = i32::MAX;
        return Err(WriteError::new(format!(
            "found {found} nodes, allowed are up to {most}"
        )));
    }
    for (id, node) in nodes.iter().enumerate() {
        let refuse = |what: &str, found: f32, allowed: &str| {
            let message = format!("node {id}: found {what} {found}, allowed are {allowed}");
            Err(WriteError::new(message))
        };
        let cover = node.sum_hessian;
        if !node.weight.is_finite() {
            return refuse("weight", node.weight, "finite numbers");
        }
        if !cover.is_finite() || cover < 0.0 {
            return refuse("sum_hessian", cover, "finite numbers from 0 up");
        }
        if let Some(split) = node.split {
            // No float32 is above it, so that XGBoost's `x < c` could not send infinity left.
            if split.threshold == f32::INFINITY {
                return refuse("threshold", split.threshold, "numbers below it");
            }
            if split.gain.is_nan() {
                return refuse("gain", split.gain, "numbers");
            }
        }
    }
    Ok(())
}
