//! The hyperparameters as a job gives them: text by name.

use super::{JobError, Paths, config, environment::Environment};
use crate::parameters::Parameters;

/// What `hyperparameters.json` says, in its order, overridden by `SM_HP_*`.
pub(super) fn given<E: Fn(&str) -> Option<String>>(
    paths: &Paths,
    env: &Environment<E>,
    parameters: &Parameters,
) -> Result<Vec<(String, String)>, JobError> {
    let mut given: Vec<(String, String)> = config::object(paths, "hyperparameters.json")?
        .0
        .iter()
        .map(|(name, value)| (name.clone(), text_of(value)))
        .collect();
    for parameter in parameters.all() {
        let names = || parameter.aliases.iter().chain([&parameter.name]);
        let overrides: Vec<(&str, String)> = names()
            .filter_map(|name| Some((*name, env.hyperparameter(name)?)))
            .collect();
        if !overrides.is_empty() {
            given.retain(|(name, _)| !names().any(|own| own == name));
        }
        for (name, value) in overrides {
            given.push((name.to_owned(), text_of(&value.into())));
        }
    }
    Ok(given)
}

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
