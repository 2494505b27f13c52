//! What the trees that have not seen a row say of it.

use rayon::prelude::*;

use super::trees::Grown;

/// The answers of trees to the rows that they were not grown on.
pub(super) struct OutOfBag {
    /// Values a row.
    width: usize,
    /// The sum of the answers, `width` a row.
    sums: Vec<f64>,
    /// The number of trees that answered, one a row.
    n_trees: Vec<u32>,
}

impl OutOfBag {
    pub(super) fn new(n_rows: usize, width: usize) -> Self {
        Self {
            width,
            sums: vec![0.0; n_rows * width],
            n_trees: vec![0; n_rows],
        }
    }

    /// Adds the answers of trees, in their order.
    pub(super) fn add(&mut self, trees: &[Grown], value: impl Fn(usize, u32) -> f32 + Sync) {
        let rows = self
            .sums
            .par_chunks_mut(self.width)
            .zip(&mut self.n_trees)
            .enumerate();
        rows.with_min_len(256).for_each(|(row, (sums, n_trees))| {
            for tree in trees {
                if tree.counts.as_ref().is_none_or(|counts| counts[row] > 0) {
                    continue;
                }
                for (slot, value) in tree.tree.answer(|feature| value(row, feature)) {
                    sums[*slot as usize] += f64::from(*value);
                }
                *n_trees += 1;
            }
        });
    }

    /// The mean answer to each row; `None` for rows that every tree has seen.
    fn answers(&self) -> impl Iterator<Item = Option<(&[f64], f64)>> {
        let rows = self.sums.chunks(self.width).zip(&self.n_trees);
        rows.map(|(sums, n_trees)| (*n_trees > 0).then_some((sums, f64::from(*n_trees))))
    }

    /// Rows that every tree has seen.
    pub(super) fn n_unanswered(&self) -> usize {
        self.n_trees.iter().filter(|n| **n == 0).count()
    }

    /// The share of the answered rows whose class is right, as scikit-learn's `oob_score_`.
    pub(super) fn accuracy(&self, classes: &[u32]) -> f64 {
        let (mut right, mut all) = (0_usize, 0_usize);
        for (answer, class) in self.answers().zip(classes) {
            if let Some((sums, _)) = answer {
                let mut best = 0;
                for (class, sum) in sums.iter().enumerate() {
                    if *sum > sums[best] {
                        best = class;
                    }
                }
                right += usize::from(best == *class as usize);
                all += 1;
            }
        }
        right as f64 / all as f64
    }

    /// The coefficient of determination over the answered rows, as scikit-learn's `oob_score_`.
    pub(super) fn r2(&self, numbers: &[f32]) -> f64 {
        let answered = || {
            self.answers()
                .zip(numbers)
                .filter_map(|(answer, y)| answer.map(|(sums, n)| (sums[0] / n, f64::from(*y))))
        };
        let n = answered().count() as f64;
        let mean = answered().map(|(_, y)| y).sum::<f64>() / n;
        let (mut residual, mut total) = (0.0, 0.0);
        for (answer, y) in answered() {
            residual += (y - answer).powi(2);
            total += (y - mean).powi(2);
        }
        1.0 - residual / total
    }
}
