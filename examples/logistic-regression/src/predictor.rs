//! What `serve` runs.

use algorithm::{PredictError, Predictor, Rows, Scores, Signature, Values};

/// A `LinearClassifier`, checked.
pub(crate) struct LinearClassifier {
    pub(crate) signature: Signature,
    /// Those of each class in turn, one a feature.
    pub(crate) coefficients: Vec<f32>,
    /// One a class.
    pub(crate) intercepts: Vec<f32>,
}

impl Predictor for LinearClassifier {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn predict(&self, rows: Rows<'_>, scores: &mut Scores) -> Result<(), PredictError> {
        let rows = rows.float32(&self.signature)?;
        scores.resize(rows.len(), &self.signature);
        let mut sums = vec![0.0; self.intercepts.len()];
        let values = scores.values_mut().chunks_exact_mut(sums.len());
        for (row, values) in rows.zip(values) {
            let classes = self
                .coefficients
                .chunks_exact(row.len())
                .zip(&self.intercepts);
            for (sum, (coefficients, intercept)) in sums.iter_mut().zip(classes) {
                let pairs = row.iter().zip(coefficients);
                let products = pairs.map(|(a, b)| f64::from(*a) * f64::from(*b));
                *sum = products.sum::<f64>() + f64::from(*intercept);
            }
            if self.signature.values == Values::Probabilities {
                softmax(&mut sums);
            }
            for (value, sum) in values.iter_mut().zip(&sums) {
                *value = *sum as f32;
            }
        }
        scores.choose_labels(&self.signature);
        Ok(())
    }
}

fn softmax(scores: &mut [f64]) {
    let max = scores.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b));
    scores
        .iter_mut()
        .for_each(|score| *score = (*score - max).exp());
    let sum: f64 = scores.iter().sum();
    scores.iter_mut().for_each(|score| *score /= sum);
}
