//! The area under the ROC curve.

use rayon::slice::ParallelSliceMut;

/// Rows of one score.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tie {
    /// Ordered as the score is.
    key: u32,
    negatives: u32,
    positives: u32,
}

/// The scores of a block's rows for class 1, counted by score; `rows` gives them with whether the label
/// is class 1.
pub(super) fn ties(rows: impl Iterator<Item = (f32, bool)>) -> Vec<Tie> {
    let mut keys: Vec<u64> = rows
        .map(|(score, is_positive)| u64::from(key(score)) << 1 | u64::from(is_positive))
        .collect();
    keys.sort_unstable();
    let equal = keys.chunk_by(|a, b| a >> 1 == b >> 1);
    equal
        .map(|rows| {
            let negatives = rows.partition_point(|row| row & 1 == 0);
            Tie {
                key: (rows[0] >> 1) as u32,
                negatives: negatives as u32,
                positives: (rows.len() - negatives) as u32,
            }
        })
        .collect()
}

/// `roc_auc_score`: the chance that a row of class 1 has a higher score than a row of class 0; equal scores
/// count half. `None` if a class has no row.
pub(super) fn auc(mut ties: Vec<Tie>) -> Option<f64> {
    ties.par_sort_unstable_by_key(|tie| tie.key);
    let (mut negatives, mut positives, mut pairs) = (0.0, 0.0, 0.0);
    for equal in ties.chunk_by(|a, b| a.key == b.key) {
        let sum = |of: fn(&Tie) -> u32| equal.iter().map(|tie| f64::from(of(tie))).sum::<f64>();
        let (below, here) = (sum(|tie| tie.negatives), sum(|tie| tie.positives));
        pairs += here * (negatives + 0.5 * below);
        negatives += below;
        positives += here;
    }
    (negatives > 0.0 && positives > 0.0).then(|| pairs / (negatives * positives))
}

/// Whole numbers in the order of the scores; the same for both zeros.
fn key(score: f32) -> u32 {
    let bits = (score + 0.0).to_bits();
    if bits >> 31 == 1 {
        !bits
    } else {
        bits | 1 << 31
    }
}
