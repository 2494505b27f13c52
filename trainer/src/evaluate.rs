//! How well a model does on a table, by the answers of the predictor that will be served.
//!
//! Rows go through the predictor in blocks, on all cores, and each block's scores are summed up at once: no
//! score of a row outlives its block, except the one number that the area under the ROC curve and the page of a
//! regression need. Blocks
//! are added up in their order, so figures do not depend on the number of threads.

mod blocks;
mod calibration;
mod classes;
mod contributions;
mod numbers;
mod residuals;
mod roc;
mod served;

use algorithm::{Labels, Output, PredictError, Predictor, Table, Target};
use ndarray::Array1;

pub use calibration::CalibrationBin;
pub use contributions::{Contributions, contributions};
pub use residuals::{Decile, Residuals};
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
    /// For numbers: how the predictions lie about them.
    pub residuals: Option<Residuals>,
}

impl Evaluation {
    /// That of a model which is not asked.
    pub fn of_nothing(n_rows: usize) -> Self {
        Self {
            n_rows: n_rows as u64,
            metrics: Vec::new(),
            confusion: Vec::new(),
            calibration: None,
            residuals: None,
        }
    }

    /// Takes the learner's own figures, in place of those that have the same names.
    pub fn replace(&mut self, own: &[(&'static str, f64)]) {
        for (name, value) in own {
            match self.metrics.iter_mut().find(|known| known.0 == *name) {
                Some(known) => known.1 = *value,
                None => self.metrics.push((name, *value)),
            }
        }
    }
}

/// Asks `predictor` about the rows of `table` and compares its answers with the table's target; without a
/// target there is nothing to ask. If the target are numbers and the model predicts classes, the numbers are the
/// classes' labels; if there are fractions among them, only the learner can measure.
///
/// # Errors
/// The predictor refuses the rows, or answers with another number of rows or a class that does not exist.
pub fn evaluate(predictor: &dyn Predictor, table: &Table) -> Result<Evaluation, PredictError> {
    match &table.target {
        Target::Classes { labels, of_row } => {
            classes::evaluate(predictor, &table.records, labels.len(), of_row)
        }
        Target::Numbers(numbers) => match &predictor.signature().output {
            Output::Targets(_) => numbers::evaluate(predictor, &table.records, numbers),
            Output::Classes(labels) => match classes_of(numbers, labels) {
                Some(of_row) => classes::evaluate(predictor, &table.records, labels.len(), &of_row),
                None => Ok(Evaluation::of_nothing(table.n_rows())),
            },
        },
        Target::None => Ok(Evaluation::of_nothing(table.n_rows())),
    }
}

/// The class of each number, `labels.len()` for a whole number that is no label; `None` if a number has a fraction
/// or the labels are text.
fn classes_of(numbers: &Array1<f32>, labels: &Labels) -> Option<Array1<usize>> {
    let Labels::Integers(labels) = labels else {
        return None;
    };
    let class = |number: &f32| {
        let label = *number as i64;
        let is_whole = label as f32 == *number;
        let found = labels.iter().position(|known| *known == label);
        is_whole.then(|| found.unwrap_or(labels.len()))
    };
    numbers.iter().map(class).collect()
}

#[cfg(test)]
mod tests;
