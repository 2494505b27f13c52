//! The engine of linfa-trees, brought to scikit-learn's meanings and to a [`Tree`].
//!
//! linfa-trees puts a training row left when its value is at most the split value, but predicts with
//! "less than"; the tree here follows the training. It measures `min_impurity_decrease` within a node,
//! where scikit-learn weighs it with the node's part of all rows: its tree is then cut where
//! scikit-learn's would have ended, which gives the same tree, because the limit decides only whether a
//! node is split, not how.

mod draft;

use std::thread;

use linfa::{DatasetBase, ParamGuard, traits::Fit};
use linfa_trees::{DecisionTree, DecisionTreeParams};
use ndarray::{Array1, ArrayBase, Data, Ix2};

use self::draft::Draft;
use super::{GrowError, split_quality};
use crate::{
    data::Dataset,
    exact::Samples,
    hyperparameters::{Criterion, Hyperparameters},
    tree::Tree,
};

/// Deepest tree. linfa-trees grows by recursion and keeps two masks of all rows for each level.
const MAX_DEPTH: usize = 1024;

/// Stack for that recursion; its frames are below 4 KiB.
const STACK_BYTES: usize = 64 << 20;

/// Fits linfa-trees' `DecisionTree` and returns it as a [`Tree`].
#[derive(Clone, Debug)]
pub struct LinfaEngine {
    params: DecisionTreeParams<f32, usize>,
    criterion: Criterion,
    max_depth: Option<usize>,
    /// As scikit-learn means it.
    min_impurity_decrease: f64,
    n_classes: usize,
}

impl LinfaEngine {
    /// The engine for a dataset of so many classes.
    ///
    /// # Errors
    /// linfa-trees can't express a setting.
    pub fn new(
        settings: &Hyperparameters,
        dataset: &Dataset,
        n_classes: usize,
    ) -> Result<Self, GrowError> {
        let default = Hyperparameters::default();
        let weighted = dataset.weights().is_some();
        for (name, is_default) in [
            ("max_leaf_nodes", settings.max_leaf_nodes.is_none()),
            ("max_features", settings.max_features.is_none()),
            ("ccp_alpha", settings.ccp_alpha == 0.0),
            ("random_state", settings.random_state.is_none()),
            // With weights, linfa's limit is one of weight.
            (
                "min_samples_leaf",
                !weighted || settings.min_samples_leaf == default.min_samples_leaf,
            ),
        ] {
            if !is_default {
                return Err(GrowError::Inexpressible { name });
            }
        }
        let n_rows = dataset.targets.len();
        let min_rows_leaf = settings.min_samples_leaf.resolve(n_rows);
        let min_rows_split = match settings.min_samples_split {
            Samples::Count(count) => count,
            fraction @ Samples::Fraction(_) => fraction.resolve(n_rows).max(2),
        };
        let total_weight = dataset.weights().map_or(n_rows as f64, |weights| {
            weights.iter().map(|weight| f64::from(*weight)).sum()
        });
        let min_weight_leaf = settings.min_weight_fraction_leaf * total_weight;
        let min_weight_leaf = match dataset.weights() {
            // Less than any row weighs, and yet more than nothing: linfa would split off no rows at all.
            Some(weights) => {
                let least = weights.iter().copied().fold(f32::INFINITY, f32::min);
                min_weight_leaf.max(f64::from(least) / 2.0)
            }
            None => min_weight_leaf.max(min_rows_leaf as f64),
        };
        let params = DecisionTree::params()
            .split_quality(split_quality(settings.criterion))
            .max_depth(Some(settings.max_depth.unwrap_or(MAX_DEPTH).min(MAX_DEPTH)))
            .min_weight_split(min_rows_split.max(2 * min_rows_leaf) as f32)
            .min_weight_leaf(min_weight_leaf as f32)
            .min_impurity_decrease((settings.min_impurity_decrease as f32).max(f32::EPSILON));
        Ok(Self {
            params,
            criterion: settings.criterion,
            max_depth: settings.max_depth,
            min_impurity_decrease: settings.min_impurity_decrease,
            n_classes,
        })
    }
}

impl<D: Data<Elem = f32> + Sync> Fit<ArrayBase<D, Ix2>, Array1<usize>, GrowError> for LinfaEngine {
    type Object = Tree;

    fn fit(
        &self,
        dataset: &DatasetBase<ArrayBase<D, Ix2>, Array1<usize>>,
    ) -> Result<Tree, GrowError> {
        if dataset.records.iter().any(|value| value.is_nan()) {
            let what = "cannot learn from missing values, expected a number in every field";
            return Err(GrowError::Linfa(what.to_owned()));
        }
        let params = self.params.check_ref()?;
        thread::scope(|scope| {
            let grown = thread::Builder::new()
                .stack_size(STACK_BYTES)
                .spawn_scoped(scope, || {
                    let grown = params.fit(dataset)?;
                    let mut draft = Draft::new(grown.root_node());
                    if draft.depth() >= MAX_DEPTH && self.max_depth != Some(MAX_DEPTH) {
                        let what = format!(
                            "cannot grow deeper than {MAX_DEPTH} levels, expected max_depth up to {MAX_DEPTH}"
                        );
                        return Err(GrowError::Linfa(what));
                    }
                    draft.count(dataset);
                    Ok(draft.tree(self.n_classes, self.criterion, self.min_impurity_decrease))
                })
                .map_err(|error| GrowError::Linfa(format!("could not start: {error}")))?;
            let failed = || GrowError::Linfa("failed".to_owned());
            grown.join().unwrap_or_else(|_| Err(failed()))
        })
    }
}
