//! Figures of a model that predicts numbers.

use algorithm::{PredictError, Predictor};
use ndarray::{Array1, Array2};

use super::{Evaluation, blocks, residuals::Residuals};

/// Sums over rows, and their predictions.
#[derive(Default)]
struct Sums {
    predicted: Vec<f32>,
    /// Of the squared errors.
    squared: f64,
    /// Of the errors without their signs.
    absolute: f64,
    /// Of the squared distances of the numbers from their mean.
    variation: f64,
}

/// `root_mean_squared_error`, `mean_absolute_error` and, for two rows or more, `r2_score`.
pub(super) fn evaluate(
    predictor: &dyn Predictor,
    records: &Array2<f32>,
    numbers: &Array1<f32>,
) -> Result<Evaluation, PredictError> {
    let n_rows = numbers.len() as f64;
    let mean = numbers.iter().map(|number| f64::from(*number)).sum::<f64>() / n_rows;
    let blocks = blocks::scored(predictor, records, |first, scores| {
        let mut sums = Sums {
            predicted: scores.values().to_vec(),
            ..Sums::default()
        };
        let numbers = numbers.iter().skip(first);
        for (number, predicted) in numbers.zip(scores.values()) {
            let number = f64::from(*number);
            let error = number - f64::from(*predicted);
            sums.squared += error * error;
            sums.absolute += error.abs();
            sums.variation += (number - mean) * (number - mean);
        }
        Ok(sums)
    })?;
    let sum = |of: fn(&Sums) -> f64| blocks.iter().map(of).sum::<f64>();
    let predicted: Vec<f32> = blocks
        .iter()
        .flat_map(|block| block.predicted.iter().copied())
        .collect();
    let squared = sum(|block| block.squared);
    let mut metrics = vec![
        ("rmse", (squared / n_rows).sqrt()),
        ("mae", sum(|block| block.absolute) / n_rows),
    ];
    if numbers.len() > 1 {
        metrics.push(("r2", r2(squared, sum(|block| block.variation))));
    }
    Ok(Evaluation {
        n_rows: numbers.len() as u64,
        metrics,
        confusion: Vec::new(),
        calibration: None,
        residuals: Some(Residuals::new(numbers, &predicted)),
    })
}

/// The part of the variation that the predictions explain. If there is no variation: 1 if they are all
/// right, else 0.
fn r2(squared: f64, variation: f64) -> f64 {
    if variation > 0.0 {
        1.0 - squared / variation
    } else if squared > 0.0 {
        0.0
    } else {
        1.0
    }
}
