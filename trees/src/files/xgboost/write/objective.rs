//! What a file says about its objective.

use super::{
    super::objective::ObjectiveLink,
    VERSION,
    ubjson::{Ubjson, number},
};
use crate::boosted_model::{BoostedModel, Objective};

impl Objective {
    /// The margins that base scores stand for, one an output: what a reader of the file adds the trees to. A
    /// base score is an answer, so its margin is a logarithm for `count:poisson`, log-odds for `binary:logistic`,
    /// and the same number for most others.
    ///
    /// ```
    /// use trees::Objective;
    ///
    /// assert_eq!(Objective::SquaredError.margins(&[0.5]), [0.5]);
    /// assert_eq!(Objective::BinaryLogistic.margins(&[0.5]), [0.0]);
    /// assert_eq!(Objective::Gamma.margins(&[1.0]), [0.0]);
    /// ```
    pub fn margins(&self, base_score: &[f32]) -> Vec<f32> {
        let link = ObjectiveLink::new(self.name(), self.n_outputs(), Some(VERSION));
        link.margins(base_score.to_vec(), Some(VERSION))
    }
}

/// Writes the objective with its parameters, under the keys that XGBoost reads them from.
pub(super) fn write(model: &BoostedModel, document: &mut Ubjson) {
    let scale = number(model.scale_pos_weight);
    let parameter = match &model.objective {
        // XGBoost 2.1 wants it for `reg:squaredlogerror` too; later versions pass over it.
        Objective::SquaredError
        | Objective::SquaredLogError
        | Objective::Logistic
        | Objective::Gamma
        | Objective::BinaryLogistic
        | Objective::BinaryLogitRaw => Some(("reg_loss_param", "scale_pos_weight", scale)),
        Objective::PseudoHuber { slope } => {
            Some(("pseudo_huber_param", "huber_slope", number(*slope)))
        }
        Objective::Quantile { alphas } => {
            let alphas: Vec<String> = alphas.iter().map(|alpha| number(*alpha)).collect();
            let alphas = format!("[{}]", alphas.join(","));
            Some(("quantile_loss_param", "quantile_alpha", alphas))
        }
        Objective::Poisson { max_delta_step } => {
            let step = number(*max_delta_step);
            Some(("poisson_regression_param", "max_delta_step", step))
        }
        Objective::Tweedie { variance_power } => {
            let power = number(*variance_power);
            Some(("tweedie_regression_param", "tweedie_variance_power", power))
        }
        Objective::Softmax { n_classes } | Objective::SoftProb { n_classes } => {
            let n_classes = n_classes.to_string();
            Some(("softmax_multiclass_param", "num_class", n_classes))
        }
        Objective::AbsoluteError | Objective::BinaryHinge => None,
    };
    document.object("objective", |document| {
        document.text("name", model.objective.name());
        if let Some((group, key, value)) = parameter {
            document.object(group, |document| document.text(key, &value));
        }
    });
}
