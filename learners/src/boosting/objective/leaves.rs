//! Leaves that are medians instead of Newton steps.

use super::{Labelled, Loss, Objective, quantile::median};

impl Objective {
    /// Whether a leaf gets [`Objective::leaf`] in place of the grower's value.
    pub fn renews_leaves(&self) -> bool {
        self.loss == Loss::AbsoluteError
    }

    /// The value, before `eta`, of a leaf with these rows: the median of what is left of their labels. `margins` are
    /// those from before the round.
    pub fn leaf(&self, rows: Labelled<'_>, margins: &[f32], rows_of_leaf: &[u32]) -> Option<f32> {
        let mut residuals: Vec<(f32, f32)> = rows_of_leaf
            .iter()
            .map(|&row| row as usize)
            .map(|row| (rows.labels[row] - margins[row], rows.weight(row)))
            .collect();
        median(&mut residuals, rows.weights.is_some())
    }
}
