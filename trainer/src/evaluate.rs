//! How well a model does on a table, by the answers of the predictor that will be served.
//!
//! Rows go through the predictor in blocks, on all cores, and each block's scores are summed up at once: no
//! score of a row outlives its block, except the one number that the area under the ROC curve needs. Blocks
//! are added up in their order, so figures do not depend on the number of threads.

mod blocks;
mod calibration;
mod classes;
mod numbers;
mod roc;
mod served;

use algorithm::{PredictError, Predictor, Table, Target};

pub use calibration::CalibrationBin;
pub use served::{ServedError, served};

/// How well a model does on a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// Rows.
    pub n_rows: u64,
    /// Names and values, as `sklearn.metrics` defines them; the name that is looked at first is first.
    pub metrics: Vec<(&'static str, f64)>,
    /// For classes: rows by label and predicted class, sorted; pairs without rows are left out. A label that
    /// training does not have gets a number beyond the last class.
    pub confusion: Vec<(u32, u32, u64)>,
    /// The probability of the predicted class against how often it is right, if the model gives
    /// probabilities; bins without rows are left out.
    pub calibration: Option<Vec<CalibrationBin>>,
}

/// Asks `predictor` about the rows of `table` and compares its answers with the table's target; without a
/// target there is nothing to ask.
///
/// # Errors
/// The predictor refuses the rows, or answers with another number of rows or a class that does not exist.
pub fn evaluate(predictor: &dyn Predictor, table: &Table) -> Result<Evaluation, PredictError> {
    match &table.target {
        Target::Classes { labels, of_row } => {
            classes::evaluate(predictor, &table.records, labels.len(), of_row)
        }
        Target::Numbers(numbers) => numbers::evaluate(predictor, &table.records, numbers),
        Target::None => Ok(Evaluation {
            n_rows: table.n_rows() as u64,
            metrics: Vec::new(),
            confusion: Vec::new(),
            calibration: None,
        }),
    }
}

#[cfg(test)]
mod tests;
