//! What boosted trees are grown for.

/// What boosted trees are grown for, by XGBoost's names, with the parameters that its files keep.
#[derive(Clone, Debug, PartialEq)]
pub enum Objective {
    /// `reg:squarederror`
    SquaredError,
    /// `reg:squaredlogerror`
    SquaredLogError,
    /// `reg:absoluteerror`
    AbsoluteError,
    /// `reg:pseudohubererror`
    PseudoHuber {
        /// `huber_slope`
        slope: f32,
    },
    /// `reg:quantileerror`
    Quantile {
        /// `quantile_alpha`, an output each, from 0 to 1.
        alphas: Vec<f32>,
    },
    /// `reg:logistic`: the answer is a number from 0 to 1.
    Logistic,
    /// `count:poisson`
    Poisson {
        /// `max_delta_step`
        max_delta_step: f32,
    },
    /// `reg:gamma`
    Gamma,
    /// `reg:tweedie`
    Tweedie {
        /// `tweedie_variance_power`
        variance_power: f32,
    },
    /// `binary:logistic`
    BinaryLogistic,
    /// `binary:logitraw`: the answer is the margin.
    BinaryLogitRaw,
    /// `binary:hinge`: the answer is 1 if the margin is above 0, else 0.
    BinaryHinge,
    /// `multi:softmax`: XGBoost answers the likeliest class.
    Softmax {
        /// `num_class`, at least 2.
        n_classes: usize,
    },
    /// `multi:softprob`: XGBoost answers the probabilities of all classes.
    SoftProb {
        /// `num_class`, at least 2.
        n_classes: usize,
    },
}

impl Objective {
    /// The name: `reg:squarederror`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SquaredError => "reg:squarederror",
            Self::SquaredLogError => "reg:squaredlogerror",
            Self::AbsoluteError => "reg:absoluteerror",
            Self::PseudoHuber { .. } => "reg:pseudohubererror",
            Self::Quantile { .. } => "reg:quantileerror",
            Self::Logistic => "reg:logistic",
            Self::Poisson { .. } => "count:poisson",
            Self::Gamma => "reg:gamma",
            Self::Tweedie { .. } => "reg:tweedie",
            Self::BinaryLogistic => "binary:logistic",
            Self::BinaryLogitRaw => "binary:logitraw",
            Self::BinaryHinge => "binary:hinge",
            Self::Softmax { .. } => "multi:softmax",
            Self::SoftProb { .. } => "multi:softprob",
        }
    }

    /// Margins a row: one a class or quantile, else 1.
    pub fn n_outputs(&self) -> usize {
        match self {
            Self::Softmax { n_classes } | Self::SoftProb { n_classes } => *n_classes,
            Self::Quantile { alphas } => alphas.len(),
            _ => 1,
        }
    }

    /// 0 unless there is an output a class.
    pub(crate) fn n_classes(&self) -> usize {
        match self {
            Self::Softmax { n_classes } | Self::SoftProb { n_classes } => *n_classes,
            _ => 0,
        }
    }
}
