//! Going on from a model.

use algorithm::FitError;

use super::{Boosted, Params};
use crate::{
    bins::Bins,
    boosting::objective::Objective,
    histogram::{Node, Split},
};

/// Checks a model against data and settings; its splits get the bins of their thresholds, which a file does not have.
pub(super) fn checked(
    mut boosted: Boosted,
    bins: &Bins,
    objective: &Objective,
    params: &Params,
) -> Result<Boosted, FitError> {
    let n_outputs = objective.n_outputs();
    let parallel = params.num_parallel_tree;
    let expected = |tree: usize| (tree / parallel % n_outputs) as u32;
    let is_whole = boosted.trees.len() == boosted.tree_info.len()
        && boosted.trees.len().is_multiple_of(n_outputs * parallel)
        && boosted
            .tree_info
            .iter()
            .enumerate()
            .all(|(tree, &output)| output == expected(tree))
        && [1, n_outputs].contains(&boosted.base_score.len());
    if !is_whole {
        return Err(FitError::new(format!(
            "the model to resume has {} trees, expected whole rounds of {n_outputs} outputs of {parallel} trees each",
            boosted.trees.len()
        )));
    }
    for (tree, nodes) in boosted.trees.iter_mut().enumerate() {
        for node in 0..nodes.len() {
            let after = node as u32 + 1..nodes.len() as u32;
            let Node {
                split: Some(split), ..
            } = &mut nodes[node]
            else {
                continue;
            };
            if !after.contains(&split.left) || !after.contains(&split.right) {
                return Err(other_data(tree, node));
            }
            split.bin = bin(split, bins).ok_or_else(|| other_data(tree, node))?;
        }
        if nodes.is_empty() {
            return Err(other_data(tree, 0));
        }
    }
    boosted.base_margins = objective
        .base_margins(&boosted.base_score)
        .map_err(FitError::new)?;
    Ok(boosted)
}

/// The bin whose cut the threshold is; the last one if only missing values are split off.
fn bin(split: &Split, bins: &Bins) -> Option<u8> {
    let feature = split.feature as usize;
    if feature >= bins.n_features() {
        return None;
    }
    let cuts = bins.cuts(feature);
    let bin = cuts.partition_point(|&cut| cut < split.threshold);
    let is_cut = cuts.get(bin) == Some(&split.threshold);
    (is_cut || split.threshold == f32::INFINITY).then_some(bin as u8)
}

fn other_data(tree: usize, node: usize) -> FitError {
    FitError::new(format!(
        "the model to resume was trained on other data: node {node} of tree {tree} is not of these rows"
    ))
}
