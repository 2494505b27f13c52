//! Whether probabilities mean what they say.

use super::Evaluation;
use crate::tree::Leaves;

/// Bins of equal width that probabilities fall into.
const BINS: usize = 10;

/// Rows whose prediction has a probability within a tenth.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CalibrationBin {
    /// Rows.
    pub count: u64,
    /// The mean probability of their predicted class.
    pub mean_probability: f64,
    /// The part of them whose label is that class.
    pub accuracy: f64,
}

/// The predicted class's probability against how often it is right, in tenths; bins without rows are
/// left out.
pub fn calibration(evaluation: &Evaluation, leaves: &Leaves<'_>) -> Vec<CalibrationBin> {
    let mut bins = [CalibrationBin::default(); BINS];
    for cell in &evaluation.cells {
        let predicted = leaves.class(cell.leaf);
        let probability = leaves.exact_probability(cell.leaf, predicted);
        let place = ((probability * BINS as f64) as usize).min(BINS - 1);
        let Some(bin) = bins.get_mut(place) else {
            continue;
        };
        bin.count += cell.count;
        bin.mean_probability += probability * cell.count as f64;
        if predicted == cell.target {
            bin.accuracy += cell.count as f64;
        }
    }
    let filled = bins.into_iter().filter(|bin| bin.count > 0);
    filled
        .map(|bin| CalibrationBin {
            count: bin.count,
            mean_probability: bin.mean_probability / bin.count as f64,
            accuracy: bin.accuracy / bin.count as f64,
        })
        .collect()
}
