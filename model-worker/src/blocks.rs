//! Rows to checked scores, a block at a time.
//!
//! A block bounds the memory that scoring takes, however many rows a request has, and it is the unit after
//! which a cancelled call stops.

use algorithm::{Cancellation, Predictor, Refusal, Rows, Scores};

use crate::details::{Details, Needs};

/// Asks a predictor for blocks of rows.
pub(crate) struct Blocks<'a> {
    predictor: &'a dyn Predictor,
    cancellation: &'a Cancellation,
    /// Values of a whole block of rows.
    n_values: usize,
    needs: Needs,
    scores: Scores,
    details: Details,
}

/// A block of rows with all that was asked for.
#[derive(Clone, Copy)]
pub(crate) struct Scored<'a> {
    pub(crate) rows: Rows<'a>,
    /// Checked.
    pub(crate) scores: &'a Scores,
    pub(crate) details: &'a Details,
}

impl<'a> Blocks<'a> {
    pub(crate) fn new(
        predictor: &'a dyn Predictor,
        needs: Needs,
        cancellation: &'a Cancellation,
    ) -> Self {
        let signature = predictor.signature();
        Self {
            predictor,
            cancellation,
            n_values: needs.rows_in_block(signature) * signature.features.len(),
            needs,
            scores: Scores::new(),
            details: Details::default(),
        }
    }

