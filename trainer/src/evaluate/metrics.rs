//! Figures as `sklearn.metrics` defines them.

use std::collections::BTreeMap;

use super::Evaluation;
use crate::tree::Leaves;

/// What is known of a class from its rows and predictions.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    rows: u64,
    predicted: u64,
    right: u64,
}

/// How well labels are predicted.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// Rows.
    pub n_rows: u64,
    /// `accuracy_score`: the part of the rows whose label is predicted.
    pub accuracy: f64,
    /// `balanced_accuracy_score`: the mean recall of the labels that occur.
    pub balanced_accuracy: f64,
    /// `f1_score(average="macro")`: the mean over the labels that occur or are predicted.
    pub f1_macro: f64,
    /// `log_loss`: probabilities are clipped to float64's epsilon.
    pub logloss: f64,
    /// `roc_auc_score`, where there are two classes and both occur.
    pub auc: Option<f64>,
}

impl Metrics {
    /// The figures of an evaluation.
    pub fn of(evaluation: &Evaluation, leaves: &Leaves<'_>) -> Self {
        let mut tallies: BTreeMap<u32, Tally> = BTreeMap::new();
        for (target, predicted, count) in evaluation.confusion(leaves) {
            tallies.entry(target).or_default().rows += count;
            tallies.entry(predicted).or_default().predicted += count;
            if target == predicted {
                tallies.entry(target).or_default().right += count;
            }
        }
        let right: u64 = tallies.values().map(|tally| tally.right).sum();
        let recalls = tallies
            .values()
            .filter(|tally| tally.rows > 0)
            .map(|tally| tally.right as f64 / tally.rows as f64);
        let f1 = tallies
            .values()
            .map(|tally| 2.0 * tally.right as f64 / (tally.rows + tally.predicted) as f64);
        Self {
            n_rows: evaluation.n_rows,
            accuracy: right as f64 / evaluation.n_rows as f64,
            balanced_accuracy: mean(recalls),
            f1_macro: mean(f1),
            logloss: logloss(evaluation, leaves),
            auc: auc(evaluation, leaves),
        }
    }

    /// Names and values, as they are printed for SageMaker.
    pub fn named(&self) -> Vec<(&'static str, f64)> {
        let mut named = vec![
            ("accuracy", self.accuracy),
            ("balanced_accuracy", self.balanced_accuracy),
            ("f1_macro", self.f1_macro),
            ("logloss", self.logloss),
        ];
        named.extend(self.auc.map(|auc| ("auc", auc)));
        named
    }
}

fn logloss(evaluation: &Evaluation, leaves: &Leaves<'_>) -> f64 {
    let losses = evaluation.cells.iter().map(|cell| {
        let probability = leaves.exact_probability(cell.leaf, cell.target);
        let clipped = probability.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
        -clipped.ln() * cell.count as f64
    });
    losses.sum::<f64>() / evaluation.n_rows as f64
}

/// The chance that a row of class 1 has a higher probability of it than a row of class 0; equal
/// probabilities count half.
fn auc(evaluation: &Evaluation, leaves: &Leaves<'_>) -> Option<f64> {
    if leaves.n_classes() != 2 || evaluation.cells.iter().any(|cell| cell.target > 1) {
        return None;
    }
    let mut scored: Vec<(f64, [u64; 2])> = evaluation
        .cells
        .iter()
        .map(|cell| {
            let score = leaves.exact_probability(cell.leaf, 1);
            let is_positive = cell.target == 1;
            let counts = if is_positive {
                [0, cell.count]
            } else {
                [cell.count, 0]
            };
            (score, counts)
        })
        .collect();
    scored.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut negatives, mut positives, mut pairs) = (0.0, 0.0, 0.0);
    for equal in scored.chunk_by(|a, b| a.0 == b.0) {
        let below: f64 = equal
            .iter()
            .map(|(_, [negative, _])| *negative as f64)
            .sum();
        let here: f64 = equal
            .iter()
            .map(|(_, [_, positive])| *positive as f64)
            .sum();
        pairs += here * (negatives + 0.5 * below);
        negatives += below;
        positives += here;
    }
    (negatives > 0.0 && positives > 0.0).then(|| pairs / (negatives * positives))
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    if count == 0.0 { 0.0 } else { sum / count }
}
