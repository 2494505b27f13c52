//! Figures of a model that predicts classes.

use std::collections::BTreeMap;

use algorithm::{PredictError, Predictor, Scores, Values};
use ndarray::{Array1, Array2};
use rayon::slice::ParallelSliceMut;

use super::{
    Evaluation, blocks,
    calibration::Calibration,
    roc::{self, Tie},
};

/// What is known of a class from its rows and predictions.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    rows: u64,
    predicted: u64,
    right: u64,
}

/// What a block's scores come to.
struct Block {
    /// Rows by label and predicted class: `label << 32 | predicted`, rows.
    pairs: Vec<(u64, u32)>,
    /// For a model that gives probabilities.
    probabilities: Option<Probabilities>,
}

#[derive(Default)]
struct Probabilities {
    /// Sum of the rows' losses.
    loss: f64,
    calibration: Calibration,
    /// For two classes.
    ties: Vec<Tie>,
}

/// `accuracy_score`, `balanced_accuracy_score`, `f1_score(average="macro")`; if the model gives
/// probabilities `log_loss`, clipped to float64's epsilon, and `roc_auc_score` if there are two classes and
/// both occur.
pub(super) fn evaluate(
    predictor: &dyn Predictor,
    records: &Array2<f32>,
    n_classes: usize,
    of_row: &Array1<usize>,
) -> Result<Evaluation, PredictError> {
    let gives_probabilities = predictor.signature().values == Values::Probabilities;
    let blocks = blocks::scored(predictor, records, |first, scores| {
        let labels = of_row.iter().skip(first).copied();
        Ok(Block {
            pairs: pairs(labels.clone(), scores.labels()),
            probabilities: gives_probabilities.then(|| probabilities(labels, scores)),
        })
    })?;
    let n_rows = of_row.len() as f64;
    let confusion = confusion(&blocks);
    let mut metrics = labels_alone(&confusion, n_rows);
    let calibration = gives_probabilities.then(|| {
        let all = summed(blocks);
        metrics.push(("logloss", all.loss / n_rows));
        let has_unseen = confusion
            .last()
            .is_some_and(|pair| pair.0 as usize >= n_classes);
        if n_classes == 2 && !has_unseen {
            metrics.extend(roc::auc(all.ties).map(|auc| ("auc", auc)));
        }
        all.calibration.bins()
    });
    Ok(Evaluation {
        n_rows: of_row.len() as u64,
        metrics,
        confusion,
        calibration,
        residuals: None,
    })
}

fn pairs(labels: impl Iterator<Item = usize>, predicted: &[u32]) -> Vec<(u64, u32)> {
    let mut keys: Vec<u64> = labels
        .zip(predicted)
        .map(|(label, predicted)| (label as u64) << 32 | u64::from(*predicted))
        .collect();
    keys.sort_unstable();
    let equal = keys.chunk_by(|a, b| a == b);
    equal.map(|rows| (rows[0], rows.len() as u32)).collect()
}

fn probabilities(labels: impl Iterator<Item = usize> + Clone, scores: &Scores) -> Probabilities {
    let width = scores.width();
    let rows = scores.values().chunks_exact(width);
    let mut sums = Probabilities::default();
    for ((label, predicted), row) in labels.clone().zip(scores.labels()).zip(rows.clone()) {
        let predicted = *predicted as usize;
        sums.calibration
            .count(f64::from(row[predicted]), predicted == label);
        // A label that training does not have has no probability.
        let of_label = row.get(label).map_or(0.0, |value| f64::from(*value));
        sums.loss -= of_label.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln();
    }
    if width == 2 {
        sums.ties = roc::ties(labels.zip(rows).map(|(label, row)| (row[1], label == 1)));
    }
    sums
}

fn confusion(blocks: &[Block]) -> Vec<(u32, u32, u64)> {
    let mut pairs: Vec<(u64, u32)> = blocks
        .iter()
        .flat_map(|block| block.pairs.iter().copied())
        .collect();
    pairs.par_sort_unstable();
    let same = pairs.chunk_by(|a, b| a.0 == b.0);
    same.map(|pairs| {
        let key = pairs[0].0;
        let rows = pairs.iter().map(|pair| u64::from(pair.1)).sum();
        ((key >> 32) as u32, key as u32, rows)
    })
    .collect()
}

fn summed(blocks: Vec<Block>) -> Probabilities {
    let mut all = Probabilities::default();
    for block in blocks.into_iter().filter_map(|block| block.probabilities) {
        all.loss += block.loss;
        all.calibration.add(&block.calibration);
        all.ties.extend(block.ties);
    }
    all
}

/// The figures that need no probabilities.
fn labels_alone(confusion: &[(u32, u32, u64)], n_rows: f64) -> Vec<(&'static str, f64)> {
    let mut tallies: BTreeMap<u32, Tally> = BTreeMap::new();
    for (label, predicted, rows) in confusion {
        tallies.entry(*label).or_default().rows += rows;
        tallies.entry(*predicted).or_default().predicted += rows;
        if label == predicted {
            tallies.entry(*label).or_default().right += rows;
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
    vec![
        ("accuracy", right as f64 / n_rows),
        ("balanced_accuracy", mean(recalls)),
        ("f1_macro", mean(f1)),
    ]
}

/// The mean of at least one value.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}
