//! The hyperparameters: scikit-learn's names, meanings and defaults, from SageMaker's strings.

mod show;
mod value;

use std::collections::BTreeMap;

use thiserror::Error;

use crate::{
    data::Header,
    exact::{MaxFeatures, Samples},
};

pub use value::ClassWeight;

/// What the tree is grown by; all valid.
#[derive(Clone, Debug, PartialEq)]
pub struct Hyperparameters {
    /// `engine`: what grows the tree.
    pub engine: Engine,
    /// `criterion`: what a split is to reduce.
    pub criterion: Criterion,
    /// `max_depth`: most splits between the root and a leaf.
    pub max_depth: Option<usize>,
    /// `min_samples_split`: fewest rows of a node that is split.
    pub min_samples_split: Samples,
    /// `min_samples_leaf`: fewest rows of a leaf.
    pub min_samples_leaf: Samples,
    /// `min_weight_fraction_leaf`: least part of the rows' weight in a leaf, 0 to 0.5.
    pub min_weight_fraction_leaf: f64,
    /// `max_leaf_nodes`: most leaves; the tree then grows best-first.
    pub max_leaf_nodes: Option<usize>,
    /// `max_features`: how many features are looked at for a split.
    pub max_features: Option<MaxFeatures>,
    /// `min_impurity_decrease`: least decrease that justifies a split, in parts of all rows' weight.
    pub min_impurity_decrease: f64,
    /// `ccp_alpha`: strength of minimal cost-complexity pruning.
    pub ccp_alpha: f64,
    /// `class_weight`: what a row's weight is multiplied by, by its class.
    pub class_weight: ClassWeight,
    /// `random_state`: the seed of random choices.
    pub random_state: Option<u32>,
    /// `csv_weights`: the second column is the row's weight.
    pub csv_weights: bool,
    /// `header`: whether first lines name the columns.
    pub header: Header,
}

/// What grows the tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// [`crate::exact`].
    #[default]
    Exact,
    /// The crate linfa-trees.
    Linfa,
}

/// The measure of impurity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Criterion {
    /// Gini impurity.
    #[default]
    Gini,
    /// Shannon entropy, in bits; `log_loss` is the same.
    Entropy,
}

/// A hyperparameter that can't be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum HyperparameterError {
    /// Its value.
    #[error("hyperparameter {name}={value}: expected {expected}")]
    Value {
        /// Its name.
        name: String,
        /// As it was given.
        value: String,
        /// What is allowed.
        expected: String,
    },
    /// Its name.
    #[error("unknown hyperparameter {name:?}: expected one of {}", NAMES.join(", "))]
    Unknown {
        /// As it was given.
        name: String,
    },
}

/// All names, sorted.
pub const NAMES: [&str; 14] = [
    "ccp_alpha",
    "class_weight",
    "criterion",
    "csv_weights",
    "engine",
    "header",
    "max_depth",
    "max_features",
    "max_leaf_nodes",
    "min_impurity_decrease",
    "min_samples_leaf",
    "min_samples_split",
    "min_weight_fraction_leaf",
    "random_state",
];

impl Default for Hyperparameters {
    fn default() -> Self {
        Self {
            engine: Engine::default(),
            criterion: Criterion::default(),
            max_depth: None,
            min_samples_split: Samples::Count(2),
            min_samples_leaf: Samples::Count(1),
            min_weight_fraction_leaf: 0.0,
            max_leaf_nodes: None,
            max_features: None,
            min_impurity_decrease: 0.0,
            ccp_alpha: 0.0,
            class_weight: ClassWeight::Equal,
            random_state: None,
            csv_weights: false,
            header: Header::default(),
        }
    }
}

impl Hyperparameters {
    /// Reads them from a map of name to text, as [`text_of`] makes it. SageMaker's own names
    /// (`_tuning_objective_metric`, `sagemaker_...`) are passed over.
    ///
    /// # Errors
    /// The first name, in their order, that is unknown or whose value can't be used.
    pub fn parse(given: &BTreeMap<String, String>) -> Result<Self, HyperparameterError> {
        let mut parsed = Self::default();
        for (name, value) in given {
            if name.starts_with("sagemaker_") || name.starts_with('_') {
                continue;
            }
            parsed.set(name, value.trim())?;
        }
        Ok(parsed)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), HyperparameterError> {
        let result = match name {
            "ccp_alpha" => value::number(value, 0.0, f64::MAX).map(|v| self.ccp_alpha = v),
            "class_weight" => value::class_weight(value).map(|v| self.class_weight = v),
            "criterion" => value::choice(value, &CRITERIA).map(|v| self.criterion = v),
            "csv_weights" => value::choice(value, &SWITCH).map(|v| self.csv_weights = v),
            "engine" => value::choice(value, &ENGINES).map(|v| self.engine = v),
            "header" => value::choice(value, &HEADERS).map(|v| self.header = v),
            "max_depth" => value::limit(value, 1).map(|v| self.max_depth = v),
            "max_features" => value::max_features(value).map(|v| self.max_features = v),
            "max_leaf_nodes" => value::limit(value, 2).map(|v| self.max_leaf_nodes = v),
            "min_impurity_decrease" => {
                value::number(value, 0.0, f64::MAX).map(|v| self.min_impurity_decrease = v)
            }
            "min_samples_leaf" => {
                value::amount(value, 1, value::Whole::No).map(|v| self.min_samples_leaf = v)
            }
            "min_samples_split" => {
                value::amount(value, 2, value::Whole::Yes).map(|v| self.min_samples_split = v)
            }
            "min_weight_fraction_leaf" => {
                value::number(value, 0.0, 0.5).map(|v| self.min_weight_fraction_leaf = v)
            }
            "random_state" => value::seed(value).map(|v| self.random_state = v),
            _ => {
                let name = name.to_owned();
                return Err(HyperparameterError::Unknown { name });
            }
        };
        result.map_err(|expected| HyperparameterError::Value {
            name: name.to_owned(),
            value: shortened(value),
            expected,
        })
    }
}

const CRITERIA: [(&str, Criterion); 3] = [
    ("gini", Criterion::Gini),
    ("entropy", Criterion::Entropy),
    ("log_loss", Criterion::Entropy),
];
const ENGINES: [(&str, Engine); 2] = [("exact", Engine::Exact), ("linfa", Engine::Linfa)];
const SWITCH: [(&str, bool); 4] = [("0", false), ("1", true), ("false", false), ("true", true)];
const HEADERS: [(&str, Header); 3] = [
    ("auto", Header::Auto),
    ("true", Header::Yes),
    ("false", Header::No),
];

/// The text of a hyperparameter from its JSON: SageMaker sends strings, people and toolkits also numbers
/// and strings within strings (`"\"5\""`).
pub fn text_of(json: &serde_json::Value) -> String {
    let mut text = match json {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    while let Ok(serde_json::Value::String(inner)) = serde_json::from_str(text.trim()) {
        text = inner;
    }
    text
}

/// A value as a message shows it.
fn shortened(value: &str) -> String {
    const SHOWN: usize = 60;
    let mut text: String = value.escape_debug().take(SHOWN + 1).collect();
    if text.chars().count() > SHOWN {
        text.pop();
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests;
