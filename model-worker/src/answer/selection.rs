//! What an answer holds, by the names that AWS's XGBoost container uses ("selectable inference").

use algorithm::{Contributions, Output, Signature, Values, text::excerpt};
use thiserror::Error;

use crate::details::Needs;

/// A part of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// A classifier's label.
    PredictedLabel,
    /// All labels, in the order of `probabilities` and `raw_scores`.
    Labels,
    /// The second class's probability if there are two, else the largest.
    Probability,
    /// All classes' probabilities.
    Probabilities,
    /// The second of two raw scores, else the largest.
    RawScore,
    /// The raw scores that the model announces; if it has none, all classes' values as it gives them,
    /// probabilities or not.
    RawScores,
    /// The distances from all classes.
    Distances,
    /// A regressor's value, or values.
    PredictedScore,
    /// The rules that lead to the answer.
    Path,
    /// The leaves that a row reaches.
    Leaf,
    /// How much each feature contributes to the raw scores.
    Contributions,
}

/// The parts of an answer, in order; the model can give each of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Selection(Vec<Key>);

/// Parts that the model can't give; one line.
#[derive(Debug, Error, PartialEq)]
#[error("found \"{found}\"{reason}, expected some of {expected}, each once, separated by commas")]
pub(crate) struct BadSelection {
    found: String,
    /// In brackets, if the predictor says why.
    reason: String,
    expected: String,
}

/// Every key, in the order in which messages list them.
const KEYS: [Key; 11] = [
    Key::PredictedLabel,
    Key::Labels,
    Key::Probability,
    Key::Probabilities,
    Key::RawScore,
    Key::RawScores,
    Key::Distances,
    Key::PredictedScore,
    Key::Path,
    Key::Leaf,
    Key::Contributions,
];

impl Key {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Key::PredictedLabel => "predicted_label",
            Key::Labels => "labels",
            Key::Probability => "probability",
            Key::Probabilities => "probabilities",
            Key::RawScore => "raw_score",
            Key::RawScores => "raw_scores",
            Key::Distances => "distances",
            Key::PredictedScore => "predicted_score",
            Key::Path => "path",
            Key::Leaf => "leaf",
            Key::Contributions => "contributions",
        }
    }

    /// Whether a model can give it.
    fn is_given_by(self, signature: &Signature) -> bool {
        let is_classifier = signature.labels().is_some();
        let gives = |values| is_classifier && signature.values == values;
        match self {
            Key::PredictedLabel | Key::Labels => is_classifier,
            Key::Probability | Key::Probabilities => gives(Values::Probabilities),
            Key::RawScore | Key::RawScores => {
                signature.raw_scores > 0 || is_classifier && !gives(Values::Distances)
            }
            Key::Distances => gives(Values::Distances),
            Key::PredictedScore => !is_classifier,
            Key::Path => signature.gives_path,
            Key::Leaf => signature.leaves > 0,
            Key::Contributions => signature.contributions_in_row() > 0,
        }
    }
}

impl Selection {
    /// A classifier's label, with the distances if it has them; a regressor's value.
    pub(crate) fn default_of(signature: &Signature) -> Self {
        match &signature.output {
            Output::Classes(_) if signature.values == Values::Distances => {
                Self(vec![Key::PredictedLabel, Key::Distances])
            }
            Output::Classes(_) => Self(vec![Key::PredictedLabel]),
            Output::Targets(_) => Self(vec![Key::PredictedScore]),
        }
    }

    /// Reads names separated by commas; spaces and case do not matter.
    ///
    /// # Errors
    /// A name that is unknown, comes twice, or stands for something that the model can't give.
    pub(crate) fn parse(text: &str, signature: &Signature) -> Result<Self, BadSelection> {
        let given = || KEYS.iter().filter(|key| key.is_given_by(signature));
        let mut keys = Vec::new();
        for name in text.split(',') {
            let plain: String = name.chars().filter(|c| !c.is_whitespace()).collect();
            match given().find(|key| key.name().eq_ignore_ascii_case(&plain)) {
                Some(key) if !keys.contains(key) => keys.push(*key),
                _ => {
                    let names: Vec<&str> = given().map(|key| key.name()).collect();
                    let is_contributions = Key::Contributions.name().eq_ignore_ascii_case(&plain);
                    return Err(BadSelection {
                        found: excerpt(name.trim().as_bytes()),
                        reason: match signature.contributions {
                            Contributions::Missing(reason) if is_contributions => {
                                format!(" (the model gives no contributions: {reason})")
                            }
                            _ => String::new(),
                        },
                        expected: names.join(", "),
                    });
                }
            }
        }
        Ok(Self(keys))
    }

