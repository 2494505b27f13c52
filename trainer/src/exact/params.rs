//! Hyperparameters of the `exact` engine, with scikit-learn's names, meanings and defaults.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use linfa::{Float, ParamGuard};
use linfa_trees::{DecisionTreeValidParams, SplitQuality};

use super::error::Error;

/// A number of rows, or a share of all rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Samples {
    Count(usize),
    /// In (0, 1); stands for `ceil(fraction * rows)`, as in scikit-learn.
    Fraction(f64),
}

impl Samples {
    /// The number of rows meant, of `rows` in all.
    pub fn resolve(self, rows: usize) -> usize {
        match self {
            Self::Count(count) => count,
            Self::Fraction(fraction) => (fraction * rows as f64).ceil() as usize,
        }
    }
}

/// How many features a node looks at; drawn anew in each node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MaxFeatures {
    /// More than there are means all.
    Count(usize),
    /// In (0, 1]; stands for `max(1, floor(fraction * features))`.
    Fraction(f64),
    Sqrt,
    Log2,
}

impl MaxFeatures {
    /// The number of features meant, of `features` in all.
    pub fn resolve(self, features: usize) -> usize {
        let all = features as f64;
        let wanted = match self {
            Self::Count(count) => count,
            Self::Fraction(fraction) => (fraction * all) as usize,
            Self::Sqrt => all.sqrt() as usize,
            Self::Log2 => all.log2() as usize,
        };
        wanted.clamp(1, features.max(1))
    }
}

/// Factors on the rows' weights by class.
#[derive(Clone, Debug, PartialEq)]
pub enum ClassWeight {
    /// `rows / (classes * rows of the class)`.
    Balanced,
    /// One factor for each class, by class index.
    PerClass(Vec<f64>),
}

/// Hyperparameters, not checked yet: [`ParamGuard`] checks them, and `fit` does so by itself.
#[derive(Clone, Debug)]
pub struct Params(ValidParams);

/// Hyperparameters in their ranges; made by [`Params::check`](ParamGuard::check).
#[derive(Clone, Debug)]
pub struct ValidParams {
    pub(super) criterion: SplitQuality,
    pub(super) max_depth: Option<usize>,
    pub(super) min_samples_split: Samples,
    pub(super) min_samples_leaf: Samples,
    pub(super) min_weight_fraction_leaf: f64,
    pub(super) max_leaf_nodes: Option<usize>,
    pub(super) max_features: Option<MaxFeatures>,
    pub(super) min_impurity_decrease: f64,
    pub(super) ccp_alpha: f64,
    pub(super) class_weight: Option<ClassWeight>,
    pub(super) random_state: u64,
    pub(super) n_classes: Option<usize>,
    pub(super) progress: Option<Arc<AtomicUsize>>,
}

impl Params {
    /// scikit-learn's defaults: Gini impurity, no limits, every feature in every node.
    pub fn new() -> Self {
        Self(ValidParams {
            criterion: SplitQuality::Gini,
            max_depth: None,
            min_samples_split: Samples::Count(2),
            min_samples_leaf: Samples::Count(1),
            min_weight_fraction_leaf: 0.0,
            max_leaf_nodes: None,
            max_features: None,
            min_impurity_decrease: 0.0,
            ccp_alpha: 0.0,
            class_weight: None,
            random_state: 0,
            n_classes: None,
            progress: None,
        })
    }

    /// The impurity to lower; `log_loss` is [`SplitQuality::Entropy`].
    pub fn criterion(mut self, criterion: SplitQuality) -> Self {
        self.0.criterion = criterion;
        self
    }

    /// Levels of splits; `None`: no limit. At least 1.
    pub fn max_depth(mut self, max_depth: Option<usize>) -> Self {
        self.0.max_depth = max_depth;
        self
    }

    /// Rows that a node needs to be split: a count of at least 2 or a fraction in (0, 1].
    pub fn min_samples_split(mut self, min_samples_split: Samples) -> Self {
        self.0.min_samples_split = min_samples_split;
        self
    }

    /// Rows that each side of a split needs: a count of at least 1 or a fraction in (0, 1).
    pub fn min_samples_leaf(mut self, min_samples_leaf: Samples) -> Self {
        self.0.min_samples_leaf = min_samples_leaf;
        self
    }

    /// Share of the whole weight that each side of a split needs, in [0, 0.5].
    pub fn min_weight_fraction_leaf(mut self, min_weight_fraction_leaf: f64) -> Self {
        self.0.min_weight_fraction_leaf = min_weight_fraction_leaf;
        self
    }

    /// Leaves at most, at least 2; where set, the tree grows best-first.
    pub fn max_leaf_nodes(mut self, max_leaf_nodes: Option<usize>) -> Self {
        self.0.max_leaf_nodes = max_leaf_nodes;
        self
    }

    /// Features that a node looks at; `None`: all. Goes on drawing, as scikit-learn does, until one
    /// is found that is not constant in the node.
    pub fn max_features(mut self, max_features: Option<MaxFeatures>) -> Self {
        self.0.max_features = max_features;
        self
    }

