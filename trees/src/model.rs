//! A loaded model.

use algorithm::{Decision, PredictError, Predictor, Rows, Scores, Signature};

use crate::scorer::Scorer;

/// A tree ensemble, loaded and validated.
///
/// ```
/// use algorithm::{Labels, Predictor, Rows, Scores};
/// use trees::{DecisionTree, Model, TreeNode};
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
/// model.predict(Rows::F32(&[2.5, 2.6, f32::NAN]), &mut scores)?;
/// assert_eq!(scores.labels(), [0, 1, 0]);
/// assert_eq!(scores.row(1), Some(&[0.25, 0.75][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Model {
    pub(crate) signature: Signature,
    pub(crate) scorer: Scorer,
}

impl Predictor for Model {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn predict(&self, rows: Rows<'_>, scores: &mut Scores) -> Result<(), PredictError> {
        let n_rows = self.n_rows(rows)?;
        scores.resize(n_rows, &self.signature);
        self.scorer
            .score(rows, self.signature.features.len(), scores);
        Ok(())
    }

    fn path(&self, row: Rows<'_>) -> Result<Vec<Decision>, PredictError> {
        match self.n_rows(row)? {
            1 => self.decision_path(row),
            n_rows => Err(PredictError::new(format!(
                "{n_rows} rows, a path is that of one"
            ))),
        }
    }
}

impl Model {
    fn n_rows(&self, rows: Rows<'_>) -> Result<usize, PredictError> {
        if rows.input_type() != self.signature.input_type {
            return Err(PredictError::input_type(rows, &self.signature));
        }
        let n_features = self.signature.features.len();
        if !rows.len().is_multiple_of(n_features) {
            return Err(PredictError::length(rows, &self.signature));
        }
        Ok(rows.len() / n_features)
    }
}
