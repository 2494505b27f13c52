//! A loaded model: what its users see of it.

use std::fmt;

use crate::LoadError;
use crate::Rows;
use crate::Scores;
use crate::ShapeError;
use crate::onnx;
use crate::scorer::Scorer;

/// A tree ensemble, loaded and validated.
///
/// ```
/// use model::{DecisionTree, Labels, Model, Rows, Scores, TreeNode};
///
/// let tree = DecisionTree {
///     nodes: vec![
///         TreeNode::Split { feature: 0, threshold: 2.5, true_child: 1, false_child: 2, missing_goes_true: true },
///         TreeNode::Leaf { probabilities: vec![(0, 1.0)] },
///         TreeNode::Leaf { probabilities: vec![(0, 0.25), (1, 0.75)] },
///     ],
///     labels: Labels::Text(vec!["no".into(), "yes".into()]),
///     n_features: 1,
///     feature_names: vec!["petal length".into()],
///     metadata: vec![],
/// };
/// let model = Model::load(&tree.to_onnx()?)?;
/// let mut scores = Scores::new();
/// model.score(Rows::F32(&[2.5, 2.6, f32::NAN]), &mut scores)?;
/// assert_eq!(scores.labels(), [0, 1, 0]);
/// assert_eq!(scores.row(1), Some(&[0.25, 0.75][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Model {
    pub(crate) input: Input,
    pub(crate) feature_names: Vec<String>,
    pub(crate) output: Output,
    pub(crate) label_name: Option<String>,
    pub(crate) values_name: Option<String>,
    pub(crate) scorer: Scorer,
}

/// The graph's one input.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) kind: InputType,
    pub(crate) n_features: usize,
}

/// The type of the model's input tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputType {
    /// float32.
    Float,
    /// float64.
    Double,
    /// int64, or int32 in the file: both take [`Rows::I64`].
    Int64,
}

impl fmt::Display for InputType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InputType::Float => "float32",
            InputType::Double => "float64",
            InputType::Int64 => "int64",
        })
    }
}

/// What the model answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// A classifier: a label and one value a class, in this order.
    Classes(Labels),
    /// A regressor: this many values.
    Targets(usize),
}

/// The labels of a classifier, in the order of its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Labels {
    /// String labels.
    Text(Vec<String>),
    /// Integer labels.
    Integers(Vec<i64>),
}

impl Labels {
    /// Number of classes.
    pub fn len(&self) -> usize {
        match self {
            Labels::Text(labels) => labels.len(),
            Labels::Integers(labels) => labels.len(),
        }
    }

    /// Whether there is no label (never so in a loaded model).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Model {
    /// Reads an ONNX file and checks all of it.
    ///
    /// # Errors
    /// A file that is not ONNX, breaks the operator's rules, or uses what is not supported, in one line
    /// that names the place, what was found and what is allowed.
    pub fn load(file: &[u8]) -> Result<Model, LoadError> {
        onnx::load(file)
    }

    /// Number of feature values a row, at least 1.
    pub fn n_features(&self) -> usize {
        self.input.n_features
    }

    /// Names of the features, from the file's metadata entry `feature_names` (a JSON array of strings,
    /// which [`DecisionTree`](crate::DecisionTree) writes). Empty where the entry is absent, of another
    /// form or of another length than [`n_features`](Self::n_features).
    pub fn feature_names(&self) -> &[String] {
        &self.feature_names
    }

    /// The type of the values that [`score`](Self::score) takes.
    pub fn input_type(&self) -> InputType {
        self.input.kind
    }

    /// The graph's name of the input.
    pub fn input_name(&self) -> &str {
        &self.input.name
    }

    /// The graph's name of the output that holds labels, if the graph has it.
    pub fn label_name(&self) -> Option<&str> {
        self.label_name.as_deref()
    }

    /// The graph's name of the output that holds probabilities, scores or targets, if the graph has it.
    pub fn values_name(&self) -> Option<&str> {
        self.values_name.as_deref()
    }

    /// Classes with labels, or a number of targets.
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// Whether the values are float64 in the graph; [`Scores::doubles`] then holds them unrounded.
    pub fn double_output(&self) -> bool {
        self.scorer.double_output()
    }

    /// Scores a batch of rows; no rows are fine. What `scores` held before is gone.
    ///
    /// # Errors
    /// Rows of another type than [`input_type`](Self::input_type), or values that do not divide into
    /// rows of [`n_features`](Self::n_features).
    pub fn score(&self, rows: Rows<'_>, scores: &mut Scores) -> Result<(), ShapeError> {
        if rows.input_type() != self.input.kind {
            return Err(ShapeError::Type {
                found: rows.input_type(),
                expected: self.input.kind,
            });
        }
        if !rows.len().is_multiple_of(self.input.n_features) {
            return Err(ShapeError::Length {
                found: rows.len(),
                n_features: self.input.n_features,
            });
        }
        self.scorer.score(rows, self.input.n_features, scores);
        Ok(())
    }
}
