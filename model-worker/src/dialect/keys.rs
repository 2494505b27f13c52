//! The keys of an answer, as `SAGEMAKER_INFERENCE_OUTPUT` selects them.

use super::{
    key::{KNOWN, Key},
    objective::Objective,
};

/// The keys that were asked for.
pub(super) struct Keys {
    objective: Objective,
    /// In the order in which they were asked for.
    asked: Vec<Key>,
    /// Each once, those that the model gives first, with their names.
    ordered: Vec<(Key, String)>,
}

impl Keys {
    /// Reads names separated by commas; spaces and case do not matter.
    pub(super) fn parse(text: &str, objective: Objective) -> Self {
        let text = text.replace(' ', "").to_lowercase();
        let of_name = |name: &str| {
            let known = KNOWN.into_iter().find(|(_, known)| *known == name);
            known.map_or(Key::Unknown, |(key, _)| key)
        };
        let names: Vec<&str> = text.split(',').collect();
        let asked: Vec<Key> = names.iter().copied().map(of_name).collect();
        let given = KNOWN
            .into_iter()
            .filter(|(key, _)| asked.contains(key) && objective.gives(*key));
        let mut ordered: Vec<(Key, String)> =
            given.map(|(key, name)| (key, name.to_owned())).collect();
        for (key, name) in asked.iter().zip(names) {
            if !ordered.iter().any(|(_, other)| other == name) {
                ordered.push((*key, name.to_owned()));
            }
        }
        Self {
            objective,
            asked,
            ordered,
        }
    }

    /// The keys in the order in which they were asked for, as lines have them.
    pub(super) fn asked(&self) -> impl Iterator<Item = Key> {
        self.asked.iter().copied()
    }

    /// Each key once, in the order that objects and records have.
    pub(super) fn ordered(&self) -> impl Iterator<Item = (Key, &str)> {
        self.ordered.iter().map(|(key, name)| (*key, &**name))
    }

    /// The names of the keys that the model does not give, for the log.
    pub(super) fn missing(&self) -> Option<String> {
        let missing = self.ordered();
        let missing: Vec<String> = missing
            .filter(|(key, _)| !self.objective.gives(*key))
            .map(|(_, name)| format!("{name:?}"))
            .collect();
        (!missing.is_empty()).then(|| missing.join(", "))
    }
}
