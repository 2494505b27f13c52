//! The rows of a table through a predictor, block by block, on all cores.

use algorithm::{InputType, PredictError, Predictor, Rows, Scores};
use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;
use records::rows_in_block;

use crate::data::row_major::gather;

/// Rows of a block at most, so that a narrow table too is scored on all cores.
const BLOCK_ROWS: usize = 4096;

/// Scores `records` and boils each block's scores down: `boil` is given the position of the block's
/// first row and its scores. Returns what `boil` returns, in the order of the blocks.
///
/// # Errors
/// Those of the predictor and of `boil`, and scores that the signature does not announce.
pub(super) fn scored<T: Send>(
    predictor: &dyn Predictor,
    records: &Array2<f32>,
    boil: impl Fn(usize, &Scores) -> Result<T, PredictError> + Sync,
) -> Result<Vec<T>, PredictError> {
    let block_rows = rows_in_block(predictor.signature().cells_in_row()).min(BLOCK_ROWS);
    let blocks = records.axis_chunks_iter(Axis(0), block_rows);
    blocks
        .into_par_iter()
        .enumerate()
        .map_init(
            || (Buffer::new(predictor.signature().input_type), Scores::new()),
            |(buffer, scores), (index, block)| {
                predictor.predict(buffer.fill(&block), scores)?;
                scores.check(block.nrows(), predictor.signature())?;
                boil(index * block_rows, scores)
            },
        )
        .collect()
}

/// A block's rows in the model's number type.
pub(super) enum Buffer {
    F32(Vec<f32>),
    F64(Vec<f64>),
}

impl Buffer {
    pub(super) fn new(input_type: InputType) -> Self {
        match input_type {
            InputType::F32 => Self::F32(Vec::new()),
            InputType::F64 => Self::F64(Vec::new()),
            InputType::I64 => unreachable!("a model of int64 values is refused when it is loaded"),
        }
    }

    pub(super) fn fill(&mut self, block: &ArrayView2<'_, f32>) -> Rows<'_> {
        match self {
            Self::F32(rows) => {
                gather(block, rows, |value| value);
                Rows::F32(rows)
            }
            Self::F64(rows) => {
                gather(block, rows, f64::from);
                Rows::F64(rows)
            }
        }
    }
}