    pub(crate) fn keys(&self) -> &[Key] {
        &self.0
    }

    /// What the keys need beside scores.
    pub(crate) fn needs(&self, signature: &Signature) -> Needs {
        let has = |key| self.0.contains(&key);
        Needs {
            raw_scores: signature.raw_scores > 0 && (has(Key::RawScore) || has(Key::RawScores)),
            leaves: has(Key::Leaf),
            contributions: has(Key::Contributions),
        }
    }
}

/// The value of the attribute `output` in the header X-Amzn-SageMaker-Custom-Attributes, if it is there:
/// names separated by commas. Attributes are separated by semicolons or commas; other attributes are ignored.
pub(crate) fn requested(custom_attributes: &str) -> Option<String> {
    let mut names: Option<Vec<&str>> = None;
    for part in custom_attributes.split([';', ',']) {
        match (part.split_once('='), &mut names) {
            (Some((name, value)), None) if name.trim().eq_ignore_ascii_case("output") => {
                names = Some(vec![value.trim()]);
            }
            (None, Some(names)) if !part.trim().is_empty() => names.push(part.trim()),
            (None, _) => {}
            (Some(_), Some(_)) => break,
            (Some(_), None) => {}
        }
    }
    names.map(|names| names.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{classifier, labels};

    #[test]
    fn names_are_read_whatever_their_case_and_spaces() {
        let model = classifier(labels());
        let parsed =
            Selection::parse(" Predicted_Label,probabilities , PATH", &model.signature).unwrap();
        assert_eq!(
            parsed.keys(),
            [Key::PredictedLabel, Key::Probabilities, Key::Path]
        );
    }

    #[test]
    fn keys_that_the_model_can_not_give_are_refused() {
        let model = classifier(labels());
        for found in ["predicted_score", "score", "", "labels,labels"] {
            let line = Selection::parse(found, &model.signature)
                .unwrap_err()
                .to_string();
            let found = found.rsplit(',').next().unwrap();
            assert_eq!(
                line,
                format!(
                    "found \"{found}\", expected some of predicted_label, labels, probability, \
                     probabilities, raw_score, raw_scores, path, each once, separated by commas"
                )
            );
        }
    }

    #[test]
    fn a_model_without_contributions_says_why() {
        let mut signature = classifier(labels()).signature;
        let line = |signature: &Signature| {
            let refused = Selection::parse("contributions", signature);
            refused.map_err(|error| error.to_string())
        };
        signature.contributions = Contributions::Missing("its file has no covers of the nodes");
        assert_eq!(
            line(&signature).unwrap_err(),
            "found \"contributions\" (the model gives no contributions: its file has no covers of the \
             nodes), expected some of predicted_label, labels, probability, probabilities, raw_score, \
             raw_scores, path, each once, separated by commas"
        );
        signature.contributions = Contributions::Given { outputs: 3 };
        assert_eq!(line(&signature).unwrap().keys(), [Key::Contributions]);
    }

    #[test]
    fn distances_are_part_of_an_answer() {
        let signature = Signature {
            values: Values::Distances,
            ..classifier(labels()).signature
        };
        let keys = [Key::PredictedLabel, Key::Distances];
        assert_eq!(Selection::default_of(&signature).keys(), keys);
        let line = Selection::parse("probabilities", &signature).unwrap_err();
        assert!(
            line.to_string()
                .contains("some of predicted_label, labels, distances, path,")
        );
    }

    #[test]
    fn a_request_selects_among_other_attributes() {
        for (attributes, names) in [
            ("", None),
            ("trace=7", None),
            ("c000b4f9-df62-4c85", None),
            ("output=probabilities", Some("probabilities")),
            ("Output = labels, path", Some("labels,path")),
            ("trace=7;output=labels,path;user=x", Some("labels,path")),
            ("trace=7, output=labels, path, user=x", Some("labels,path")),
            ("output=", Some("")),
        ] {
            assert_eq!(requested(attributes).as_deref(), names, "{attributes}");
        }
    }
}
