//! `base_score`: the prediction before the first tree.

use super::{Labelled, Loss, Objective, quantile::median};
use crate::{
    boosting::{math::ln, sum::sums},
    histogram::GradientPair,
};

/// XGBoost's `kRtEps`.
const EPSILON: f32 = 1e-6;

impl Objective {
    /// The prediction before the first tree as XGBoost estimates it and writes it to a file: a prediction, and not a margin, but
    /// for `multi:*`, with a number for each output.
    pub fn estimate_base_score(&self, rows: Labelled<'_>) -> Vec<f32> {
        match self.loss {
            Loss::SquaredError
            | Loss::RegLogistic
            | Loss::BinaryLogistic
            | Loss::LogitRaw
            | Loss::Gamma
                if (self.scale_pos_weight - 1.0).abs() <= EPSILON =>
            {
                vec![mean(rows)]
            }
            // All labels may be 0, whose logarithm is no margin.
            Loss::Poisson { .. } | Loss::Tweedie { .. } => vec![mean(rows).max(EPSILON)],
            Loss::AbsoluteError => {
                let labels = rows.labels.iter().enumerate();
                let mut labels: Vec<(f32, f32)> =
                    labels.map(|(row, &y)| (y, rows.weight(row))).collect();
                vec![median(&mut labels, rows.weights.is_some()).unwrap_or(0.0)]
            }
            Loss::Softmax { classes } | Loss::Softprob { classes } => log_priors(rows, classes),
            _ => self.newton_step(rows),
        }
    }

    /// One Newton step from a margin of 0, as a prediction.
    fn newton_step(&self, rows: Labelled<'_>) -> Vec<f32> {
        let margins = vec![0.0; rows.len()];
        let mut gradients = vec![GradientPair::default(); rows.len()];
        let mut buffer = Vec::new();
        let predictions = self.predictions(&margins, &mut buffer);
        self.gradients(rows, &margins, predictions, 0, &mut gradients);
        let [g, h] = sums(rows.len(), |row| {
            [f64::from(gradients[row].g), f64::from(gradients[row].h)]
        });
        let margin = (-g / h.max(f64::from(EPSILON))) as f32;
        self.predictions(&[margin], &mut Vec::new()).to_vec()
    }

    /// The margins, one for each output, that stand for a `base_score`, of which there is one number for all outputs or one for each.
    /// Logarithms are the system's, whose last bit is not always that of our own: it is what loads the model that takes them.
    ///
    /// # Errors
    /// XGBoost's sentence if no margin does.
    pub fn base_margins(&self, base_score: &[f32]) -> Result<Vec<f32>, &'static str> {
        let all = |check: fn(f32) -> bool, sentence| {
            base_score
                .iter()
                .all(|&b| check(b))
                .then_some(())
                .ok_or(sentence)
        };
        let margin: fn(f32) -> f32 = match self.loss {
            Loss::RegLogistic | Loss::BinaryLogistic => {
                all(
                    |b| (0.0..=1.0).contains(&b),
                    "base_score must be in (0,1) for the logistic loss.",
                )?;
                |b| -(1.0 / b.clamp(EPSILON, 1.0 - EPSILON) - 1.0).ln()
            }
            Loss::Gamma => {
                all(
                    |b| b > 0.0,
                    "`base_score` must be greater than 0 for gamma regression",
                )?;
                f32::ln
            }
            Loss::Poisson { .. } | Loss::Tweedie { .. } => {
                // XGBoost goes on with minus infinity.
                all(
                    |b| b > 0.0,
                    "`base_score` must be greater than 0 for Poisson/Tweedie regression",
                )?;
                f32::ln
            }
            _ => |b| b,
        };
        let n = self.n_outputs();
        let scores = base_score.iter().cycle().take(n);
        Ok(scores.map(|&b| margin(b)).collect())
    }
}

fn mean(rows: Labelled<'_>) -> f32 {
    let [sum] = sums(rows.len(), |row| {
        [f64::from(rows.labels[row]) * f64::from(rows.weight(row))]
    });
    (sum / rows.weight_sum()) as f32
}

/// The logarithm of each class's share, less the mean of them.
fn log_priors(rows: Labelled<'_>, classes: usize) -> Vec<f32> {
    let mut shares = vec![0.0_f64; classes];
    for (class, share) in shares.iter_mut().enumerate() {
        [*share] = sums(rows.len(), |row| {
            let is_of_class = rows.labels[row] == class as f32;
            [if is_of_class {
                f64::from(rows.weight(row))
            } else {
                0.0
            }]
        });
    }
    let weight = rows.weight_sum() as f32;
    let logs: Vec<f32> = shares
        .iter()
        .map(|&share| ln(share as f32 / weight + EPSILON))
        .collect();
    let mean = logs.iter().map(|&log| f64::from(log)).sum::<f64>() / classes as f64;
    logs.iter().map(|&log| log - mean as f32).collect()
}
