//! What `trainer` runs.

use std::sync::{Arc, atomic::AtomicUsize};

use thiserror::Error;

use crate::{
    Absent, Data, ModelFormat, Parameter, Settings, Task,
    report::{Figures, Importances, Section},
};

/// An algorithm that learns a model from a table.
pub trait Learner: Sync {
    /// The value of the hyperparameter `algorithm` that chooses this learner: `decision_tree`.
    fn name(&self) -> &'static str;

    /// The hyperparameters. Parsing, ranges, error sentences, the log, the report and the documentation
    /// all come from this table.
    fn parameters(&self) -> &'static [Parameter];

    /// What the learner wants to know about each row.
    fn task(&self, settings: &Settings) -> Task {
        let _ = settings;
        Task::Classes
    }

    /// The meaning of a value that a sparse training record leaves out.
    fn absent(&self, settings: &Settings) -> Absent {
        let _ = settings;
        Absent::Zero
    }

    /// Learns a model. The same rows and settings have to give the same bytes, whatever the order of the
    /// rows and the number of threads. The threads are those of the current rayon pool.
    ///
    /// # Errors
    /// Settings or data that this learner can't take, in one sentence.
    fn fit(
        &self,
        data: Data<'_>,
        settings: &Settings,
        watch: &dyn Watch,
    ) -> Result<Fitted, FitError>;
}

/// A model as a file, and what people should know about it.
#[derive(Debug)]
pub struct Fitted {
    /// How `file` is read back: the job measures the very predictor that will be served.
    pub format: ModelFormat,
    /// The model file.
    pub file: Vec<u8>,
    /// The model in one sentence, for the head of the report: `A decision tree for 3 classes`.
    pub title: String,
    /// The model's size in figures.
    pub figures: Figures,
    /// How much each feature decides, if the algorithm can say.
    pub importances: Option<Importances>,
    /// What the report shows besides.
    pub sections: Vec<Section>,
    /// Files for `output/data/`: name and content.
    pub files: Vec<(&'static str, Vec<u8>)>,
}

/// Why there is no model, in one sentence.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub struct FitError(String);

impl FitError {
    /// The sentence.
    pub fn new(sentence: impl std::fmt::Display) -> Self {
        Self(sentence.to_string())
    }
}

/// An observer of a learner's progress.
pub trait Watch: Sync {
    /// Begins a phase of `total` units of work, 0 if their number is not known. The learner raises the
    /// counter as the work is done; the phase ends when the next one begins or the learner returns.
    fn begin(&self, phase: &'static str, unit: &'static str, total: u64) -> Arc<AtomicUsize>;
}

/// Nobody watches.
impl Watch for () {
    fn begin(&self, _: &'static str, _: &'static str, _: u64) -> Arc<AtomicUsize> {
        Arc::default()
    }
}
