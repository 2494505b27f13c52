//! What boosting minimises. Formulas, first scores and sentences are those of XGBoost 3.2 (`src/objective`).
//!
//! | module | holds |
//! | --- | --- |
//! | `gradients` | first and second derivatives of a row's loss by its margin |
//! | `transform` | from margins to predictions |
//! | `intercept` | `base_score`: estimated, checked, and as a margin |
//! | `quantile` | medians, with weights |
//! | `leaves` | leaves that are medians instead of Newton steps |

mod gradients;
mod intercept;
mod leaves;
mod quantile;
mod transform;

use super::labelled::Labelled;

/// `count:poisson`'s `max_delta_step` if the job has none.
const POISSON_MAX_DELTA_STEP: f64 = 0.7;

/// A loss with its settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    loss: Loss,
    /// Multiplies the weight of rows whose label is exactly 1; 1 for losses where it has no effect.
    scale_pos_weight: f32,
}

/// Hyperparameters that only some losses read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Classes of `multi:*`.
    pub num_class: usize,
    pub scale_pos_weight: f64,
    /// None: the objective's own default.
    pub max_delta_step: Option<f64>,
    pub tweedie_variance_power: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            num_class: 0,
            scale_pos_weight: 1.0,
            max_delta_step: None,
            tweedie_variance_power: 1.5,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Loss {
    SquaredError,
    SquaredLogError,
    PseudoHuber,
    AbsoluteError,
    Gamma,
    /// `margin`: the hyperparameter `max_delta_step`, which is in the Hessian.
    Poisson {
        margin: f32,
    },
    Tweedie {
        power: f32,
    },
    RegLogistic,
    BinaryLogistic,
    LogitRaw,
    Hinge,
    Softmax {
        classes: usize,
    },
    Softprob {
        classes: usize,
    },
}

impl Objective {
    /// An objective by its name; None if it is unknown or for ranking or survival.
    pub fn new(name: &str, settings: &Settings) -> Option<Self> {
        let max_delta_step = settings.max_delta_step.unwrap_or(POISSON_MAX_DELTA_STEP);
        let loss = match name {
            "reg:squarederror" | "reg:linear" => Loss::SquaredError,
            "reg:squaredlogerror" => Loss::SquaredLogError,
            "reg:pseudohubererror" => Loss::PseudoHuber,
            "reg:absoluteerror" => Loss::AbsoluteError,
            "reg:gamma" => Loss::Gamma,
            "reg:tweedie" => Loss::Tweedie {
                power: settings.tweedie_variance_power as f32,
            },
            "count:poisson" => Loss::Poisson {
                margin: max_delta_step as f32,
            },
            "reg:logistic" => Loss::RegLogistic,
            "binary:logistic" => Loss::BinaryLogistic,
            "binary:logitraw" => Loss::LogitRaw,
            "binary:hinge" => Loss::Hinge,
            "multi:softmax" => Loss::Softmax {
                classes: settings.num_class.max(1),
            },
            "multi:softprob" => Loss::Softprob {
                classes: settings.num_class.max(1),
            },
            _ => return None,
        };
        let scales = matches!(
            loss,
            Loss::SquaredError
                | Loss::Gamma
                | Loss::RegLogistic
                | Loss::BinaryLogistic
                | Loss::LogitRaw
        );
        Some(Self {
            loss,
            scale_pos_weight: if scales {
                settings.scale_pos_weight as f32
            } else {
                1.0
            },
        })
    }

    /// The name in a model file: `reg:linear` is `reg:squarederror` there.
    pub fn name(&self) -> &'static str {
        match self.loss {
            Loss::SquaredError => "reg:squarederror",
            Loss::SquaredLogError => "reg:squaredlogerror",
            Loss::PseudoHuber => "reg:pseudohubererror",
            Loss::AbsoluteError => "reg:absoluteerror",
            Loss::Gamma => "reg:gamma",
            Loss::Poisson { .. } => "count:poisson",
            Loss::Tweedie { .. } => "reg:tweedie",
            Loss::RegLogistic => "reg:logistic",
            Loss::BinaryLogistic => "binary:logistic",
            Loss::LogitRaw => "binary:logitraw",
            Loss::Hinge => "binary:hinge",
            Loss::Softmax { .. } => "multi:softmax",
            Loss::Softprob { .. } => "multi:softprob",
        }
    }

    /// Margins of a row, and trees (or groups of parallel trees) of a round.
    pub fn n_outputs(&self) -> usize {
        match self.loss {
            Loss::Softmax { classes } | Loss::Softprob { classes } => classes,
            _ => 1,
        }
    }

    /// The name of the metric that is printed if the job asks for none.
    pub fn default_metric(&self) -> String {
        match self.loss {
            Loss::SquaredError | Loss::RegLogistic => "rmse".to_owned(),
            Loss::SquaredLogError => "rmsle".to_owned(),
            Loss::PseudoHuber => "mphe".to_owned(),
            Loss::AbsoluteError => "mae".to_owned(),
            Loss::Gamma => "gamma-deviance".to_owned(),
            Loss::Poisson { .. } => "poisson-nloglik".to_owned(),
            Loss::Tweedie { power } => format!("tweedie-nloglik@{power}"),
            Loss::BinaryLogistic | Loss::LogitRaw => "logloss".to_owned(),
            Loss::Hinge => "error".to_owned(),
            Loss::Softmax { .. } | Loss::Softprob { .. } => "mlogloss".to_owned(),
        }
    }

    /// The bound on a leaf before `eta`, if the job has none; 0 is no bound.
    pub fn default_max_delta_step(&self) -> f64 {
        match self.loss {
            Loss::Poisson { .. } => POISSON_MAX_DELTA_STEP,
            _ => 0.0,
        }
    }

    /// Whether a prediction is a margin that stands for a probability, so that `logloss` and `error` take its sigmoid.
    pub(super) fn predicts_logits(&self) -> bool {
        self.loss == Loss::LogitRaw
    }

    /// Checks all labels.
    ///
    /// # Errors
    /// XGBoost's sentence.
    pub fn check(&self, labels: &[f32]) -> Result<(), &'static str> {
        let all = |check: &dyn Fn(f32) -> bool, sentence| {
            labels
                .iter()
                .all(|&y| check(y))
                .then_some(())
                .ok_or(sentence)
        };
        match self.loss {
            Loss::SquaredLogError => all(
                &|y| y > -1.0,
                "label must be greater than -1 for rmsle so that log(label + 1) can be valid.",
            ),
            Loss::RegLogistic | Loss::BinaryLogistic | Loss::LogitRaw => all(
                &|y| (0.0..=1.0).contains(&y),
                "label must be in (0, 1) for logistic regression",
            ),
            Loss::Gamma => all(&|y| y > 0.0, "label must be positive for gamma regression."),
            Loss::Poisson { .. } | Loss::Tweedie { .. } => all(
                &|y| y >= 0.0,
                "label must be non-negative for Poisson/Tweedie regression.",
            ),
            Loss::Softmax { classes } | Loss::Softprob { classes } => all(
                &|y| y >= 0.0 && y < classes as f32 && y.floor() == y,
                "SoftmaxMultiClassObj: label must be discrete values in the range of [0, num_class).",
            ),
            Loss::SquaredError | Loss::PseudoHuber | Loss::AbsoluteError | Loss::Hinge => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
