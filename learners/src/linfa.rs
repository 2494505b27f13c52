//! The engine of linfa-trees, brought to scikit-learn's meanings and to a [`Tree`].
//!
//! linfa-trees puts a training row left if its value is at most the split value, but predicts with "less
//! than"; the tree here follows the training. linfa-trees measures `min_impurity_decrease` within a node,
//! scikit-learn weighs it with the node's share of all rows. So linfa-trees grows without that limit, and
//! its tree is cut at the nodes that scikit-learn would not have split. That gives the same tree, because
//! the limit decides only whether a node is split, not how.

mod draft;

use std::thread;

use algorithm::{Amount, Settings};
use linfa::{DatasetBase, ParamGuard, traits::Fit};
use linfa_trees::{DecisionTree, DecisionTreeParams, SplitQuality};
use ndarray::{ArrayView1, ArrayView2};
use thiserror::Error;

use self::draft::Draft;
use crate::{
    Tree,
    parameters::{self, limit},
};

/// Most levels of a tree. linfa-trees grows by recursion and keeps two masks of all rows for each level.
const MAX_DEPTH: usize = 1024;

/// Stack for that recursion, whose frames are below 4 KiB.
const STACK_BYTES: usize = 64 << 20;

/// Rows x features without missing values, class indices, and weights, one a row or none.
pub(crate) type Dataset<'a> = DatasetBase<ArrayView2<'a, f32>, ArrayView1<'a, usize>>;

/// Why the engine grows no tree, in one sentence.
#[derive(Debug, Error)]
pub(crate) enum Error {
    /// A setting that linfa-trees does not have.
    #[error(
        "hyperparameter {name}: engine=linfa can't express it, expected its default, or engine=exact"
    )]
    Inexpressible {
        /// The hyperparameter.
        name: &'static str,
    },
    /// Rows that linfa-trees can't take, or a failure of it.
    #[error("engine=linfa {0}")]
    Unable(String),
    /// An error of linfa-trees itself.
    #[error("engine=linfa: {0}")]
    Linfa(#[from] linfa::Error),
}

/// Grows a tree of `n_classes` classes with linfa-trees.
///
/// # Errors
/// linfa-trees can't express a setting or can't take the rows.
pub(crate) fn grow(
    settings: &Settings,
    criterion: SplitQuality,
    dataset: &Dataset<'_>,
    n_classes: usize,
) -> Result<Tree, Error> {
    let params = params(settings, criterion, dataset)?;
    if dataset.records.iter().any(|value| value.is_nan()) {
        let what = "can't learn from missing values, expected a number in every field";
        return Err(Error::Unable(what.to_owned()));
    }
    let params = params.check()?;
    let max_depth = limit(settings, "max_depth");
    let grow = || {
        let grown = params.fit(dataset)?;
        let draft = Draft::new(grown.root_node(), n_classes);
        if draft.depth() >= MAX_DEPTH && max_depth != Some(MAX_DEPTH) {
            return Err(Error::Unable(format!(
                "can't grow deeper than {MAX_DEPTH} levels, expected max_depth up to {MAX_DEPTH}"
            )));
        }
        let min_impurity_decrease = settings.number("min_impurity_decrease");
        Ok(draft.finish(dataset, criterion, min_impurity_decrease))
    };
    thread::scope(|scope| {
        let grown = thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, grow)
            .map_err(|error| Error::Unable(format!("could not start: {error}")))?;
        let failed = || Error::Unable("failed".to_owned());
        grown.join().unwrap_or_else(|_| Err(failed()))
    })
}

/// linfa-trees' parameters for scikit-learn's settings.
fn params(
    settings: &Settings,
    criterion: SplitQuality,
    dataset: &Dataset<'_>,
) -> Result<DecisionTreeParams<f32, usize>, Error> {
    let changed = settings.changed();
    let is_changed = |name| changed.iter().any(|(changed, _)| *changed == name);
    let weights = dataset.weights();
    for name in [
        "max_leaf_nodes",
        "max_features",
        "ccp_alpha",
        "random_state",
    ] {
        if is_changed(name) {
            return Err(Error::Inexpressible { name });
        }
    }
    // If rows have weights, linfa's limit on a leaf is one on its weight.
    if weights.is_some() && is_changed("min_samples_leaf") {
        return Err(Error::Inexpressible {
            name: "min_samples_leaf",
        });
    }
    let n_rows = dataset.records.nrows();
    let min_rows_leaf = parameters::rows(settings.amount("min_samples_leaf"), n_rows);
    let min_rows_split = match settings.amount("min_samples_split") {
        Amount::Count(count) => count,
        fraction @ Amount::Fraction(_) => parameters::rows(fraction, n_rows).max(2),
    };
    let total_weight = weights.map_or(n_rows as f64, |weights| {
        weights.iter().map(|weight| f64::from(*weight)).sum()
    });
    let min_weight_leaf = settings.number("min_weight_fraction_leaf") * total_weight;
    let min_weight_leaf = match weights {
        // Less than any row weighs, and more than nothing: with a limit of 0 linfa-trees would split off
        // no rows at all.
        Some(weights) => {
            let least = weights.iter().copied().fold(f32::INFINITY, f32::min);
            min_weight_leaf.max(f64::from(least) / 2.0)
        }
        None => min_weight_leaf.max(min_rows_leaf as f64),
    };
    let min_impurity_decrease = settings.number("min_impurity_decrease") as f32;
    let max_depth = limit(settings, "max_depth").unwrap_or(MAX_DEPTH);
    Ok(DecisionTree::params()
        .split_quality(criterion)
        .max_depth(Some(max_depth.min(MAX_DEPTH)))
        .min_weight_split(min_rows_split.max(2 * min_rows_leaf) as f32)
        .min_weight_leaf(min_weight_leaf as f32)
        .min_impurity_decrease(min_impurity_decrease.max(f32::EPSILON)))
}
