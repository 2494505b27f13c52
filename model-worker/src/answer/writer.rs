//! What the formats of answers have in common.

use algorithm::PredictError;

use super::{cells::Cells, selection::Key};

/// Writes records in one format; the answer's bytes are the caller's.
pub(crate) trait Writer {
    /// What the answer's `Content-Type` says.
    fn content_type(&self) -> &'static str;

    /// Writes what precedes the records.
    fn begin(&mut self, _answer: &mut Vec<u8>) {}

    /// Writes what separates a record from the one before, if there is one.
    fn separate(&self, _answer: &mut Vec<u8>) {}

    /// Writes a block of records, separated from those before.
    ///
    /// # Errors
    /// The predictor can't explain a row.
    fn records(
        &mut self,
        keys: &[Key],
        cells: &Cells<'_>,
        answer: &mut Vec<u8>,
    ) -> Result<(), PredictError>;

    /// Writes what follows `n_rows` records, or fills in what had to wait for their number.
    fn end(&mut self, _n_rows: usize, _answer: &mut Vec<u8>) {}
}
