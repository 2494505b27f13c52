//! How well the rows with high labels are in front, all rows being one group.

use rayon::prelude::*;

use super::Top;
use crate::boosting::math::ln_f64;

/// Normalised discounted cumulative gain: a row gains 2^label - 1. NaN if a label is not 0 to 31.
pub(super) fn ndcg(predictions: &[f32], labels: &[f32], top: Top) -> f64 {
    if labels.iter().any(|y| !(0.0..=31.0).contains(y)) {
        return f64::NAN;
    }
    let gain = |labels: &[f32]| {
        let first = labels.iter().take(top.n).enumerate();
        first.fold(0.0, |sum, (i, &y)| {
            let discount = std::f64::consts::LN_2 / ln_f64(i as f64 + 2.0);
            sum + discount * ((1_u64 << y as u32) - 1) as f64
        })
    };
    let mut best = labels.to_vec();
    best.par_sort_unstable_by(|a, b| b.total_cmp(a));
    let best = gain(&best);
    if best == 0.0 {
        return top.of_none;
    }
    (gain(&ranked(predictions, labels)) / best).min(1.0)
}

/// Mean average precision of labels 0 and 1. NaN of any other.
pub(super) fn map(predictions: &[f32], labels: &[f32], top: Top) -> f64 {
    if labels.iter().any(|&y| y != 0.0 && y != 1.0) {
        return f64::NAN;
    }
    let (mut hits, mut sum) = (0_u64, 0.0);
    for (i, y) in ranked(predictions, labels).into_iter().enumerate() {
        if y == 1.0 {
            hits += 1;
            if i < top.n {
                sum += hits as f64 / (i + 1) as f64;
            }
        }
    }
    if hits == 0 {
        return top.of_none;
    }
    sum / (hits as f64).min(top.n as f64)
}

/// Labels from the highest prediction to the lowest; where predictions are equal, the worst order.
fn ranked(predictions: &[f32], labels: &[f32]) -> Vec<f32> {
    let mut rows: Vec<(f32, f32)> = predictions
        .iter()
        .copied()
        .zip(labels.iter().copied())
        .collect();
    rows.par_sort_unstable_by(|a, b| {
        (b.0 + 0.0)
            .total_cmp(&(a.0 + 0.0))
            .then(a.1.total_cmp(&b.1))
    });
    rows.into_iter().map(|(_, label)| label).collect()
}
