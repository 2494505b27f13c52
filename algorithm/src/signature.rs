//! What a model takes and gives.

use crate::{Features, InputType, Labels};

/// What a model takes and gives; constant for the model's life.
///
/// ```
/// use algorithm::{Features, Labels, Signature, Values};
///
/// let signature = Signature {
///     values: Values::Probabilities,
///     takes_missing: false,
///     ..Signature::classifier(Features::unnamed(4), Labels::Integers(vec![0, 1]))
/// };
/// assert_eq!(signature.width(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The columns of a row, at least 1.
    pub features: Features,
    /// The number type of the rows.
    pub input_type: InputType,
    /// What the Open Inference Protocol calls the input tensor.
    pub input_name: String,
    /// Classes with labels, or a number of targets.
    pub output: Output,
    /// What the Open Inference Protocol calls the tensor of labels, if there is one.
    pub label_name: Option<String>,
    /// What the Open Inference Protocol calls the tensor of values, if there is one.
    pub values_name: Option<String>,
    /// Whether the values are float64: [`Scores::doubles`](crate::Scores::doubles) holds them then.
    pub is_double: bool,
    /// What a classifier's values are.
    pub values: Values,
    /// Whether [`Predictor::path`](crate::Predictor::path) has an answer.
    pub gives_path: bool,
    /// Raw scores a row, which [`Predictor::raw_scores`](crate::Predictor::raw_scores) gives: sums before the
    /// objective's transform, also called margins. 0 if the model's values are all that it has.
    pub raw_scores: usize,
    /// Entries a row of [`Predictor::leaves`](crate::Predictor::leaves); 0 if it has no answer.
    pub leaves: usize,
    /// Whether [`Predictor::contributions`](crate::Predictor::contributions) has an answer: one of
    /// [`contributions_in_row`](Self::contributions_in_row) numbers a row.
    pub contributions: Contributions,
    /// What the training library calls the model's objective: `binary:logistic`.
    pub objective: Option<String>,
    /// The meaning of a value that a sparse record leaves out.
    pub absent: Absent,
    /// Whether a value may be missing, NaN. If not, a payload with a missing value is answered with status 400,
    /// and the predictor never sees one. A model of integers never does.
    pub takes_missing: bool,
    /// The kind of model, as `ModelMetadata` of the Open Inference Protocol calls it.
    pub platform: &'static str,
}

/// What a model answers.
///
/// ```
/// use algorithm::{Features, Labels, Output, Signature};
///
/// let labels = Labels::Integers(vec![0, 1]);
/// let signature = Signature::classifier(Features::unnamed(3), labels.clone());
/// assert_eq!(signature.output, Output::Classes(labels));
/// assert_eq!(Signature::regressor(Features::unnamed(3), 2).output, Output::Targets(2));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// A classifier: a label, and one value a class in the order of the labels.
    Classes(Labels),
    /// A regressor: this many values.
    Targets(usize),
}

/// What the values of a classifier's [`Scores`](crate::Scores) are: one a class, in the order of the labels.
/// They decide which keys an answer can have, and the default ones.
///
/// ```
/// use algorithm::{Features, Labels, Signature, Values};
///
/// let clusters = Labels::Integers(vec![0, 1, 2]);
/// let signature = Signature {
///     values: Values::Distances,
///     ..Signature::classifier(Features::unnamed(2), clusters)
/// };
/// assert_eq!(signature.width(), 3);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// From 0 to 1, with a sum of 1 unless each class is judged by itself, one versus all: the keys `probability` and `probabilities`.
    Probabilities,
    /// Margins, votes or the like; the more, the likelier.
    Scores,
    /// From 0 up, the class with the least being the answer: the key `distances`, in an answer by default.
    Distances,
}

/// Whether a model says how much each feature contributes to a row's answer.
///
/// ```
/// use algorithm::{Contributions, Features, Signature};
///
/// let signature = Signature {
///     contributions: Contributions::Given { outputs: 1 },
///     ..Signature::regressor(Features::unnamed(4), 1)
/// };
/// assert_eq!(signature.contributions_in_row(), 5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contributions {
    /// It does, for each of this many raw scores: one number a feature, then the bias.
    Given {
        /// 1 for a regressor of one target and for most classifiers of two classes, else one a class or target.
        outputs: usize,
    },
    /// It does not, for this reason: a clause that follows "the model gives no contributions: ".
    Missing(&'static str),
}

/// The meaning of a value that a sparse record leaves out.
///
/// ```
/// use algorithm::{Absent, Features, Signature};
///
/// // `0 3:1.5` in libsvm: all features but the one at index 3 are missing.
/// let signature = Signature {
///     absent: Absent::Missing,
///     ..Signature::regressor(Features::unnamed(10), 1)
/// };
/// assert!(signature.takes_missing);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// The number 0.
    Zero,
    /// A missing value, NaN; 0 for a model of integers.
    Missing,
}

impl Signature {
    /// A classifier of float32 rows, missing values among them, whose values are scores.
    pub fn classifier(features: Features, labels: Labels) -> Self {
        Self {
            features,
            input_type: InputType::F32,
            input_name: "X".to_owned(),
            output: Output::Classes(labels),
            label_name: Some("label".to_owned()),
            values_name: Some("probabilities".to_owned()),
            is_double: false,
            values: Values::Scores,
            gives_path: false,
            raw_scores: 0,
            leaves: 0,
            contributions: Contributions::Missing("its algorithm has none"),
            objective: None,
            absent: Absent::Zero,
            takes_missing: true,
            platform: "custom",
        }
    }

    /// A regressor of float32 rows, missing values among them, with `n_targets` values.
    pub fn regressor(features: Features, n_targets: usize) -> Self {
        Self {
            output: Output::Targets(n_targets),
            label_name: None,
            values_name: Some("variable".to_owned()),
            ..Self::classifier(features, Labels::Integers(Vec::new()))
        }
    }

    /// Values a row: the number of classes or targets.
    #[inline]
    pub fn width(&self) -> usize {
        match &self.output {
            Output::Classes(labels) => labels.len(),
            Output::Targets(count) => *count,
        }
    }

    /// Values that a row takes: its features or its scores, whichever are more. At least 1.
    pub fn cells_in_row(&self) -> usize {
        self.features.len().max(self.width()).max(1)
    }

    /// Numbers a row that [`Predictor::contributions`](crate::Predictor::contributions) gives; 0 if it gives none.
    pub fn contributions_in_row(&self) -> usize {
        match self.contributions {
            Contributions::Given { outputs } => outputs.saturating_mul(self.features.len() + 1),
            Contributions::Missing(_) => 0,
        }
    }

    /// The labels of a classifier; `None` for a regressor.
    #[inline]
    pub fn labels(&self) -> Option<&Labels> {
        match &self.output {
            Output::Classes(labels) => Some(labels),
            Output::Targets(_) => None,
        }
    }
}
