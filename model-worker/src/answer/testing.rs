//! A whole encoding, for the writers' tests.

use algorithm::{Answer, Predictor, Rows, Scores};
use records::Format;

use super::{Encoder, NotAcceptable, Selection, Vocabulary};

pub(crate) fn try_encode(
    format: Format,
    predictor: &dyn Predictor,
    keys: &str,
    rows: &[f32],
) -> Result<Answer, NotAcceptable> {
    let selection = Selection::parse(keys, predictor.signature()).unwrap();
    let vocabulary = Vocabulary::new(predictor.signature());
    let mut encoder = Encoder::new(format, predictor, &selection, &vocabulary)?;
    let mut scores = Scores::new();
    // A block for each row: the answer must not depend on the blocks.
    for row in rows.chunks(predictor.signature().features.len()) {
        predictor.predict(Rows::F32(row), &mut scores).unwrap();
        encoder.push(Rows::F32(row), &scores, 0..1).unwrap();
    }
    Ok(encoder.finish())
}

pub(crate) fn encode(
    format: Format,
    predictor: &dyn Predictor,
    keys: &str,
    rows: &[f32],
) -> Answer {
    try_encode(format, predictor, keys, rows).unwrap()
}
