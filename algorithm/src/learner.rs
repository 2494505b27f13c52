//! What `trainer` runs.

use std::sync::{Arc, atomic::AtomicUsize};

use thiserror::Error;

use crate::{
    Absent, Data, ModelFormat, Parameter, Settings, Task,
    report::{Figures, Importances, Section},
};

/// An algorithm that learns a model from a table.
///
/// ```
/// use algorithm::{
///     Data, FitError, Fitted, Kind, Learner, LoadError, ModelFormat, Parameter, Settings, Target,
///     Task, Watch,
/// };
///
/// /// Answers a quantile of the numbers to learn.
/// struct Quantile;
///
/// const FORMAT: ModelFormat = ModelFormat::new("quantile", "txt", |_| {
///     Err(LoadError::new("`ModelFormat` has an example"))
/// });
///
/// static PARAMETERS: &[Parameter] = &[Parameter::new(
///     "quantile",
///     "0.5",
///     Kind::Number { from: 0.0, to: 1.0 },
///     "the part of the numbers that is below the answer",
/// )];
///
/// impl Learner for Quantile {
///     fn name(&self) -> &'static str {
///         "quantile"
///     }
///
///     fn parameters(&self) -> &'static [Parameter] {
///         PARAMETERS
///     }
///
///     fn task(&self, _: &Settings) -> Task {
///         Task::Numbers
///     }
///
///     fn fit(&self, data: Data<'_>, settings: &Settings, _: &dyn Watch) -> Result<Fitted, FitError> {
///         let Target::Numbers(numbers) = &data.train.target else {
///             unreachable!("`task` asks for numbers");
///         };
///         let mut numbers = numbers.to_vec();
///         numbers.sort_by(f32::total_cmp);
///         let place = settings.number("quantile") * (numbers.len() - 1) as f64;
///         let answer = numbers[place as usize];
///         Ok(Fitted::new(FORMAT, answer.to_string().into_bytes(), "A quantile"))
///     }
/// }
/// ```
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

    /// Whether a value of a row may be missing, NaN. If not, a job whose data have a missing value fails with
    /// its place, and [`fit`](Self::fit) never sees one.
    fn takes_missing(&self, settings: &Settings) -> bool {
        let _ = settings;
        true
    }

    /// Learns a model. The same rows and settings have to give the same bytes, whatever the order of the
    /// rows ([`Table::sorted_rows`](crate::Table::sorted_rows) may help) and the number of threads. The threads
    /// are those of the current rayon pool.
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
///
/// ```
/// use algorithm::{Fitted, LoadError, ModelFormat};
///
/// const FORMAT: ModelFormat = ModelFormat::new("mean", "txt", |_| {
///     Err(LoadError::new("reading it back is left out here"))
/// });
/// let fitted = Fitted {
///     metrics: vec![("rmse", 0.25)],
///     ..Fitted::new(FORMAT, b"1.5".to_vec(), "The mean of 12 numbers")
/// };
/// assert_eq!(fitted.format.file_name(), "model.txt");
/// ```
#[derive(Debug)]
pub struct Fitted {
    /// How `file` is read back: the job measures the very predictor that will be served.
    pub format: ModelFormat,
    /// The model file.
    pub file: Vec<u8>,
    /// The model in one sentence, for the head of the report: `A decision tree for 3 classes`.
    pub title: String,
    /// What the learner measured on the training rows: name and value. The job measures a classifier or a
    /// regressor itself; for rows without a target only the learner can.
    pub metrics: Vec<(&'static str, f64)>,
    /// Signs that the model is not what the user meant, one sentence each, such as that the fit did not converge.
    /// They are logged and stand in the report; the job goes on.
    pub warnings: Vec<String>,
    /// The model's size in figures.
    pub figures: Figures,
    /// How much each feature decides, if the algorithm can say.
    pub importances: Option<Importances>,
    /// What the report shows besides.
    pub sections: Vec<Section>,
    /// Files for `output/data/`: name and content.
    pub files: Vec<(&'static str, Vec<u8>)>,
}

impl Fitted {
    /// A model without anything for the report but its title.
    pub fn new(format: ModelFormat, file: Vec<u8>, title: impl Into<String>) -> Self {
        Self {
            format,
            file,
            title: title.into(),
            metrics: Vec::new(),
            warnings: Vec::new(),
            figures: Figures::default(),
            importances: None,
            sections: Vec::new(),
            files: Vec::new(),
        }
    }
}

/// Why there is no model, in one sentence.
///
/// ```
/// assert_eq!(algorithm::FitError::new("expected two rows").to_string(), "expected two rows");
/// ```
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
///
/// ```
/// use std::sync::atomic::Ordering;
///
/// use algorithm::Watch;
///
/// fn grow(watch: &dyn Watch) -> usize {
///     let grown = watch.begin("growing", "trees", 10);
///     for _tree in 0..10 {
///         grown.fetch_add(1, Ordering::Relaxed);
///     }
///     grown.load(Ordering::Relaxed)
/// }
///
/// assert_eq!(grow(&()), 10);
/// ```
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
