//! What `model-worker` serves.

use crate::{Decision, PredictError, Rows, Scores, Signature};

/// A loaded model.
///
/// All threads of a worker share it. `model-worker` asks for blocks of rows, so that a block costs one
/// virtual call, and checks what comes back: a wrong number of rows or a label that does not exist is
/// answered with a 500 that names the predictor.
///
/// ```
/// use algorithm::{Features, PredictError, Predictor, Rows, Scores, Signature};
///
/// /// Answers the sum of a row.
/// struct Sum(Signature);
///
/// impl Predictor for Sum {
///     fn signature(&self) -> &Signature {
///         &self.0
///     }
///
///     fn predict(&self, rows: Rows<'_>, scores: &mut Scores) -> Result<(), PredictError> {
///         let rows = rows.float32(&self.0)?;
///         scores.resize(rows.len(), &self.0);
///         for (sum, row) in scores.values_mut().iter_mut().zip(rows) {
///             *sum = row.iter().sum();
///         }
///         Ok(())
///     }
/// }
///
/// let sum = Sum(Signature::regressor(Features::unnamed(2), 1));
/// let mut scores = Scores::new();
/// sum.predict(Rows::F32(&[1.0, 2.0, 3.0, 4.0]), &mut scores)?;
/// assert_eq!(scores.values(), [3.0, 7.0]);
/// # Ok::<(), PredictError>(())
/// ```
pub trait Predictor: Send + Sync {
    /// What the model takes and gives; the same at every call.
    fn signature(&self) -> &Signature;

    /// Scores whole rows of the signature's [`input_type`](Signature::input_type); there may be none.
    /// Replaces what `scores` held: begin with [`Scores::resize`].
    ///
    /// # Errors
    /// Rows that the signature does not allow, or a failure of the predictor's own; one line. It is
    /// answered with status 500, since `model-worker` hands over only rows that fit.
    fn predict(&self, rows: Rows<'_>, scores: &mut Scores) -> Result<(), PredictError>;

    /// The decisions that lead one row to its answer, in their order. Asked only if the signature says
    /// [`gives_path`](Signature::gives_path).
    ///
    /// # Errors
    /// As those of [`predict`](Self::predict), and by default that there is no path.
    fn path(&self, row: Rows<'_>) -> Result<Vec<Decision>, PredictError> {
        let _ = row;
        Err(PredictError::new(
            "the signature announces decision paths, but the predictor has none",
        ))
    }

    /// The raw scores of whole rows, row-major, in place of what `raw_scores` held:
    /// [`Signature::raw_scores`] a row. Asked only if the signature announces them.
    ///
    /// # Errors
    /// As those of [`predict`](Self::predict), and by default that there are none.
    fn raw_scores(&self, rows: Rows<'_>, raw_scores: &mut Vec<f64>) -> Result<(), PredictError> {
        let _ = (rows, raw_scores);
        Err(PredictError::new(
            "the signature announces raw scores, but the predictor has none",
        ))
    }

    /// The leaf that each row reaches in each tree, row-major, in place of what `leaves` held:
    /// [`Signature::leaves`] a row. Asked only if the signature announces them.
    ///
    /// # Errors
    /// As those of [`predict`](Self::predict), and by default that there are none.
    fn leaves(&self, rows: Rows<'_>, leaves: &mut Vec<u32>) -> Result<(), PredictError> {
        let _ = (rows, leaves);
        Err(PredictError::new(
            "the signature announces leaves, but the predictor has none",
        ))
    }

    /// How much each feature contributes to the raw scores of whole rows (SHAP values), in place of what
    /// `contributions` held. Row-major, for each raw score of a row one number a feature and then the bias, all
    /// of which add up to the raw score. Asked only if the signature announces them.
    ///
    /// # Errors
    /// As those of [`predict`](Self::predict), and by default that there are none.
    fn contributions(
        &self,
        rows: Rows<'_>,
        contributions: &mut Vec<f64>,
    ) -> Result<(), PredictError> {
        let _ = (rows, contributions);
        Err(PredictError::new(
            "the signature announces contributions, but the predictor has none",
        ))
    }
}
