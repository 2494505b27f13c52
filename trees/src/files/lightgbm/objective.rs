//! From raw scores to answers.

use algorithm::{Labels, Output, first_largest};

use super::error::{Error, invalid, unsupported};
use crate::link::Link;

/// A LightGBM objective, as far as answers depend on it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Objective {
    transform: Transform,
    /// At least 1.
    raw_scores: usize,
    /// What raw scores are divided by before the transform, if anything.
    divisor: Option<f64>,
}

/// What happens to the raw scores of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Transform {
    Identity,
    /// Of models that were trained on the root of the label.
    SignedSquare,
    Exp,
    /// Of a single raw score: that of class 1.
    Binary {
        sigmoid: f64,
    },
    Softmax,
    /// Each class by itself: the probabilities do not add up to 1.
    OneVersusAll {
        sigmoid: f64,
    },
    Logistic,
    Log1pExp,
}

impl Objective {
    /// The objective of a line `objective=`: a name, and parameters after it.
    pub(super) fn new(line: &str, raw_scores: usize, divisor: Option<f64>) -> Result<Self, Error> {
        let mut words = line.split_ascii_whitespace();
        let name = words.next().unwrap_or("custom");
        let sigmoid = || sigmoid(words.clone());
        let by_root = words.clone().any(|word| word == "sqrt");
        let is_custom = matches!(name, "custom" | "none" | "null" | "na");
        // The other names of an objective are those of LightGBM's ParseObjectiveAlias.
        let transform = match name {
            "regression"
            | "regression_l2"
            | "l2"
            | "mean_squared_error"
            | "mse"
            | "l2_root"
            | "root_mean_squared_error"
            | "rmse"
            | "regression_l1"
            | "l1"
            | "mean_absolute_error"
            | "mae"
            | "fair"
            | "quantile"
            | "mape"
            | "mean_absolute_percentage_error" => {
                if by_root {
                    Transform::SignedSquare
                } else {
                    Transform::Identity
                }
            }
            "huber" | "lambdarank" | "rank_xendcg" | "xendcg" | "xe_ndcg" | "xe_ndcg_mart"
            | "xendcg_mart" | "custom" | "none" | "null" | "na" => Transform::Identity,
            "poisson" | "gamma" | "tweedie" => Transform::Exp,
            "binary" => Transform::Binary {
                sigmoid: sigmoid()?,
            },
            "multiclass" | "softmax" => Transform::Softmax,
            "multiclassova" | "multiclass_ova" | "ova" | "ovr" => Transform::OneVersusAll {
                sigmoid: sigmoid()?,
            },
            "cross_entropy" | "xentropy" => Transform::Logistic,
            "cross_entropy_lambda" | "xentlambda" => Transform::Log1pExp,
            other => {
                return unsupported!(
                    "objective: found `{}`, supported are those of LightGBM 2 to 4",
                    algorithm::text::excerpt(other.as_bytes())
                );
            }
        };
        let is_allowed = match transform {
            Transform::Identity => raw_scores == 1 || is_custom,
            Transform::Softmax | Transform::OneVersusAll { .. } => raw_scores > 1,
            _ => raw_scores == 1,
        };
        if !is_allowed {
            return invalid!(
                "num_tree_per_iteration: found {raw_scores}, which does not fit the objective"
            );
        }
        Ok(Self {
            transform,
            raw_scores,
            divisor,
        })
    }

    /// Classes from 0, or targets.
    pub(super) fn output(&self) -> Output {
        if self.gives_probabilities() {
            Output::Classes(Labels::Integers((0..self.width() as i64).collect()))
        } else {
            Output::Targets(self.raw_scores)
        }
    }
}

/// The number after `sigmoid:`.
fn sigmoid<'a>(words: impl Iterator<Item = &'a str>) -> Result<f64, Error> {
    let mut found = words.filter_map(|word| word.strip_prefix("sigmoid:"));
    let Some(text) = found.next() else {
        return invalid!("objective: `sigmoid:` is missing");
    };
    match fast_float2::parse(text) {
        Ok(sigmoid) if sigmoid > 0.0 && sigmoid < f64::INFINITY => Ok(sigmoid),
        _ => invalid!(
            "objective: sigmoid: found `{}`, allowed are numbers above 0",
            algorithm::text::excerpt(text.as_bytes())
        ),
    }
}

impl Link<f64> for Objective {
    fn raw_scores(&self) -> usize {
        self.raw_scores
    }

    fn width(&self) -> usize {
        match self.transform {
            Transform::Binary { .. } => 2,
            _ => self.raw_scores,
        }
    }

    fn gives_probabilities(&self) -> bool {
        matches!(
            self.transform,
            Transform::Binary { .. } | Transform::Softmax | Transform::OneVersusAll { .. }
        )
    }

    fn answer(&self, raw_scores: &[f64], labels: &mut [u32], values: &mut [f64]) {
        let divided = |raw: f64| self.divisor.map_or(raw, |divisor| raw / divisor);
        if let Transform::Binary { sigmoid } = self.transform {
            let values = values.as_chunks_mut().0.iter_mut();
            for ((raw, label), pair) in raw_scores.iter().zip(labels).zip(values) {
                let p = logistic(sigmoid * divided(*raw));
                *label = u32::from(p > 0.5);
                *pair = [1.0 - p, p];
            }
            return;
        }
        let scores = values.iter_mut().zip(raw_scores);
        match self.transform {
            Transform::Binary { .. } => unreachable!("answered above"),
            Transform::Identity => scores.for_each(|(value, raw)| *value = divided(*raw)),
            Transform::SignedSquare => {
                scores.for_each(|(value, raw)| *value = signed_square(divided(*raw)));
            }
            Transform::Exp => scores.for_each(|(value, raw)| *value = divided(*raw).exp()),
            Transform::Logistic => {
                scores.for_each(|(value, raw)| *value = logistic(divided(*raw)));
            }
            Transform::Log1pExp => {
                scores.for_each(|(value, raw)| *value = divided(*raw).exp().ln_1p());
            }
            Transform::OneVersusAll { sigmoid } => {
                scores.for_each(|(value, raw)| *value = logistic(sigmoid * divided(*raw)));
            }
            Transform::Softmax => {
                scores.for_each(|(value, raw)| *value = divided(*raw));
                values.chunks_exact_mut(self.raw_scores).for_each(softmax);
            }
        }
        for (label, row) in labels.iter_mut().zip(values.chunks_exact(self.raw_scores)) {
            *label = first_largest(row);
        }
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn signed_square(x: f64) -> f64 {
    let sign = f64::from(i8::from(x > 0.0) - i8::from(x < 0.0));
    sign * x * x
}

/// In LightGBM's order of operations.
fn softmax(row: &mut [f64]) {
    let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for value in row.iter_mut() {
        *value = (*value - most).exp();
        sum += *value;
    }
    row.iter_mut().for_each(|value| *value /= sum);
}
