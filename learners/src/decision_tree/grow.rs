//! Grows the tree with the engine that the job names.

use std::sync::{Arc, atomic::AtomicUsize};

use algorithm::{FitError, Settings, Table};
use linfa::{DatasetBase, traits::Fit};
use ndarray::Array1;

use crate::{
    ClassWeight, Tree,
    classes::classes,
    exact::Params,
    linfa::{self as linfa_engine, Dataset},
};

/// Grows a tree on a table of classes. `settled` counts the rows that have reached their leaf, if the
/// engine knows.
///
/// # Errors
/// The engine can't express a setting or can't take the rows; or `class_weight` names a label that no row
/// has.
///
/// # Panics
/// The table's target is not [`Target::Classes`](algorithm::Target::Classes).
pub fn grow(
    table: &Table,
    settings: &Settings,
    settled: Arc<AtomicUsize>,
) -> Result<Tree, FitError> {
    let (labels, classes) = classes(table);
    let class_weight = ClassWeight::new(settings, labels)?;
    let weights = table.weights.clone().unwrap_or_else(|| Array1::zeros(0));
    let dataset = DatasetBase::new(table.records.view(), classes).with_weights(weights);
    match settings.choice("engine") {
        "exact" => {
            let params = Params {
                class_weight,
                n_classes: Some(labels.len()),
                progress: Some(settled),
                ..Params::from(settings)
            };
            let tree = params.fit(&dataset);
            tree.map_err(|error| FitError::new(format!("engine=exact: {error}")))
        }
        "linfa" => {
            let dataset = match class_weight {
                Some(class_weight) => weighted(dataset, &class_weight, labels.len()),
                None => dataset,
            };
            linfa_engine::grow(settings, &dataset, labels.len()).map_err(FitError::new)
        }
        other => unreachable!("the table of parameters does not allow engine={other}"),
    }
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
