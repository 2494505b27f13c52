//! How much each feature contributes to the answers, on average.

use algorithm::{PredictError, Predictor};
use ndarray::{Array2, Axis};
use rayon::prelude::*;

use super::blocks::Buffer;

/// Rows of a block: several times what a predictor may take side by side, and few enough for all cores to have some.
const BLOCK_ROWS: usize = 64;

/// The sizes of the features' contributions to the raw scores of some rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Contributions {
    /// Rows.
    pub n_rows: usize,
    /// Raw scores a row.
    pub n_outputs: usize,
    /// For each feature the mean over the rows of the contributions without their signs, summed over the raw scores.
    pub mean_absolute: Vec<f64>,
}

/// Asks `predictor` about these rows of `records`; `None` if there are none, or if it gives no contributions.
///
/// # Errors
/// Those of the predictor, and contributions that the signature does not announce.
pub fn contributions(
    predictor: &dyn Predictor,
    records: &Array2<f32>,
    rows: &[usize],
) -> Result<Option<Contributions>, PredictError> {
    let signature = predictor.signature();
    let in_row = signature.contributions_in_row();
    if rows.is_empty() || in_row == 0 {
        return Ok(None);
    }
    let n_features = signature.features.len();
    let sums: Vec<Vec<f64>> = rows
        .par_chunks(BLOCK_ROWS)
        .map(|rows| {
            let block = records.select(Axis(0), rows);
            let mut buffer = Buffer::new(signature.input_type);
            let mut contributions = Vec::new();
            predictor.contributions(buffer.fill(&block.view()), &mut contributions)?;
            let (found, expected) = (contributions.len(), rows.len() * in_row);
            if found != expected {
                return Err(PredictError::new(format!(
                    "found {found} contributions, expected {expected}, {in_row} a row"
                )));
            }
            let mut sums = vec![0.0; n_features];
            // The last one of each raw score is the bias.
            for of_output in contributions.chunks_exact(n_features + 1) {
                for (sum, contribution) in sums.iter_mut().zip(of_output) {
                    *sum += contribution.abs();
                }
            }
            Ok(sums)
        })
        .collect::<Result<_, _>>()?;
    let mean = |feature: usize| {
        let sum: f64 = sums.iter().map(|block| block[feature]).sum();
        sum / rows.len() as f64
    };
    Ok(Some(Contributions {
        n_rows: rows.len(),
        n_outputs: in_row / (n_features + 1),
        mean_absolute: (0..n_features).map(mean).collect(),
    }))
}

#[cfg(test)]
mod tests {
    use algorithm::{Contributions as Announced, Features, Rows, Scores, Signature};

    use super::*;

    /// Two raw scores of `[a, b]`: `a - 2 b + 100`, and `-3 a + 50`.
    struct Linear {
        signature: Signature,
        /// How many numbers it leaves out.
        lacks: usize,
    }

    impl Linear {
        fn new(contributions: Announced, lacks: usize) -> Self {
            let signature = Signature {
                contributions,
                ..Signature::regressor(Features::unnamed(2), 2)
            };
            Self { signature, lacks }
        }
    }

    impl Predictor for Linear {
        fn signature(&self) -> &Signature {
            &self.signature
        }

        fn predict(&self, _: Rows<'_>, _: &mut Scores) -> Result<(), PredictError> {
            unreachable!("only contributions are asked for")
        }

        fn contributions(&self, rows: Rows<'_>, into: &mut Vec<f64>) -> Result<(), PredictError> {
            into.clear();
            for row in rows.float32(&self.signature)? {
                let [a, b] = [row[0], row[1]].map(f64::from);
                into.extend([a, -2.0 * b, 100.0, -3.0 * a, 0.0, 50.0]);
            }
            into.truncate(into.len() - self.lacks);
            Ok(())
        }
    }

    const TWO: Announced = Announced::Given { outputs: 2 };

    #[test]
    fn signs_and_the_bias_do_not_count_and_raw_scores_are_added() {
        let records = Array2::from_shape_fn((1_000, 2), |(row, feature)| match feature {
            0 if row % 2 == 0 => row as f32,
            0 => -(row as f32),
            _ => 1.0,
        });
        // More than a block of them.
        let rows: Vec<usize> = (0..200).map(|row| row * 5 / 2).collect();
        let sum: usize = rows.iter().sum();
        let linear = Linear::new(TWO, 0);
        assert_eq!(
            contributions(&linear, &records, &rows).unwrap(),
            Some(Contributions {
                n_rows: 200,
                n_outputs: 2,
                mean_absolute: vec![4.0 * sum as f64 / 200.0, 2.0],
            })
        );
    }

    #[test]
    fn what_there_is_not_is_left_out_and_what_is_wrong_is_said() {
        let records = Array2::zeros((3, 2));
        let none = Linear::new(Announced::Missing("it has none"), 0);
        assert_eq!(contributions(&none, &records, &[0]).unwrap(), None);
        let linear = Linear::new(TWO, 0);
        assert_eq!(contributions(&linear, &records, &[]).unwrap(), None);
        let short = Linear::new(TWO, 1);
        assert_eq!(
            contributions(&short, &records, &[0, 2])
                .unwrap_err()
                .to_string(),
            "found 11 contributions, expected 12, 6 a row"
        );
    }
}
