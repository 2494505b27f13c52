//! A whole encoding, for the writers' tests.

use algorithm::{Answer, Cancellation, Predictor, Rows};
use records::Format;

use super::{Encoder, NotAcceptable, Selection, Vocabulary};
use crate::blocks::{Blocks, Scored};

pub(crate) fn try_encode(
    format: Format,
    predictor: &dyn Predictor,
    keys: &str,
    rows: &[f32],
) -> Result<Answer, NotAcceptable> {
    let selection = Selection::parse(keys, predictor.signature()).unwrap();
    let vocabulary = Vocabulary::new(predictor.signature());
    let mut encoder = Encoder::new(format, predictor, &selection, &vocabulary)?;
    let cancellation = Cancellation::new();
    let mut blocks = Blocks::new(
        predictor,
        selection.needs(predictor.signature()),
        &cancellation,
    );
    // A block for each row: the answer must not depend on the blocks.
    for row in rows.chunks(predictor.signature().features.len()) {
        let push = |scored: Scored<'_>| Ok(encoder.push(scored, 0..1)?);
        blocks.score(Rows::F32(row), push).unwrap();
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