    /// Decrease of the impurity, weighted by the node's share of the whole weight, that a split needs.
    pub fn min_impurity_decrease(mut self, min_impurity_decrease: f64) -> Self {
        self.0.min_impurity_decrease = min_impurity_decrease;
        self
    }

    /// Complexity parameter of minimal cost-complexity pruning; 0: no pruning.
    pub fn ccp_alpha(mut self, ccp_alpha: f64) -> Self {
        self.0.ccp_alpha = ccp_alpha;
        self
    }

    /// Factors on the rows' weights by class.
    pub fn class_weight(mut self, class_weight: Option<ClassWeight>) -> Self {
        self.0.class_weight = class_weight;
        self
    }

    /// Where the random draws of [`max_features`](Self::max_features) start.
    pub fn random_state(mut self, random_state: u64) -> Self {
        self.0.random_state = random_state;
        self
    }

    /// Number of classes; `None`: one more than the largest class index.
    pub fn n_classes(mut self, n_classes: Option<usize>) -> Self {
        self.0.n_classes = n_classes;
        self
    }

    /// A counter that `fit` sets to 0 and raises to the number of rows as they settle in leaves.
    pub fn progress(mut self, progress: Arc<AtomicUsize>) -> Self {
        self.0.progress = Some(progress);
        self
    }
}

impl Default for Params {
    fn default() -> Self {
        Self::new()
    }
}

/// What linfa's parameters say: criterion, depth, the two minimums (weights there, rows here; the
/// same where rows have no weights) and the impurity decrease. The rest is at its default.
impl<F: Float, L> From<&DecisionTreeValidParams<F, L>> for Params {
    fn from(linfa: &DecisionTreeValidParams<F, L>) -> Self {
        let rows = |weight: f32, least: usize| Samples::Count((weight.ceil() as usize).max(least));
        Self::new()
            .criterion(linfa.split_quality())
            .max_depth(linfa.max_depth())
            .min_samples_split(rows(linfa.min_weight_split(), 2))
            .min_samples_leaf(rows(linfa.min_weight_leaf(), 1))
            .min_impurity_decrease(linfa.min_impurity_decrease().to_f64().unwrap_or(0.0))
    }
}

impl ParamGuard for Params {
    type Checked = ValidParams;
    type Error = Error;

    fn check_ref(&self) -> Result<&ValidParams, Error> {
        let params = &self.0;
        let within = |name, value: f64, ok: bool, allowed| match ok {
            true => Ok(()),
            false => refuse(name, value, allowed),
        };
        if params.max_depth == Some(0) {
            return refuse("max_depth", 0, "a whole number from 1");
        }
        match params.min_samples_split {
            Samples::Count(count) if count < 2 => {
                return refuse(
                    "min_samples_split",
                    count,
                    "a whole number from 2 or a fraction in (0, 1]",
                );
            }
            Samples::Fraction(f) => within(
                "min_samples_split",
                f,
                f > 0.0 && f <= 1.0,
                "a whole number from 2 or a fraction in (0, 1]",
            )?,
            Samples::Count(_) => {}
        }
        match params.min_samples_leaf {
            Samples::Count(0) => {
                return refuse(
                    "min_samples_leaf",
                    0,
                    "a whole number from 1 or a fraction in (0, 1)",
                );
            }
            Samples::Fraction(f) => within(
                "min_samples_leaf",
                f,
                f > 0.0 && f < 1.0,
                "a whole number from 1 or a fraction in (0, 1)",
            )?,
            Samples::Count(_) => {}
        }
        let share = params.min_weight_fraction_leaf;
        within(
            "min_weight_fraction_leaf",
            share,
            (0.0..=0.5).contains(&share),
            "a number from 0 to 0.5",
        )?;
        if let Some(leaves @ ..2) = params.max_leaf_nodes {
            return refuse("max_leaf_nodes", leaves, "a whole number from 2");
        }
        match params.max_features {
            Some(MaxFeatures::Count(0)) => {
                return refuse(
                    "max_features",
                    0,
                    "a whole number from 1, a fraction in (0, 1], sqrt or log2",
                );
            }
            Some(MaxFeatures::Fraction(f)) => within(
                "max_features",
                f,
                f > 0.0 && f <= 1.0,
                "a whole number from 1, a fraction in (0, 1], sqrt or log2",
            )?,
            _ => {}
        }
        for (name, value) in [
            ("min_impurity_decrease", params.min_impurity_decrease),
            ("ccp_alpha", params.ccp_alpha),
        ] {
            within(
                name,
                value,
                value >= 0.0 && value.is_finite(),
                "a finite number from 0",
            )?;
        }
        if let Some(ClassWeight::PerClass(factors)) = &params.class_weight {
            for &factor in factors {
                within(
                    "class_weight",
                    factor,
                    factor >= 0.0 && factor.is_finite(),
                    "a finite number from 0 for each class",
                )?;
            }
        }
        Ok(params)
    }

    fn check(self) -> Result<ValidParams, Error> {
        self.check_ref()?;
        Ok(self.0)
    }
}

fn refuse<T>(name: &'static str, found: impl ToString, allowed: &'static str) -> Result<T, Error> {
    Err(Error::Parameter {
        name,
        found: found.to_string(),
        allowed,
    })
}
