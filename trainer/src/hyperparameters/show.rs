//! The hyperparameters as text, for logs and reports; [`Hyperparameters::parse`] reads it back.

use std::fmt;

use super::{ClassWeight, Criterion, Engine, Hyperparameters};
use crate::{
    data::Header,
    exact::{MaxFeatures, Samples},
};

impl Hyperparameters {
    /// All of them as `(name, value)`, sorted by name, defaults included.
    pub fn resolved(&self) -> Vec<(&'static str, String)> {
        let limit = |limit: Option<usize>| limit.map_or_else(none, |limit| limit.to_string());
        let samples = |samples: Samples| match samples {
            Samples::Count(count) => count.to_string(),
            Samples::Fraction(fraction) => format!("{fraction:?}"),
        };
        vec![
            ("ccp_alpha", format!("{:?}", self.ccp_alpha)),
            ("class_weight", class_weight(&self.class_weight)),
            (
                "criterion",
                match self.criterion {
                    Criterion::Gini => "gini".to_owned(),
                    Criterion::Entropy => "entropy".to_owned(),
                },
            ),
            ("csv_weights", u8::from(self.csv_weights).to_string()),
            (
                "engine",
                match self.engine {
                    Engine::Exact => "exact".to_owned(),
                    Engine::Linfa => "linfa".to_owned(),
                },
            ),
            (
                "header",
                match self.header {
                    Header::Auto => "auto".to_owned(),
                    Header::Yes => "true".to_owned(),
                    Header::No => "false".to_owned(),
                },
            ),
            ("max_depth", limit(self.max_depth)),
            (
                "max_features",
                match self.max_features {
                    None => none(),
                    Some(MaxFeatures::Count(count)) => count.to_string(),
                    Some(MaxFeatures::Fraction(fraction)) => format!("{fraction:?}"),
                    Some(MaxFeatures::Sqrt) => "sqrt".to_owned(),
                    Some(MaxFeatures::Log2) => "log2".to_owned(),
                },
            ),
            ("max_leaf_nodes", limit(self.max_leaf_nodes)),
            (
                "min_impurity_decrease",
                format!("{:?}", self.min_impurity_decrease),
            ),
            ("min_samples_leaf", samples(self.min_samples_leaf)),
            ("min_samples_split", samples(self.min_samples_split)),
            (
                "min_weight_fraction_leaf",
                format!("{:?}", self.min_weight_fraction_leaf),
            ),
            (
                "random_state",
                self.random_state.map_or_else(none, |seed| seed.to_string()),
            ),
        ]
    }
}

/// `name=value` of each that is not at its default.
impl fmt::Display for Hyperparameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let defaults = Self::default().resolved();
        let changed: Vec<String> = self
            .resolved()
            .into_iter()
            .filter(|pair| !defaults.contains(pair))
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        match changed.is_empty() {
            true => f.write_str("all at their defaults"),
            false => write!(f, "{}, others at their defaults", changed.join(" ")),
        }
    }
}

fn class_weight(weight: &ClassWeight) -> String {
    match weight {
        ClassWeight::Equal => none(),
        ClassWeight::Balanced => "balanced".to_owned(),
        ClassWeight::Map(map) => serde_json::json!(map).to_string(),
    }
}

fn none() -> String {
    "None".to_owned()
}
