//! `class_weight` by label into factors by class, and into row weights for an engine that knows only
//! those.

use super::GrowError;
use crate::{
    data::{Classes, Dataset},
    exact,
    hyperparameters::ClassWeight,
};

/// The factors for these classes; `None` where all weigh the same.
pub(super) fn resolve(
    class_weight: &ClassWeight,
    classes: &Classes,
) -> Result<Option<exact::ClassWeight>, GrowError> {
    match class_weight {
        ClassWeight::Equal => Ok(None),
        ClassWeight::Balanced => Ok(Some(exact::ClassWeight::Balanced)),
        ClassWeight::Map(map) => {
            let mut factors = vec![1.0; classes.len()];
            for (label, weight) in map {
                let class = classes.class_of(label);
                match class.and_then(|class| factors.get_mut(class)) {
                    Some(factor) => *factor = *weight,
                    None => {
                        let label = label.clone();
                        return Err(GrowError::NoSuchClass { label });
                    }
                }
            }
            Ok(Some(exact::ClassWeight::PerClass(factors)))
        }
    }
}

/// The dataset with each row's weight multiplied by its class's factor.
pub(super) fn apply(class_weight: &exact::ClassWeight, dataset: &Dataset) -> Dataset {
    let factors = match class_weight {
        exact::ClassWeight::PerClass(factors) => factors.clone(),
        exact::ClassWeight::Balanced => balanced(dataset),
    };
    let weights = dataset.targets.iter().enumerate().map(|(row, class)| {
        let factor = factors.get(*class).copied().unwrap_or(1.0);
        (f64::from(dataset.weight_for(row)) * factor) as f32
    });
    let weights = weights.collect();
    dataset.clone().with_weights(weights)
}

fn balanced(dataset: &Dataset) -> Vec<f64> {
    let mut counts: Vec<u64> = Vec::new();
    for class in &dataset.targets {
        if counts.len() <= *class {
            counts.resize(class + 1, 0);
        }
        if let Some(count) = counts.get_mut(*class) {
            *count += 1;
        }
    }
    let n_rows = dataset.targets.len() as f64;
    let n_classes = counts.len() as f64;
    let factors = counts
        .iter()
        .map(|count| n_rows / (n_classes * (*count).max(1) as f64));
    factors.collect()
}
