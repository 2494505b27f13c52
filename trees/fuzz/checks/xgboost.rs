//! Any bytes: the loader of XGBoost's files refuses them in one line, or returns a model that scores.

use algorithm::{ModelFormat, Predictor, Rows, Scores};
use trees::{Model, XGBOOST};

/// Wider models are loaded but not scored: their rows would only cost time.
const MAX_CELLS: usize = 1_000;

/// Panics if the loader or the model does anything else.
pub(crate) fn check(file: &[u8]) {
    if let Some(refusal) = ModelFormat::refusal(&[XGBOOST], file) {
        assert!(ModelFormat::of_file(&[XGBOOST], "any", file).is_none());
        assert!(!refusal.to_string().contains('\n'));
    }
    let model = match Model::load_xgboost(file) {
        Ok(model) => model,
        Err(error) => {
            assert!(!error.to_string().contains('\n'));
            return;
        }
    };
    let signature = model.signature();
    let n = signature.features.len();
    if signature.cells_in_row() > MAX_CELLS {
        return;
    }
    let values = [0.0, 1.0, -1.0, f32::NAN, f32::INFINITY, -0.0, 2.5, f32::MIN];
    let rows: Vec<f32> = values.into_iter().cycle().take(9 * n).collect();
    let rows = Rows::F32(&rows);
    let mut scores = Scores::new();
    assert_eq!(model.predict(rows, &mut scores), Ok(()));
    assert_eq!(scores.n_rows(), 9);
    let labels = signature.labels().map_or(0, |labels| labels.len());
    assert!(
        scores
            .labels()
            .iter()
            .all(|label| (*label as usize) < labels)
    );
    let mut raw_scores = Vec::new();
    assert_eq!(model.raw_scores(rows, &mut raw_scores), Ok(()));
    assert_eq!(raw_scores.len(), 9 * signature.raw_scores);
    let mut leaves = Vec::new();
    assert_eq!(model.leaves(rows, &mut leaves), Ok(()));
    assert_eq!(leaves.len(), 9 * model.n_trees());
}
