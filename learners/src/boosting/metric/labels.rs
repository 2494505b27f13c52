//! What compares predicted labels with true ones, by scikit-learn's definitions, without weights.

use rayon::prelude::*;

use crate::boosting::sum::BLOCK;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum LabelMetric {
    Accuracy,
    BalancedAccuracy,
    F1(Average),
    Precision(Average),
    Recall(Average),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Average {
    /// Of class 1 alone.
    Binary,
    /// The mean over the classes seen among true and predicted labels.
    Macro,
    /// Of all rows together, which is the accuracy.
    Micro,
}

/// Numerator and denominator of a metric of one class.
type Fraction = fn(&Counts) -> (u64, u64);

/// How often a class is true, predicted, and both.
#[derive(Clone, Copy, Default)]
struct Counts {
    label: u64,
    predicted: u64,
    both: u64,
}

impl LabelMetric {
    pub(super) fn new(name: &str) -> Option<Self> {
        Some(match name {
            "accuracy" => Self::Accuracy,
            "balanced_accuracy" => Self::BalancedAccuracy,
            "f1" | "f1_macro" => Self::F1(Average::Macro),
            "f1_binary" => Self::F1(Average::Binary),
            "precision" => Self::Precision(Average::Binary),
            "precision_macro" => Self::Precision(Average::Macro),
            "precision_micro" => Self::Precision(Average::Micro),
            "recall" => Self::Recall(Average::Binary),
            "recall_macro" => Self::Recall(Average::Macro),
            "recall_micro" => Self::Recall(Average::Micro),
            _ => return None,
        })
    }

    pub(super) fn is_binary(self) -> bool {
        matches!(
            self,
            Self::F1(Average::Binary)
                | Self::Precision(Average::Binary)
                | Self::Recall(Average::Binary)
        )
    }

    /// A row of one prediction is class 1 if that is above `threshold`, a row of several the class of the largest one.
    /// NaN if a label is no class.
    pub(super) fn evaluate(
        self,
        predictions: &[f32],
        n_outputs: usize,
        threshold: f32,
        labels: &[f32],
    ) -> f64 {
        let Some(classes) = count(predictions, n_outputs, threshold, labels) else {
            return f64::NAN;
        };
        let ratio = |a: u64, b: u64| if b == 0 { 0.0 } else { a as f64 / b as f64 };
        let (average, of_class): (_, Fraction) = match self {
            Self::Accuracy => (Average::Micro, |c| (c.both, c.label)),
            Self::BalancedAccuracy => {
                let true_ones: Vec<f64> = classes
                    .iter()
                    .filter(|c| c.label > 0)
                    .map(|c| ratio(c.both, c.label))
                    .collect();
                return true_ones.iter().sum::<f64>() / true_ones.len() as f64;
            }
            Self::F1(average) => (average, |c| (2 * c.both, c.label + c.predicted)),
            Self::Precision(average) => (average, |c| (c.both, c.predicted)),
            Self::Recall(average) => (average, |c| (c.both, c.label)),
        };
        match average {
            Average::Binary => {
                let (a, b) = classes.get(1).map_or((0, 0), of_class);
                ratio(a, b)
            }
            Average::Micro => {
                let both = classes.iter().map(|c| c.both).sum();
                ratio(both, labels.len() as u64)
            }
            Average::Macro => {
                let seen: Vec<f64> = classes
                    .iter()
                    .filter(|c| c.label + c.predicted > 0)
                    .map(of_class)
                    .map(|(a, b)| ratio(a, b))
                    .collect();
                seen.iter().sum::<f64>() / seen.len() as f64
            }
        }
    }
}

/// The counts of each class.
fn count(
    predictions: &[f32],
    n_outputs: usize,
    threshold: f32,
    labels: &[f32],
) -> Option<Vec<Counts>> {
    let n_classes = n_outputs.max(2);
    let empty = || Some(vec![Counts::default(); n_classes]);
    let blocks = predictions
        .par_chunks(n_outputs * BLOCK)
        .zip(labels.par_chunks(BLOCK));
    blocks
        .fold(empty, |counts, (predictions, labels)| {
            let mut counts = counts?;
            for (row, &label) in predictions.chunks_exact(n_outputs).zip(labels) {
                let class = label as usize;
                if class >= n_classes || class as f32 != label {
                    return None;
                }
                let predicted = match row {
                    [one] => usize::from(*one > threshold),
                    several => first_maximum(several),
                };
                counts[class].label += 1;
                counts[predicted].predicted += 1;
                counts[class].both += u64::from(class == predicted);
            }
            Some(counts)
        })
        .reduce(empty, |a, b| {
            let mut a = a?;
            for (a, b) in a.iter_mut().zip(b?) {
                a.label += b.label;
                a.predicted += b.predicted;
                a.both += b.both;
            }
            Some(a)
        })
}

/// The first of the largest values.
pub(super) fn first_maximum(row: &[f32]) -> usize {
    (1..row.len()).fold(0, |best, i| if row[i] > row[best] { i } else { best })
}
