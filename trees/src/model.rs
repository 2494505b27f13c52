//! A loaded model.

use algorithm::{Contributions, Decision, PredictError, Predictor, Rows, Scores, Signature};

use crate::computation::Computation;

/// A tree ensemble, loaded and validated.
///
/// ```
/// use algorithm::{Features, Labels, Output, Predictor, Rows, Scores};
/// use trees::{Model, TreeModel, TreeNode};
///
/// let tree = TreeModel {
///     trees: vec![vec![
///         TreeNode::Split { feature: 0, threshold: 2.5, true_child: 1, false_child: 2, missing_goes_true: true },
///         TreeNode::Leaf { values: vec![(0, 1.0)] },
///         TreeNode::Leaf { values: vec![(0, 0.25), (1, 0.75)] },
///     ]],
///     output: Output::Classes(Labels::Text(vec!["no".into(), "yes".into()])),
///     features: Features::named(vec!["petal length".into()]),
///     ..TreeModel::default()
/// };
/// let model = Model::load(&tree.to_onnx()?)?;
/// let mut scores = Scores::new();
/// model.predict(Rows::F32(&[2.5, 2.6, f32::NAN]), &mut scores)?;
/// assert_eq!(scores.labels(), [0, 1, 0]);
/// assert_eq!(scores.row(1), Some(&[0.25, 0.75][..]));
/// let mut leaves = Vec::new();
/// model.leaves(Rows::F32(&[2.5, 2.6, f32::NAN]), &mut leaves)?;
/// assert_eq!(leaves, [1, 2, 1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Model {
    signature: Signature,
    computation: Computation,
}

impl Predictor for Model {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn predict(&self, rows: Rows<'_>, scores: &mut Scores) -> Result<(), PredictError> {
        let n_rows = self.n_rows(rows)?;
        scores.resize(n_rows, &self.signature);
        self.computation.score(rows, self.n_features(), scores);
        Ok(())
    }

    fn path(&self, row: Rows<'_>) -> Result<Vec<Decision>, PredictError> {
        let n_rows = self.n_rows(row)?;
        if n_rows != 1 {
            return Err(PredictError::new(format!(
                "found {n_rows} rows, a decision path is that of one row"
            )));
        }
        let path = self.computation.path(row, self.n_features());
        path.ok_or_else(|| PredictError::new("a model of several trees has no decision path"))
    }

    fn raw_scores(&self, rows: Rows<'_>, raw_scores: &mut Vec<f64>) -> Result<(), PredictError> {
        self.n_rows(rows)?;
        if self.signature.raw_scores == 0 {
            return Err(PredictError::new("the model's values are its raw scores"));
        }
        self.computation
            .raw_scores(rows, self.n_features(), raw_scores);
        Ok(())
    }

    fn contributions(
        &self,
        rows: Rows<'_>,
        contributions: &mut Vec<f64>,
    ) -> Result<(), PredictError> {
        self.n_rows(rows)?;
        if let Contributions::Missing(reason) = self.signature.contributions {
            return Err(PredictError::new(format!(
                "the model gives no contributions: {reason}"
            )));
        }
        let in_row = self.signature.contributions_in_row();
        self.computation
            .contributions(rows, self.n_features(), in_row, contributions);
        Ok(())
    }

    /// As scikit-learn's `apply` and XGBoost's `pred_leaf` give it.
    ///
    /// A leaf is its position in the file, counted from the first of its tree's nodes. In a file that
    /// [`TreeModel`](crate::TreeModel) wrote, this is its index among the tree's nodes. A `TreeEnsemble` of
    /// ai.onnx.ml 5 has its leaves in a list of their own, which counts on after all branches.
    fn leaves(&self, rows: Rows<'_>, leaves: &mut Vec<u32>) -> Result<(), PredictError> {
        let n_rows = self.n_rows(rows)?;
        leaves.clear();
        leaves.resize(n_rows * self.n_trees(), 0);
        self.computation.apply(rows, self.n_features(), leaves);
        Ok(())
    }
}

impl Model {
    /// A model whose parts give and need what the signature says.
    pub(crate) fn new(signature: Signature, computation: Computation) -> Self {
        Self {
            signature,
            computation,
        }
    }

    /// Number of trees.
    pub fn n_trees(&self) -> usize {
        self.computation.n_trees()
    }

    fn n_features(&self) -> usize {
        self.signature.features.len()
    }

    fn n_rows(&self, rows: Rows<'_>) -> Result<usize, PredictError> {
        if rows.input_type() != self.signature.input_type {
            return Err(PredictError::input_type(rows, &self.signature));
        }
        if !rows.len().is_multiple_of(self.n_features()) {
            return Err(PredictError::length(rows, &self.signature));
        }
        Ok(rows.len() / self.n_features())
    }
}
