//! Numpy arrays (numpy.lib.format): real numbers of any width but float16, either byte order, C and
//! Fortran order.
//!
//! `(rows, features)`, or `(features,)`: one row. For a model of one feature `(rows,)` is that many rows.

mod header;

use super::{number::Number, rows::RowBuffer};
use header::{Dtype, Header};

/// # Errors
/// One line about the header, the shape, or the first value that the model's type can't hold.
pub(super) fn decode<N: Number>(body: &[u8], rows: &mut RowBuffer<'_, N>) -> Result<(), String> {
    if body.is_empty() {
        return Ok(());
    }
    let (header, data) = Header::parse(body)?;
    let n_features = rows.schema().n_features();
    let n_rows = match *header.shape.as_slice() {
        [n_rows, columns] if columns == n_features => n_rows,
        [n_rows] if n_features == 1 => n_rows,
        [columns] if columns == n_features => 1,
        _ => {
            let shape = header.shape_text();
            return Err(format!("shape {shape}: expected (rows, {n_features})"));
        }
    };
    let width = header.dtype.width();
    let size = n_rows
        .checked_mul(n_features)
        .and_then(|n_values| n_values.checked_mul(width));
    if size != Some(data.len()) {
        return Err(format!(
            "{} bytes of data, not as many as shape {} of {width}-byte values takes",
            data.len(),
            header.shape_text()
        ));
    }
    // How far apart, in values, neighbours in a row and neighbours in a column are.
    let (in_row, in_column) = if header.fortran_order {
        (n_rows, 1)
    } else {
        (1, n_features)
    };
    for row in 0..n_rows {
        let read = rows.row(|values| {
            for column in 0..n_features {
                let at = (row * in_column + column * in_row) * width;
                values.push(header.dtype.value(data.get(at..at + width)?)?);
            }
            Some(())
        });
        if read.is_none() {
            let value = |column| {
                let at = (row * in_column + column * in_row) * width;
                data.get(at..at + width)
            };
            return Err(describe::<N>(row + 1, n_features, header.dtype, value));
        }
    }
    Ok(())
}

/// The first value of a row that has no place in the model's type.
fn describe<'a, N: Number>(
    row: usize,
    n_features: usize,
    dtype: Dtype,
    value: impl Fn(usize) -> Option<&'a [u8]>,
) -> String {
    let odd = (0..n_features).find_map(|column| {
        let bytes = value(column)?;
        dtype
            .value::<N>(bytes)
            .is_none()
            .then(|| (column + 1, dtype.text(bytes)))
    });
    let (column, found) = odd.unwrap_or_default();
    format!(
        "row {row}, column {column}: found {found}, expected {}",
        N::KIND
    )
}

#[cfg(test)]
mod tests;
