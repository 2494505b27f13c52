//! What is printed after each round, and decides on early stopping.
//!
//! | module | holds |
//! | --- | --- |
//! | `rows` | means over rows: rmse, logloss, ... |
//! | `labels` | what compares predicted labels with true ones: accuracy, f1, ... |
//! | `curves` | areas under the ROC and the precision-recall curve |
//! | `ranked` | ndcg and map |
//!
//! Definitions are XGBoost 3.2's (`src/metric`), with weights, but for `mse`, `r2` and those of `labels`: they are scikit-learn's, without
//! weights, as SageMaker's container has them. In three places XGBoost's value is of no use and another is taken:
//!
//! - `logloss` and `error` of `binary:logitraw` are of the probability, not of the margin.
//! - Rows with equal predictions are in the worst order for `ndcg` and `map`, not in that of the file.
//! - `ndcg` and `map` take all rows as one group, and leave weights out, which XGBoost refuses.

mod curves;
mod labels;
mod ranked;
mod rows;

use super::{Labelled, math::sigmoid, objective::Objective};
use labels::LabelMetric;

/// A metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    kind: Kind,
    name: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Rmse,
    Rmsle,
    Mae,
    Mape,
    Mphe,
    Mse,
    R2,
    LogLoss,
    /// With the threshold above which a row is class 1.
    Error(f32),
    PoissonNloglik,
    GammaNloglik,
    GammaDeviance,
    /// With the variance power.
    TweedieNloglik(f32),
    Mlogloss,
    Merror,
    Labels(LabelMetric),
    Auc,
    Aucpr,
    Ndcg(Top),
    Map(Top),
}

/// How many rows of a ranking count, and what rows without any relevant one give: 1, with `-` 0.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Top {
    n: usize,
    of_none: f64,
}

impl Metric {
    /// A metric by its name: `rmse`, `error@0.7`, `ndcg@5`. None if it is unknown or for survival.
    pub fn new(name: &str) -> Option<Self> {
        let (base, parameter) = match name.split_once('@') {
            None => (name, None),
            Some((base, parameter)) => (base, Some(parameter)),
        };
        let number = || parameter?.parse().ok().filter(|x: &f32| x.is_finite());
        let top = || {
            let Some(text) = parameter else {
                return Some(Top {
                    n: usize::MAX,
                    of_none: 1.0,
                });
            };
            let (digits, of_none) = match text.strip_suffix('-') {
                None => (text, 1.0),
                Some(digits) => (digits, 0.0),
            };
            let n = digits.parse().ok().filter(|&n: &usize| n > 0)?;
            Some(Top { n, of_none })
        };
        let kind = match (base, parameter.is_some()) {
            ("error", true) => Kind::Error(number()?),
            ("tweedie-nloglik", true) => {
                Kind::TweedieNloglik(number().filter(|r| (1.0..2.0).contains(r))?)
            }
            ("ndcg", _) => Kind::Ndcg(top()?),
            ("map", _) => Kind::Map(top()?),
            (_, true) => return None,
            ("rmse", _) => Kind::Rmse,
            ("rmsle", _) => Kind::Rmsle,
            ("mae", _) => Kind::Mae,
            ("mape", _) => Kind::Mape,
            ("mphe", _) => Kind::Mphe,
            ("mse", _) => Kind::Mse,
            ("r2", _) => Kind::R2,
            ("logloss", _) => Kind::LogLoss,
            ("error", _) => Kind::Error(0.5),
            ("poisson-nloglik", _) => Kind::PoissonNloglik,
            ("gamma-nloglik", _) => Kind::GammaNloglik,
            ("gamma-deviance", _) => Kind::GammaDeviance,
            ("mlogloss", _) => Kind::Mlogloss,
            ("merror", _) => Kind::Merror,
            ("auc", _) => Kind::Auc,
            ("aucpr", _) => Kind::Aucpr,
            _ => Kind::Labels(LabelMetric::new(base)?),
        };
        // XGBoost's printed names: `error@0.80` is `error@0.8`, and the default threshold is left out.
        let name = match kind {
            Kind::Error(0.5) => "error".to_owned(),
            Kind::Error(t) => format!("error@{}", six_digits(t)),
            Kind::TweedieNloglik(r) => format!("tweedie-nloglik@{}", six_digits(r)),
            _ => name.to_owned(),
        };
        Some(Self { kind, name })
    }

