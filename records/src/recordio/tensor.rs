//! A tensor of numbers of any type.

use proto::{
    recordio::field::{float32_tensor, float64_tensor, int32_tensor, value},
    wire::{Error, Message},
};

use crate::{
    fault::Fault, leading::Leading, npy::shortest, number::Number, rows::RowBuffer, sparse::Row,
};

/// A tensor.
pub(super) struct Tensor {
    values: Numbers,
    /// Columns of the values; empty for a dense tensor.
    pub(super) keys: Vec<u64>,
    pub(super) shape: Vec<u64>,
}

enum Numbers {
    F32(Vec<f32>),
    F64(Vec<f64>),
    I32(Vec<i32>),
}

impl Tensor {
    /// The tensor that a `Value` holds; `None` if it holds none.
    pub(super) fn read(message: Message<'_>) -> Option<Self> {
        Self::last_of(message).ok().flatten()
    }

    fn last_of(message: Message<'_>) -> Result<Option<Self>, Error> {
        let mut tensor = None;
        for field in message.fields() {
            let field = field?;
            // All three tensors number their fields alike, but for the type of the values.
            tensor = match field.number {
                value::FLOAT32_TENSOR => {
                    let message = field.message("a tensor")?;
                    let values = message.floats(float32_tensor::VALUES)?;
                    let (keys, shape) = (float32_tensor::KEYS, float32_tensor::SHAPE);
                    Some(Self::new(Numbers::F32(values), message, keys, shape)?)
                }
                value::FLOAT64_TENSOR => {
                    let message = field.message("a tensor")?;
                    let values = message.doubles(float64_tensor::VALUES)?;
                    let (keys, shape) = (float64_tensor::KEYS, float64_tensor::SHAPE);
                    Some(Self::new(Numbers::F64(values), message, keys, shape)?)
                }
                value::INT32_TENSOR => {
                    let message = field.message("a tensor")?;
                    let values = message.varints(int32_tensor::VALUES, |value| value as i32)?;
                    let (keys, shape) = (int32_tensor::KEYS, int32_tensor::SHAPE);
                    Some(Self::new(Numbers::I32(values), message, keys, shape)?)
                }
                value::BYTES => None,
                _ => tensor,
            };
        }
        Ok(tensor)
    }

    fn new(values: Numbers, message: Message<'_>, keys: u32, shape: u32) -> Result<Self, Error> {
        Ok(Self {
            values,
            keys: message.varints(keys, |key| key)?,
            shape: message.varints(shape, |size| size)?,
        })
    }

    /// A tensor without keys is sparse if it has a size and no values: all of them are left out.
    pub(super) fn is_sparse(&self) -> bool {
        !self.keys.is_empty() || (self.len() == 0 && !self.shape.is_empty())
    }

    /// Number of values.
    pub(super) fn len(&self) -> usize {
        match &self.values {
            Numbers::F32(values) => values.len(),
            Numbers::F64(values) => values.len(),
            Numbers::I32(values) => values.len(),
        }
    }

    /// The position of the only value.
    ///
    /// # Errors
    /// There are more or fewer, or they have keys.
    pub(super) fn only<N: Number>(
        &self,
        place: &str,
        rows: &RowBuffer<'_, N>,
    ) -> Result<usize, Fault> {
        let n = self.len();
        if n != 1 || !self.keys.is_empty() {
            return Err(rows.fault_at(place, format!("found {n} values, expected one")));
        }
        Ok(0)
    }

    /// The value at a position below [`len`](Self::len), as a label or a weight; a float32 becomes the
    /// float64 with the same shortest text.
    pub(super) fn float(&self, position: usize) -> f64 {
        match &self.values {
            Numbers::F32(values) => shortest(values[position]),
            Numbers::F64(values) => values[position],
            Numbers::I32(values) => values[position].into(),
        }
    }

    /// The value at a position below [`len`](Self::len).
    ///
    /// # Errors
    /// The model's type can't hold it.
    pub(super) fn number<N: Number>(
        &self,
        position: usize,
        place: &str,
        rows: &RowBuffer<'_, N>,
    ) -> Result<N, Fault> {
        let (number, found) = match &self.values {
            Numbers::F32(values) => {
                let value = f64::from(values[position]);
                (N::from_f64(value), value)
            }
            Numbers::F64(values) => (N::from_f64(values[position]), values[position]),
            Numbers::I32(values) => {
                let value = values[position];
                (N::from_i64(value.into()), value.into())
            }
        };
        let what = || format!("found {found:?}, expected {}", N::KIND);
        number.ok_or_else(|| rows.fault_at(place, what()))
    }

    /// A row of a value for each column.
    pub(super) fn dense<N: Number>(&self, rows: &mut RowBuffer<'_, N>) -> Result<(), Fault> {
        if !rows.admits(self.len()) {
            return Err(rows.wrong_columns(self.len(), Leading::default()));
        }
        for column in 0..self.len() {
            let value = self.number(column, &format!("column {}", column + 1), rows)?;
            rows.push(value);
        }
        rows.end_row(Leading::default())
    }

    /// A row of values with their columns.
    pub(super) fn sparse<N: Number>(&self, rows: &mut RowBuffer<'_, N>) -> Result<(), Fault> {
        if self.keys.len() != self.len() {
            let (n_keys, n_values) = (self.keys.len(), self.len());
            let what =
                format!("found {n_keys} keys and {n_values} values, expected as many of each");
            return Err(rows.fault(what));
        }
        if let Some(size) = self.shape.last() {
            let size = usize::try_from(*size).unwrap_or(usize::MAX);
            if !rows.admits(size) {
                return Err(rows.wrong_columns(size, Leading::default()));
            }
        }
        let mut row = Row::counted_from(0);
        for (position, key) in self.keys.iter().enumerate() {
            let value = self.number(position, &format!("index {key}"), rows)?;
            row.set(usize::try_from(*key).unwrap_or(usize::MAX), value, rows)?;
        }
        row.end(rows)
    }
}
