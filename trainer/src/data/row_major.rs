//! Rows out of a table's columns, for code that goes through a table row by row.

use ndarray::ArrayView2;

/// Puts the values of `block`, rows x features in columns, into `rows` row by row, each as `convert` returns
/// it. Replaces what `rows` held; its buffer is reused.
pub(crate) fn gather<T: Copy + Default>(
    block: &ArrayView2<'_, f32>,
    rows: &mut Vec<T>,
    convert: impl Fn(f32) -> T,
) {
    let n_features = block.ncols();
    rows.clear();
    rows.resize(block.len(), T::default());
    for (feature, column) in block.columns().into_iter().enumerate() {
        let places = rows[feature..].iter_mut().step_by(n_features);
        for (place, value) in places.zip(column) {
            *place = convert(*value);
        }
    }
}
