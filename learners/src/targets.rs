//! What a table says about its rows: classes or numbers.

use algorithm::{Labels, Table, Target};
use ndarray::ArrayView1;

/// A table's labels, and the class of each of its rows.
///
/// # Panics
/// The table's target is not [`Target::Classes`].
pub(crate) fn classes(table: &Table) -> (&Labels, ArrayView1<'_, usize>) {
    match &table.target {
        Target::Classes { labels, of_row } => (labels, of_row.view()),
        other => unreachable!("the tree answers classes, the table has {other:?}"),
    }
}

/// The number of each of a table's rows.
///
/// # Panics
/// The table's target is not [`Target::Numbers`].
pub(crate) fn numbers(table: &Table) -> ArrayView1<'_, f32> {
    match &table.target {
        Target::Numbers(numbers) => numbers.view(),
        other => unreachable!("the tree answers numbers, the table has {other:?}"),
    }
}
