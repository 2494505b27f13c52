//! Numpy arrays (numpy.lib.format): real numbers of any width but float16, either byte order, C and
//! Fortran order.
//!
//! `(rows, columns)`, or `(columns,)`: one row. For a model of one feature `(rows,)` is that many rows. When
//! training, the first columns are the label and perhaps the weight.

mod dtype;
mod header;

pub(crate) use dtype::{Dtype, shortest};
pub(crate) use header::{Header, head_length};

use crate::{fault::Fault, leading::Leading, number::Number, rows::RowBuffer};

/// Reads a whole array.
///
/// # Errors
/// The header, the shape, or the first value that the model's type can't hold.
pub(crate) fn decode<N: Number>(body: &[u8], rows: &mut RowBuffer<'_, N>) -> Result<(), Fault> {
    if body.is_empty() {
        return Ok(());
    }
    let (header, data) = Header::parse(body).map_err(Fault::whole)?;
    let n_features = rows.schema().n_features();
    let layout = Layout::new(&header, n_features, rows.leading()).ok_or_else(|| {
        let shape = header.shape_text();
        let columns = n_features + rows.leading().count();
        Fault::whole(format!("shape {shape}: expected (rows, {columns})"))
    })?;
    if layout.size() != Some(data.len()) {
        return Err(Fault::whole(layout.wrong_size(data.len(), &header)));
    }
    decode_rows(data, &layout, rows)
}

/// How rows lie in the data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub(crate) dtype: Dtype,
    pub(crate) n_rows: usize,
    /// Those of label and weight included.
    pub(crate) n_columns: usize,
    pub(crate) fortran_order: bool,
}

impl Layout {
    /// The layout of an array of records with `n_features` features; `None` if its shape is another one.
    pub(crate) fn new(header: &Header, n_features: usize, leading: Leading) -> Option<Self> {
        let n_columns = n_features.checked_add(leading.count())?;
        let n_rows = match *header.shape.as_slice() {
            [n_rows, columns] if columns == n_columns => n_rows,
            [n_rows] if n_columns == 1 => n_rows,
            [columns] if columns == n_columns => 1,
            _ => return None,
        };
        Some(Self {
            dtype: header.dtype,
            n_rows,
            n_columns,
            fortran_order: header.fortran_order,
        })
    }

    /// Bytes of all rows, if a usize holds their number.
    pub(crate) fn size(&self) -> Option<usize> {
        let n_values = self.n_rows.checked_mul(self.n_columns)?;
        n_values.checked_mul(self.dtype.width())
    }

    /// The message for data of another size.
    pub(crate) fn wrong_size(&self, found: usize, header: &Header) -> String {
        let (shape, width) = (header.shape_text(), self.dtype.width());
        format!(
            "found {found} bytes of data, expected those of shape {shape} with {width}-byte values"
        )
    }

    /// Where a value begins.
    fn at(&self, row: usize, column: usize) -> usize {
        let position = if self.fortran_order {
            column * self.n_rows + row
        } else {
            row * self.n_columns + column
        };
        position * self.dtype.width()
    }
}

/// Reads rows; `data` has the size that the layout says.
///
/// # Errors
/// The first value that the type can't hold, or that is no label or weight.
pub(crate) fn decode_rows<N: Number>(
    data: &[u8],
    layout: &Layout,
    rows: &mut RowBuffer<'_, N>,
) -> Result<(), Fault> {
    let n_leading = rows.leading().count();
    let (dtype, width) = (layout.dtype, layout.dtype.width());
    let bytes = |row, column| {
        let at = layout.at(row, column);
        &data[at..at + width]
    };
    for row in 0..layout.n_rows {
        for column in 0..n_leading {
            lead(dtype.float(bytes(row, column)), column, rows)?;
        }
        let read = rows.row(|values| {
            if !layout.fortran_order {
                let (start, end) = (layout.at(row, n_leading), layout.at(row + 1, 0));
                return dtype.push_all(&data[start..end], values);
            }
            for column in n_leading..layout.n_columns {
                values.push(dtype.value(bytes(row, column))?);
            }
            Some(())
        })?;
        if read.is_none() {
            let odd = |column: &usize| dtype.value::<N>(bytes(row, *column)).is_none();
            let Some(column) = (n_leading..layout.n_columns).find(odd) else {
                unreachable!("the row was refused for a value")
            };
            let found = dtype.text(bytes(row, column));
            let what = format!("found {found}, expected {}", N::KIND);
            return Err(rows.fault_at(format_args!("column {}", column + 1), what));
        }
        rows.end_record()?;
    }
    Ok(())
}

/// Takes the value of a column before the features.
fn lead<N: Number>(value: f64, column: usize, rows: &mut RowBuffer<'_, N>) -> Result<(), Fault> {
    let is_label = rows.leading().label && column == 0;
    let taken = match rows.targets() {
        None => Ok(()),
        Some(targets) if is_label => targets.set_number(value),
        Some(targets) => targets.set_weight_number(value),
    };
    taken.map_err(|what| rows.fault_at(format_args!("column {}", column + 1), what))
}

#[cfg(test)]
mod tests;
