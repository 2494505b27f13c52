//! The target of a classification tree.

use algorithm::{Labels, Table, Target};
use ndarray::ArrayView1;

/// A table's labels, and the class of each of its rows.
///
/// # Panics
/// The table's target is not [`Target::Classes`].
pub(crate) fn classes(table: &Table) -> (&Labels, ArrayView1<'_, usize>) {
    match &table.target {
        Target::Classes { labels, of_row } => (labels, of_row.view()),
        other => unreachable!("a decision tree asks for classes, the table has {other:?}"),
    }
}
