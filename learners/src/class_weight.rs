//! The hyperparameter `class_weight`: factors on the rows' weights by class.

use algorithm::{FitError, Labels, Settings, Value};

/// Factors on the rows' weights by class.
#[derive(Clone, Debug, PartialEq)]
pub enum ClassWeight {
    /// `rows / (classes * rows of the class)`.
    Balanced,
    /// One factor for each class, by class index; finite and at least 0.
    PerClass(Vec<f64>),
}

impl ClassWeight {
    /// What the job's settings say for these labels, which are sorted; `None` if all rows keep their
    /// weights.
    ///
    /// # Errors
    /// A label that no row has.
    pub(crate) fn new(settings: &Settings, labels: &Labels) -> Result<Option<Self>, FitError> {
        let weights = match settings.value("class_weight") {
            Value::Word("None") => return Ok(None),
            Value::Word("balanced") => return Ok(Some(Self::Balanced)),
            Value::Weights(weights) => weights,
            other => unreachable!("the table of parameters does not allow class_weight={other}"),
        };
        let mut factors = vec![1.0; labels.len()];
        for (label, weight) in weights {
            let Some(class) = labels.class(label) else {
                return Err(FitError::new(format!(
                    "hyperparameter class_weight: no row has the label {label:?}, expected labels of the training data"
                )));
            };
            factors[class] = *weight;
        }
        Ok(Some(Self::PerClass(factors)))
    }

    /// The factor of each of `n_classes` classes; `classes` has the class of each row.
    pub(crate) fn factors(&self, classes: &[usize], n_classes: usize) -> Vec<f64> {
        match self {
            Self::PerClass(factors) => factors.clone(),
            Self::Balanced => {
                let mut counts = vec![0usize; n_classes];
                for &class in classes {
                    counts[class] += 1;
                }
                let n_rows = classes.len() as f64;
                // A class without rows has no weight to give.
                let factor = |count: usize| n_rows / (n_classes as f64 * count.max(1) as f64);
                counts.into_iter().map(factor).collect()
            }
        }
    }
}
