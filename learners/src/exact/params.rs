//! The parameters of the `exact` engine: scikit-learn's hyperparameters, and what it needs to know about the
//! classes.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::AtomicUsize},
};

use algorithm::{Amount, Settings, Value};
use linfa::Float;
use linfa_trees::{DecisionTreeValidParams, SplitQuality};

use crate::{ClassWeight, parameters};

/// Hyperparameters of the engine. The ranges are those of the
/// [table](crate::DecisionTree) that checks a job's settings; they are not checked again here.
#[derive(Clone, Debug)]
pub struct Params<C = SplitQuality> {
    /// The impurity to lower: a [`SplitQuality`] for classes, where `log_loss` is [`SplitQuality::Entropy`], or
    /// a [`NumberCriterion`](super::NumberCriterion).
    pub criterion: C,
    /// Most levels of splits, at least 1; `None`: no limit.
    pub max_depth: Option<usize>,
    /// Rows that a node needs to be split: a count of at least 2 or a fraction in (0, 1].
    pub min_samples_split: Amount,
    /// Rows that each side of a split needs: a count of at least 1 or a fraction in (0, 1).
    pub min_samples_leaf: Amount,
    /// Share of the whole weight that each side of a split needs, in [0, 0.5].
    pub min_weight_fraction_leaf: f64,
    /// Most leaves, at least 2; if set, the tree grows best-first.
    pub max_leaf_nodes: Option<usize>,
    /// Features that a node looks at; `None`: all. Goes on drawing, as scikit-learn does, until it finds
    /// a feature that is not constant in the node.
    pub max_features: Option<MaxFeatures>,
    /// Decrease of the impurity, weighted by the node's share of the whole weight, that a split needs;
    /// at least 0.
    pub min_impurity_decrease: f64,
    /// Complexity parameter of minimal cost-complexity pruning, at least 0; 0: no pruning.
    pub ccp_alpha: f64,
    /// Where the random draws of [`max_features`](Self::max_features) start.
    pub random_state: u64,
    /// Factors on the rows' weights by class, if classes are learnt. A job's settings name labels, not
    /// classes, so [`new`](Self::new) leaves it `None`.
    pub class_weight: Option<ClassWeight>,
    /// Number of classes, if classes are learnt; `None`: one more than the largest class index.
    pub n_classes: Option<usize>,
    /// A counter that `fit` sets to 0 and raises to the number of rows as they settle in leaves.
    pub progress: Option<Arc<AtomicUsize>>,
}

/// How many features a node looks at; drawn anew in each node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MaxFeatures {
    /// A count (if it is more than there are, all), or a fraction, which means
    /// `max(1, floor(fraction * features))`.
    Amount(Amount),
    /// `max(1, floor(sqrt(features)))`
    Sqrt,
    /// `max(1, floor(log2(features)))`
    Log2,
}

impl MaxFeatures {
    /// The number of features meant, of `features` in all.
    pub fn resolve(self, features: usize) -> usize {
        let all = features as f64;
        let wanted = match self {
            Self::Amount(Amount::Count(count)) => count,
            Self::Amount(Amount::Fraction(fraction)) => (fraction * all) as usize,
            Self::Sqrt => all.sqrt() as usize,
            Self::Log2 => all.log2() as usize,
        };
        wanted.clamp(1, features.max(1))
    }
}

impl<C> Params<C> {
    /// With what a job's settings say beside the criterion.
    pub fn new(criterion: C, settings: &Settings) -> Self {
        Self {
            criterion,
            max_depth: parameters::limit(settings, "max_depth"),
            min_samples_split: settings.amount("min_samples_split"),
            min_samples_leaf: settings.amount("min_samples_leaf"),
            min_weight_fraction_leaf: settings.number("min_weight_fraction_leaf"),
            max_leaf_nodes: parameters::limit(settings, "max_leaf_nodes"),
            max_features: match settings.value("max_features") {
                Value::Word("None") => None,
                Value::Word("sqrt") => Some(MaxFeatures::Sqrt),
                Value::Word("log2") => Some(MaxFeatures::Log2),
                Value::Amount(amount) => Some(MaxFeatures::Amount(*amount)),
                other => unreachable!("the table does not allow max_features={other}"),
            },
            min_impurity_decrease: settings.number("min_impurity_decrease"),
            ccp_alpha: settings.number("ccp_alpha"),
            // scikit-learn draws anew at each fit if there is no seed; here the same job gives the same
            // tree.
            random_state: settings.whole_or_none("random_state").unwrap_or(0),
            class_weight: None,
            n_classes: None,
            progress: None,
        }
    }
}

impl<C> Params<C> {
    /// With the defaults of the table beside the criterion, which are scikit-learn's.
    pub fn defaults(criterion: C) -> Self {
        match Settings::parse(&[parameters::TABLE], &BTreeMap::new()) {
            Ok(defaults) => Self::new(criterion, &defaults),
            Err(error) => unreachable!("no value is given that could be refused: {error}"),
        }
    }
}

impl Default for Params {
    fn default() -> Self {
        Self::defaults(SplitQuality::Gini)
    }
}

/// linfa's criterion, depth, impurity decrease and its two minimums, which limit weight there and rows
/// here: the same if rows have no weights. The rest is at its default.
impl<F: Float, L> From<&DecisionTreeValidParams<F, L>> for Params {
    fn from(linfa: &DecisionTreeValidParams<F, L>) -> Self {
        let rows = |weight: f32, least: usize| Amount::Count((weight.ceil() as usize).max(least));
        let Some(min_impurity_decrease) = linfa.min_impurity_decrease().to_f64() else {
            unreachable!("every float of linfa converts to float64");
        };
        Self {
            criterion: linfa.split_quality(),
            max_depth: linfa.max_depth(),
            min_samples_split: rows(linfa.min_weight_split(), 2),
            min_samples_leaf: rows(linfa.min_weight_leaf(), 1),
            min_impurity_decrease,
            ..Self::default()
        }
    }
}
