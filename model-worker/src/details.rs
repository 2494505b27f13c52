//! What a predictor says about a block of rows beside their scores, if an answer holds it.

use algorithm::{PredictError, Predictor, Refusal, Rows, Signature};
use records::rows_in_block;

/// Most rows whose contributions are asked for at once. Those of large models take a millisecond a row, and a
/// call that nobody waits for stops only between blocks.
const MAX_EXPLAINED: usize = 256;

/// What an answer holds beside scores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    pub(crate) raw_scores: bool,
    pub(crate) leaves: bool,
    pub(crate) contributions: bool,
}

/// The details of a block of rows, row-major; empty if they are not needed.
#[derive(Debug, Default)]
pub(crate) struct Details {
    /// [`raw_scores_in_row`] a row.
    pub(crate) raw_scores: Vec<f64>,
    pub(crate) leaves: Vec<u32>,
    pub(crate) contributions: Vec<f64>,
}

/// Raw scores a row of an answer. A classifier of two classes that has one gives two, that of class 0 being the
/// negative of the other.
pub(crate) fn raw_scores_in_row(signature: &Signature) -> usize {
    if is_of_class_1(signature) {
        2
    } else {
        signature.raw_scores
    }
}

fn is_of_class_1(signature: &Signature) -> bool {
    signature.raw_scores == 1 && signature.labels().is_some_and(|labels| labels.len() == 2)
}

impl Needs {
    /// Values that a row takes: its features, its scores or its details, whichever are most.
    pub(crate) fn cells_in_row(self, signature: &Signature) -> usize {
        let if_needed = |is_needed: bool, cells: usize| if is_needed { cells } else { 0 };
        signature
            .cells_in_row()
            .max(if_needed(self.raw_scores, raw_scores_in_row(signature)))
            .max(if_needed(self.leaves, signature.leaves))
            .max(if_needed(
                self.contributions,
                signature.contributions_in_row(),
            ))
    }

    /// About how many values could be decoded in the time that a row takes: to visit a leaf takes about as long as
    /// to decode a value.
    pub(crate) fn work_in_row(self, signature: &Signature) -> usize {
        self.cells_in_row(signature).max(signature.leaves)
    }

    /// Rows of a block, at least 1.
    pub(crate) fn rows_in_block(self, signature: &Signature) -> usize {
        let rows = rows_in_block(self.cells_in_row(signature));
        if self.contributions {
            rows.min(MAX_EXPLAINED)
        } else {
            rows
        }
    }
}

impl Details {
    /// Asks for what is needed about rows, in place of what the details were.
    ///
    /// # Errors
    /// The predictor failed, or returned a wrong number of values.
    pub(crate) fn fill(
        &mut self,
        predictor: &dyn Predictor,
        rows: Rows<'_>,
        needs: Needs,
    ) -> Result<(), Refusal> {
        let signature = predictor.signature();
        let n_rows = rows.len() / signature.features.len();
        if needs.raw_scores {
            predictor.raw_scores(rows, &mut self.raw_scores)?;
            let found = self.raw_scores.len();
            check("raw scores", found, n_rows, signature.raw_scores)?;
            if is_of_class_1(signature) {
                let scores = self.raw_scores.iter();
                self.raw_scores = scores.flat_map(|score| [-score, *score]).collect();
            }
        }
        if needs.leaves {
            predictor.leaves(rows, &mut self.leaves)?;
            check("leaves", self.leaves.len(), n_rows, signature.leaves)?;
        }
        if needs.contributions {
            predictor.contributions(rows, &mut self.contributions)?;
            let (found, in_row) = (self.contributions.len(), signature.contributions_in_row());
            check("contributions", found, n_rows, in_row)?;
        }
        Ok(())
    }
}

fn check(what: &str, found: usize, n_rows: usize, in_row: usize) -> Result<(), PredictError> {
    let expected = n_rows.saturating_mul(in_row);
    if found == expected {
        return Ok(());
    }
    Err(PredictError::new(format!(
        "the predictor returned {found} {what} for {n_rows} rows, expected {expected}"
    )))
}
