//! Any bytes: the loader of LightGBM's files refuses them in one line, or returns a model that scores.

use algorithm::{ModelFormat, Rows, Scores};
use trees::LIGHTGBM;

/// Wider models are loaded but not scored: their rows would only cost time.
const MAX_FEATURES: usize = 1_000;

const ROWS: usize = 9;

/// Panics if the loader or the model does anything else.
pub(crate) fn check(file: &[u8]) {
    let model = match (LIGHTGBM.load)(file) {
        Ok(model) => model,
        Err(error) => {
            assert!(!error.to_string().contains('\n'));
            return;
        }
    };
    assert!(ModelFormat::of_file(&[LIGHTGBM], "any", file).is_some());
    let signature = model.signature();
    let n = signature.features.len();
    assert_eq!(signature.features.names().len(), n);
    if n > MAX_FEATURES {
        return;
    }
    let values = [
        0.0,
        1.0,
        -1.0,
        f64::NAN,
        f64::INFINITY,
        -1e-36,
        2.5,
        f64::MIN,
    ];
    let rows: Vec<f64> = values.into_iter().cycle().take(ROWS * n).collect();
    let rows = Rows::F64(&rows);
    let mut scores = Scores::new();
    assert_eq!(model.predict(rows, &mut scores), Ok(()));
    assert_eq!(scores.n_rows(), ROWS);
    let mut raw_scores = Vec::new();
    assert_eq!(model.raw_scores(rows, &mut raw_scores), Ok(()));
    assert_eq!(raw_scores.len(), ROWS * signature.raw_scores);
    let mut leaves = Vec::new();
    assert_eq!(model.leaves(rows, &mut leaves), Ok(()));
    assert_eq!(leaves.len(), ROWS * signature.leaves);
    if signature.contributions_in_row() > 0 {
        let mut contributions = Vec::new();
        assert_eq!(model.contributions(rows, &mut contributions), Ok(()));
        assert_eq!(contributions.len(), ROWS * signature.contributions_in_row());
    }
    if signature.gives_path {
        let row = Rows::F64(&values[..n.min(values.len())]);
        assert_eq!(model.path(row).is_ok(), n <= values.len());
    }
}
