//! What `trainer` runs.

use thiserror::Error;

use crate::{
    Absent, ChosenChannels, Data, FoundChannel, ModelFormat, Parameter, Settings, SettingsError,
    Task, Watch,
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

    /// Reads the hyperparameters of a job, as text by name in the order of the job; `tables` are those of every
    /// job and the learner's own. A learner that takes over another container's jobs uses that container's
    /// rules and sentences ([`SettingsError::Own`]) instead.
    ///
    /// # Errors
    /// The first one that can't be used.
    fn settings(
        &self,
        tables: &[&'static [Parameter]],
        given: &[(String, String)],
    ) -> Result<Settings, SettingsError> {
        Settings::parse(tables, &given.iter().cloned().collect())
    }

    /// What precedes the reason of a failure on stderr, in place of the program's name: `UserError`.
    fn failure_prefix(&self) -> Option<&'static str> {
        None
    }

    /// Chooses among the channels of a job, if the learner has other rules than the container: `training` or
    /// `train`, and `validation` or `test` if it is there, of any content type.
    ///
    /// # Errors
    /// A channel that is missing or can't be used, in one sentence.
    fn channels(
        &self,
        settings: &Settings,
        found: &[FoundChannel],
    ) -> Option<Result<ChosenChannels, FitError>> {
        let _ = (settings, found);
        None
    }

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

    /// The name of the learner's checkpoints, if it makes any: with `checkpoint` they are called `checkpoint.0`,
    /// `checkpoint.1` and so on.
    fn checkpoint_name(&self) -> Option<&'static str> {
        None
    }

    /// Whether a job that is stopped keeps what was learnt so far: [`fit`](Self::fit) then asks
    /// [`Watch::is_stopped`] now and then, and returns a model soon after. If not, the job ends at once, without a
    /// model.
    fn is_saved_when_stopped(&self, settings: &Settings) -> bool {
        let _ = settings;
        false
    }

    /// Whether the hosts of a job share the work: each calls [`fit`](Self::fit) with the same rows, learns its
    /// [`Watch::share`], and writes a file whose name no other host has. The server makes one model of them
    /// ([`ModelFormat::in_parts`]), or an ensemble. If not, the first host learns alone.
    fn shares_work(&self, settings: &Settings) -> bool {
        let _ = settings;
        false
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

/// A model as a file, or as several that are served as one ensemble, and what people should know about it.
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
    /// Its name, if it is not [`ModelFormat::file_name`].
    pub file_name: Option<String>,
    /// Further model files of the same format: name and content. If there are any, the job checks that they load,
    /// and only the learner measures them.
    pub more_files: Vec<(String, Vec<u8>)>,
    /// What the job measures in place of `file`, if that is a host's [part](ModelFormat::in_parts) of a model:
    /// the part as a model of its own.
    pub measured: Option<Vec<u8>>,
    /// The model in one sentence, for the head of the report: `A decision tree for 3 classes`.
    pub title: String,
    /// What the learner measured on the training rows: name and value. The job measures a classifier or a
    /// regressor itself; for rows without a target only the learner can. A figure of the learner replaces the
    /// job's of that name.
    pub metrics: Vec<(&'static str, f64)>,
    /// The same on the validation rows.
    pub validation_metrics: Vec<(&'static str, f64)>,
    /// Signs that the model is not what the user meant, one sentence each, such as that the fit did not converge.
    /// They are logged and stand in the report; the job goes on.
    pub warnings: Vec<String>,
    /// The model's size in figures.
    pub figures: Figures,
    /// How much each feature decides, by each measure that the algorithm has; the report looks at the first one
    /// most.
    pub importances: Vec<Importances>,
    /// Rows of the training table for which the job asks the predictor for contributions: the report shows their
    /// mean sizes by feature. A sample that the order of the rows does not decide, and that costs little next to
    /// the training; none leaves them out.
    pub explained_rows: Vec<usize>,
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
            file_name: None,
            more_files: Vec::new(),
            measured: None,
            title: title.into(),
            metrics: Vec::new(),
            validation_metrics: Vec::new(),
            warnings: Vec::new(),
            figures: Figures::default(),
            importances: Vec::new(),
            explained_rows: Vec::new(),
            sections: Vec::new(),
            files: Vec::new(),
        }
    }

    /// The name of the model file.
    pub fn file_name(&self) -> String {
        self.file_name
            .clone()
            .unwrap_or_else(|| self.format.file_name())
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
