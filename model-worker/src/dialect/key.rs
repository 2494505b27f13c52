//! A part of an answer, by the name that `SAGEMAKER_INFERENCE_OUTPUT` has for it.

/// What a key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    PredictedLabel,
    Labels,
    Probability,
    Probabilities,
    RawScore,
    RawScores,
    PredictedScore,
    Unknown,
}

/// Every known key, in the order that objects have.
pub(super) const KNOWN: [(Key, &str); 7] = [
    (Key::PredictedLabel, "predicted_label"),
    (Key::Labels, "labels"),
    (Key::Probability, "probability"),
    (Key::Probabilities, "probabilities"),
    (Key::RawScore, "raw_score"),
    (Key::RawScores, "raw_scores"),
    (Key::PredictedScore, "predicted_score"),
];
