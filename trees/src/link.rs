//! From a row's raw scores to its answer, as the library that wrote the file does it.

use std::fmt::Debug;

/// A library's objective, as far as answers depend on it.
pub(crate) trait Link<T>: Debug + Send + Sync {
    /// Raw scores a row, at least 1.
    fn raw_scores(&self) -> usize;

    /// Values a row, at least 1.
    fn width(&self) -> usize;

    /// Whether the values are probabilities.
    fn gives_probabilities(&self) -> bool;

    /// Fills in labels (no entries for a regressor) and values from the rows' raw scores; all are row-major.
    fn answer(&self, raw_scores: &[T], labels: &mut [u32], values: &mut [T]);
}
