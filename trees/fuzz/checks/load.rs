//! Any bytes: the loader refuses them in one line, or returns a model that scores.

use algorithm::{InputType, Part, Predictor, Rows, Scores};
use trees::{Model, ONNX};

/// Wider models are loaded but not scored: their rows would only cost time.
const MAX_FEATURES: usize = 1_000;

/// Panics if the loader or the model does anything else.
pub(crate) fn check(file: &[u8]) {
    check_parts(file);
    let model = match Model::load(file) {
        Ok(model) => model,
        Err(error) => {
            assert!(!error.to_string().contains('\n'));
            return;
        }
    };
    let n = model.signature().features.len();
    assert!(
        model.signature().features.names().is_empty()
            || model.signature().features.names().len() == n
    );
    if n > MAX_FEATURES {
        return;
    }
    let mut scores = Scores::new();
    let scored = match model.signature().input_type {
        InputType::F32 => {
            let values = [0.0, 1.0, -1.0, f32::NAN, f32::INFINITY, -0.0, 2.5, f32::MIN];
            let rows: Vec<f32> = values.into_iter().cycle().take(9 * n).collect();
            model.predict(Rows::F32(&rows), &mut scores)
        }
        InputType::F64 => {
            let values = [0.0, 1.0, -1.0, f64::NAN, f64::INFINITY, -0.0, 2.5, f64::MIN];
            let rows: Vec<f64> = values.into_iter().cycle().take(9 * n).collect();
            model.predict(Rows::F64(&rows), &mut scores)
        }
        InputType::I64 => {
            let rows: Vec<i64> = [0, 1, -1, i64::MAX, i64::MIN]
                .into_iter()
                .cycle()
                .take(9 * n)
                .collect();
            model.predict(Rows::I64(&rows), &mut scores)
        }
    };
    assert_eq!(scored, Ok(()));
    assert_eq!(scores.n_rows(), 9);
}

/// The file and one that says to be the other part of the same forest: both are refused in one line, or make a file
/// that is no part any more.
fn check_parts(file: &[u8]) {
    let Some(parts) = ONNX.parts().filter(|parts| (parts.is_part)(file)) else {
        return;
    };
    let mut other = file.to_vec();
    let says = |window: &[u8]| window == b"1 of 2, ";
    if let Some(at) = file.windows(8).position(says) {
        other[at] = b'2';
    }
    let files = [("a", file), ("b", &*other)].map(|(name, content)| Part { name, content });
    match (parts.join)(&files) {
        Ok(whole) => assert!(!(parts.is_part)(&whole)),
        Err(error) => assert!(!error.to_string().contains('\n')),
    }
}