    /// The name as it is printed.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether more is better.
    pub fn is_maximised(&self) -> bool {
        matches!(
            self.kind,
            Kind::Labels(_) | Kind::Auc | Kind::Aucpr | Kind::Ndcg(_) | Kind::Map(_) | Kind::R2
        )
    }

    /// Checks that the metric has a meaning for an objective's predictions.
    ///
    /// # Errors
    /// What is wrong, in one sentence.
    pub fn check(&self, objective: &Objective) -> Result<(), String> {
        let n = objective.n_outputs();
        let is_multi = objective.name().starts_with("multi:");
        let name = self.name();
        let objective = objective.name();
        match self.kind {
            Kind::Mlogloss | Kind::Merror if !is_multi => Err(format!(
                "Metric '{name}' is for multi:softmax and multi:softprob, the objective is {objective}."
            )),
            Kind::Labels(metric) if metric.is_binary() && n > 2 => Err(format!(
                "Metric '{name}': Target is multiclass but average='binary'. Use {name}_macro or {name}_micro."
            )),
            Kind::Mlogloss | Kind::Merror | Kind::Labels(_) | Kind::Auc | Kind::Aucpr => Ok(()),
            _ if is_multi => Err(format!(
                "Metric '{name}' takes one prediction a row, {objective} has {n}: use merror or mlogloss."
            )),
            _ => Ok(()),
        }
    }

    /// The metric of these rows. `predictions` hold a row's outputs side by side, and the metric fits the objective
    /// ([`check`](Self::check)). NaN if the metric is not defined for these labels, such as `auc` of one class.
    pub fn evaluate(&self, objective: &Objective, predictions: &[f32], rows: Labelled<'_>) -> f64 {
        let n = objective.n_outputs();
        let logits = objective.predicts_logits();
        match self.kind {
            Kind::Rmse => rows::rmse(predictions, rows),
            Kind::Rmsle => rows::rmsle(predictions, rows),
            Kind::Mae => rows::mae(predictions, rows),
            Kind::Mape => rows::mape(predictions, rows),
            Kind::Mphe => rows::mphe(predictions, rows),
            Kind::Mse => rows::mse(predictions, rows),
            Kind::R2 => rows::r2(predictions, rows),
            Kind::LogLoss if logits => rows::logloss(predictions, rows, sigmoid),
            Kind::LogLoss => rows::logloss(predictions, rows, |p| p),
            Kind::Error(t) if logits => rows::error(predictions, rows, |f| sigmoid(f) > t),
            Kind::Error(t) => rows::error(predictions, rows, |p| p > t),
            Kind::PoissonNloglik => rows::poisson_nloglik(predictions, rows),
            Kind::GammaNloglik => rows::gamma_nloglik(predictions, rows),
            Kind::GammaDeviance => rows::gamma_deviance(predictions, rows),
            Kind::TweedieNloglik(power) => rows::tweedie_nloglik(predictions, rows, power),
            Kind::Mlogloss => rows::mlogloss(predictions, n, rows),
            Kind::Merror => rows::merror(predictions, n, rows),
            Kind::Labels(metric) => {
                metric.evaluate(predictions, n, if logits { 0.0 } else { 0.5 }, rows.labels)
            }
            Kind::Auc => curves::auc(predictions, n, rows),
            Kind::Aucpr => curves::aucpr(predictions, n, rows),
            Kind::Ndcg(top) => ranked::ndcg(predictions, rows.labels, top),
            Kind::Map(top) => ranked::map(predictions, rows.labels, top),
        }
    }
}

/// A number as C++ prints it: six significant digits.
fn six_digits(x: f32) -> f64 {
    format!("{x:.5e}").parse().unwrap_or(f64::from(x))
}

#[cfg(test)]
mod tests;
