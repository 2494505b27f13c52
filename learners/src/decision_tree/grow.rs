//! Grows the tree with the engine that the job names.

use std::sync::{Arc, atomic::AtomicUsize};

use algorithm::{FitError, Settings, Table};
use linfa::{DatasetBase, traits::Fit};
use linfa_trees::SplitQuality;
use ndarray::Array1;

use crate::{
    ClassWeight, Tree,
    exact::{Error, Params},
    impurity::NumberCriterion,
    linfa::{self as linfa_engine, Dataset},
    targets::{classes, numbers},
    task::{Criterion, criterion},
};

/// Grows a tree on a table of classes or numbers. `settled` counts the rows that have reached their leaf, if the
/// engine knows.
///
/// # Errors
/// Settings contradict each other or the table's target; the engine can't express a setting or can't take the
/// rows; or `class_weight` names a label that no row has.
///
/// # Panics
/// The table has no target.
pub fn grow(
    table: &Table,
    settings: &Settings,
    settled: Arc<AtomicUsize>,
) -> Result<Tree, FitError> {
    match criterion(settings, &table.target)? {
        Criterion::Classes(criterion) => of_classes(table, criterion, settings, settled),
        Criterion::Numbers(criterion) => of_numbers(table, criterion, settings, settled),
    }
}

fn of_classes(
    table: &Table,
    criterion: SplitQuality,
    settings: &Settings,
    settled: Arc<AtomicUsize>,
) -> Result<Tree, FitError> {
    let (labels, classes) = classes(table);
    let class_weight = ClassWeight::new(settings, labels)?;
    let dataset = DatasetBase::new(table.records.view(), classes).with_weights(weights(table));
    match settings.choice("engine") {
        "exact" => {
            let params = Params {
                class_weight,
                n_classes: Some(labels.len()),
                progress: Some(settled),
                ..Params::new(criterion, settings)
            };
            params.fit(&dataset).map_err(refused)
        }
        "linfa" => {
            let dataset = match class_weight {
                Some(class_weight) => weighted(dataset, &class_weight, labels.len()),
                None => dataset,
            };
            let tree = linfa_engine::grow(settings, criterion, &dataset, labels.len());
            tree.map_err(FitError::new)
        }
        other => unreachable!("the table of parameters does not allow engine={other}"),
    }
}

/// Whether the engine can learn numbers.
pub(super) fn check_engine(settings: &Settings) -> Result<(), FitError> {
    match settings.choice("engine") {
        "linfa" => Err(FitError::new(
            "hyperparameter engine=linfa: it can't learn numbers, expected engine=exact, or task=classification",
        )),
        _ => Ok(()),
    }
}

fn of_numbers(
    table: &Table,
    criterion: NumberCriterion,
    settings: &Settings,
    settled: Arc<AtomicUsize>,
) -> Result<Tree, FitError> {
    check_engine(settings)?;
    let dataset =
        DatasetBase::new(table.records.view(), numbers(table)).with_weights(weights(table));
    let params = Params {
        progress: Some(settled),
        ..Params::new(criterion, settings)
    };
    params.fit(&dataset).map_err(refused)
}

fn weights(table: &Table) -> Array1<f32> {
    table.weights.clone().unwrap_or_else(|| Array1::zeros(0))
}

fn refused(error: Error) -> FitError {
    FitError::new(format!("engine=exact: {error}"))
}

/// The dataset with each row's weight multiplied by its class's factor.
fn weighted<'a>(dataset: Dataset<'a>, class_weight: &ClassWeight, n_classes: usize) -> Dataset<'a> {
    let factors = class_weight.factors(&dataset.targets.to_vec(), n_classes);
    let weights = dataset.targets.iter().enumerate().map(|(row, class)| {
        let own = f64::from(dataset.weight_for(row));
        (own * factors[*class]) as f32
    });
    let weights = weights.collect();
    dataset.with_weights(weights)
}