    /// Scores whole rows. `take` gets each block with its scores and details, in order.
    ///
    /// # Errors
    /// The call was cancelled, the predictor failed or returned scores that break its signature, or an error
    /// of `take`.
    pub(crate) fn score(
        &mut self,
        rows: Rows<'_>,
        mut take: impl FnMut(Scored<'_>) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let signature = self.predictor.signature();
        let mut start = 0;
        while start < rows.len() {
            if self.cancellation.is_cancelled() {
                return Err(Refusal::Cancelled);
            }
            let end = rows.len().min(start + self.n_values);
            let block = rows.slice(start..end);
            let n_rows = block.len() / signature.features.len();
            self.predictor.predict(block, &mut self.scores)?;
            self.scores.check(n_rows, signature)?;
            self.details.fill(self.predictor, block, self.needs)?;
            take(Scored {
                rows: block,
                scores: &self.scores,
                details: &self.details,
            })?;
            start = end;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use algorithm::{Contributions, Features, Labels, PredictError, Signature};

    use super::*;
    use crate::testing::{Toy, regressor, wide};

    fn blocks_of(predictor: &dyn Predictor, n_rows: usize) -> Result<Vec<usize>, Refusal> {
        blocks_with(predictor, Needs::default(), n_rows)
    }

    fn blocks_with(
        predictor: &dyn Predictor,
        needs: Needs,
        n_rows: usize,
    ) -> Result<Vec<usize>, Refusal> {
        let cancellation = Cancellation::new();
        let mut lengths = Vec::new();
        let values = vec![0.0; n_rows * predictor.signature().features.len()];
        let mut blocks = Blocks::new(predictor, needs, &cancellation);
        blocks.score(Rows::F32(&values), |scored| {
            lengths.push(scored.scores.n_rows());
            Ok(())
        })?;
        Ok(lengths)
    }

    #[test]
    fn a_block_is_bounded_by_features_and_by_scores() {
        assert_eq!(blocks_of(&wide(1 << 14, 2), 9), Ok(vec![4, 4, 1]));
        assert_eq!(blocks_of(&wide(1, 1 << 15), 5), Ok(vec![2, 2, 1]));
        assert_eq!(blocks_of(&wide(1 << 17, 2), 2), Ok(vec![1, 1]));
        assert_eq!(blocks_of(&regressor(1), 1 << 16), Ok(vec![1 << 16]));
        assert_eq!(blocks_of(&regressor(1), 0), Ok(vec![]));
    }

    #[test]
    fn a_block_is_bounded_by_what_is_wanted_too() {
        let with = |change: fn(&mut Signature), needs, n_rows| {
            let mut predictor = regressor(1);
            change(&mut predictor.signature);
            blocks_with(&predictor, needs, n_rows)
        };
        let needs = Needs {
            leaves: true,
            ..Needs::default()
        };
        let leaves = with(|signature| signature.leaves = 1 << 15, needs, 5);
        assert_eq!(leaves, Ok(vec![2, 2, 1]));
        let needs = Needs {
            contributions: true,
            ..Needs::default()
        };
        let many = |signature: &mut Signature| {
            signature.contributions = Contributions::Given { outputs: 1 << 14 };
        };
        assert_eq!(with(many, needs, 5), Ok(vec![2, 2, 1]));
        // Few, since each may take long.
        let few = |signature: &mut Signature| {
            signature.contributions = Contributions::Given { outputs: 1 };
        };
        assert_eq!(with(few, needs, 600), Ok(vec![256, 256, 88]));
    }

    #[test]
    fn details_of_a_wrong_length_are_the_predictors_fault() {
        struct Short(Toy);
        impl Predictor for Short {
            fn signature(&self) -> &Signature {
                self.0.signature()
            }
            fn predict(&self, rows: Rows<'_>, scores: &mut Scores) -> Result<(), PredictError> {
                self.0.predict(rows, scores)
            }
            fn leaves(&self, _: Rows<'_>, leaves: &mut Vec<u32>) -> Result<(), PredictError> {
                leaves.resize(3, 0);
                Ok(())
            }
        }
        let mut toy = regressor(1);
        toy.signature.leaves = 2;
        let needs = Needs {
            leaves: true,
            ..Needs::default()
        };
        let line = "the predictor returned 3 leaves for 2 rows, expected 4";
        assert_eq!(
            blocks_with(&Short(toy), needs, 2),
            Err(Refusal::Internal(line.to_owned()))
        );
    }

    #[test]
    fn a_cancelled_call_stops_at_the_next_block() {
        let cancellation = Cancellation::new();
        let predictor = regressor(1);
        let values = vec![0.0; 3 << 16];
        let mut n_blocks = 0;
        let mut blocks = Blocks::new(&predictor, Needs::default(), &cancellation);
        let result = blocks.score(Rows::F32(&values), |_| {
            n_blocks += 1;
            cancellation.cancel();
            Ok(())
        });
        assert_eq!((result, n_blocks), (Err(Refusal::Cancelled), 1));
    }

    #[test]
    fn scores_that_break_the_signature_are_the_predictors_fault() {
        let two_classes =
            || Signature::classifier(Features::unnamed(1), Labels::Integers(vec![0, 1]));
        let line = |signature: Signature, returns: fn(&mut Scores, &Signature)| {
            let predictor = Toy::new(signature, move |_, scores, signature| {
                returns(scores, signature);
                Ok(())
            });
            blocks_of(&predictor, 5).unwrap_err()
        };
        let internal = |line: &str| Refusal::Internal(line.to_owned());
        assert_eq!(
            line(two_classes(), |scores, signature| scores
                .resize(3, signature)),
            internal("the predictor returned scores for 3 rows, expected 5")
        );
        assert_eq!(
            line(two_classes(), |scores, signature| {
                scores.resize(5, signature);
                scores.labels_mut()[4] = 2;
            }),
            internal("the predictor returned class 2, expected 0 to 1")
        );
        let one_target = || Signature::regressor(Features::unnamed(1), 1);
        assert_eq!(
            line(two_classes(), |scores, _| scores
                .resize(5, &Signature::regressor(Features::unnamed(1), 1))),
            internal("the predictor returned 1 values a row, expected 2")
        );
        assert_eq!(
            line(two_classes(), |scores, _| scores
                .resize(5, &Signature::regressor(Features::unnamed(1), 2))),
            internal("the predictor returned 0 labels, expected 5")
        );
        let doubles = Signature {
            is_double: true,
            ..one_target()
        };
        assert_eq!(
            line(doubles, |scores, _| scores
                .resize(5, &Signature::regressor(Features::unnamed(1), 1))),
            internal("the predictor returned 0 float64 values, expected 5")
        );
    }

    #[test]
    fn nan_is_a_value() {
        let signature = Signature::regressor(Features::unnamed(1), 1);
        let predictor = Toy::new(signature, |values, scores, signature| {
            scores.resize(values.len(), signature);
            scores.values_mut().fill(f32::NAN);
            Ok(())
        });
        assert_eq!(blocks_of(&predictor, 2), Ok(vec![2]));
    }
}
