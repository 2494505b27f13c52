//! Grows the tree with the engine that the job names.

mod class_weight;
mod linfa;

use std::sync::{Arc, atomic::AtomicUsize};

use ::linfa::traits::Fit;
use linfa_trees::SplitQuality;
use thiserror::Error;

use crate::{
    data::{Classes, Dataset},
    exact,
    hyperparameters::{Criterion, Engine, Hyperparameters},
    tree::Tree,
};

pub use self::linfa::LinfaEngine;

/// No tree can be grown.
#[derive(Debug, Error)]
pub enum GrowError {
    /// The engine has no such setting.
    #[error(
        "hyperparameter {name}: engine=linfa cannot express it, expected its default, or engine=exact"
    )]
    Inexpressible {
        /// The hyperparameter.
        name: &'static str,
    },
    /// `class_weight` names a label that no row has.
    #[error(
        "hyperparameter class_weight: no row has the label {label:?}, expected labels of the training data"
    )]
    NoSuchClass {
        /// The label.
        label: String,
    },
    /// linfa can't take such rows.
    #[error("engine=linfa {0}")]
    Linfa(String),
    /// linfa's own complaint.
    #[error("engine=linfa: {0}")]
    LinfaItself(#[from] ::linfa::Error),
    /// The exact engine's complaint.
    #[error("engine=exact: {0}")]
    Exact(#[from] exact::Error),
}

/// Fits a tree on the dataset. `settled` counts the rows that have found their leaf, where the engine
/// tells.
///
/// # Errors
/// The engine can't express a setting, or can't take the rows.
pub fn grow(
    dataset: &Dataset,
    classes: &Classes,
    settings: &Hyperparameters,
    settled: Arc<AtomicUsize>,
) -> Result<Tree, GrowError> {
    let class_weight = class_weight::resolve(&settings.class_weight, classes)?;
    match settings.engine {
        Engine::Exact => {
            let engine = exact_engine(settings)
                .class_weight(class_weight)
                .n_classes(Some(classes.len()))
                .progress(settled);
            Ok(engine.fit(dataset)?)
        }
        Engine::Linfa => {
            let weighted = class_weight.map(|factors| class_weight::apply(&factors, dataset));
            let dataset = weighted.as_ref().unwrap_or(dataset);
            LinfaEngine::new(settings, dataset, classes.len())?.fit(dataset)
        }
    }
}

fn exact_engine(settings: &Hyperparameters) -> exact::Params {
    exact::Params::new()
        .criterion(split_quality(settings.criterion))
        .max_depth(settings.max_depth)
        .min_samples_split(settings.min_samples_split)
        .min_samples_leaf(settings.min_samples_leaf)
        .min_weight_fraction_leaf(settings.min_weight_fraction_leaf)
        .max_leaf_nodes(settings.max_leaf_nodes)
        .max_features(settings.max_features)
        .min_impurity_decrease(settings.min_impurity_decrease)
        .ccp_alpha(settings.ccp_alpha)
        .random_state(settings.random_state.unwrap_or_default().into())
}

fn split_quality(criterion: Criterion) -> SplitQuality {
    match criterion {
        Criterion::Gini => SplitQuality::Gini,
        Criterion::Entropy => SplitQuality::Entropy,
    }
}

#[cfg(test)]
mod tests;
