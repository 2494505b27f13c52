//! AWS's recordio-protobuf: `proto/proto/recordio.proto` messages in MXNet's RecordIO framing.
//!
//! A record's features are one dense or sparse tensor named `values`, or a tensor of one value for each
//! feature, by its name. What a sparse one leaves out is missing for a model that tells missing values
//! from others, else 0. Labels and metadata do not matter.

mod frames;

use std::collections::HashMap;

use prost::Message as _;
use proto::recordio::{Record, Value, value};

use super::{excerpt, number::Number, rows::RowBuffer, sparse::Row};
use frames::Frames;

/// The name of the one tensor that holds all features.
const VALUES: &str = "values";

/// Bytes of a record beside its features (labels, an id, metadata), at most.
const OVERHEAD: usize = 64 << 10;

/// Bytes of a feature in a record, at most: a name, a key and a value.
const FEATURE: usize = 256;

/// # Errors
/// One line about the first record at fault.
pub(super) fn decode<N: Number>(body: &[u8], rows: &mut RowBuffer<'_, N>) -> Result<(), String> {
    // A message takes more memory than its bytes; a record that is larger than any sensible one is not
    // worth it.
    let limit = OVERHEAD + FEATURE.saturating_mul(rows.schema().n_features());
    let mut frames = Frames::new(body);
    loop {
        let number = rows.row_number();
        let Some(bytes) = frames
            .next(limit)
            .map_err(|fault| format!("row {number}: {fault}"))?
        else {
            return Ok(());
        };
        let record = Record::decode(&*bytes).map_err(|_| {
            format!("row {number}: found another message, expected an aialgs.data.Record")
        })?;
        row(record, rows)?;
    }
}

fn row<N: Number>(record: Record, rows: &mut RowBuffer<'_, N>) -> Result<(), String> {
    let number = rows.row_number();
    let mut features = record.features;
    match features.remove(VALUES) {
        Some(value) if features.is_empty() => {
            let tensor = Tensor::new(value).ok_or_else(|| no_tensor(number, VALUES))?;
            if tensor.is_sparse() {
                tensor.sparse(rows)
            } else {
                tensor.dense(rows)
            }
        }
        Some(value) => {
            features.insert(VALUES.to_owned(), value);
            named(features, rows)
        }
        None => named(features, rows),
    }
}

/// A row of a tensor a feature.
fn named<N: Number>(
    features: HashMap<String, Value>,
    rows: &mut RowBuffer<'_, N>,
) -> Result<(), String> {
    let (number, schema) = (rows.row_number(), rows.schema());
    let mut values = vec![None; schema.n_features()];
    for (name, value) in features {
        let Some(place) = schema
            .column(&name)
            .and_then(|column| values.get_mut(column))
        else {
            return Err(format!(
                "row {number}: found feature \"{}\", expected \"{VALUES}\" or the model's own: {}",
                excerpt(name.as_bytes()),
                schema.known_names()
            ));
        };
        let tensor = Tensor::new(value).ok_or_else(|| no_tensor(number, &name))?;
        if tensor.len() != 1 || !tensor.keys.is_empty() {
            let n = tensor.len();
            return Err(format!(
                "row {number}, feature \"{name}\": found {n} values, expected one"
            ));
        }
        *place = Some(tensor.get(0, &format!("feature \"{name}\""), number)?);
    }
    if let Some(column) = values.iter().position(Option::is_none) {
        let name = schema.column_name(column);
        return Err(format!(
            "row {number}: feature {name} is not there, expected all features"
        ));
    }
    rows.whole(values.into_iter().flatten());
    Ok(())
}

fn no_tensor(row: usize, name: &str) -> String {
    let name = excerpt(name.as_bytes());
    format!("row {row}: feature \"{name}\" holds no numbers, expected a tensor of them")
}

/// A tensor of any type.
struct Tensor {
    values: Numbers,
    /// Columns of the values; empty for a dense tensor.
    keys: Vec<u64>,
    shape: Vec<u64>,
}

enum Numbers {
    F32(Vec<f32>),
    F64(Vec<f64>),
    I32(Vec<i32>),
}

impl Tensor {
    fn new(value: Value) -> Option<Self> {
        Some(match value.value? {
            value::Value::Float32Tensor(tensor) => Self {
                values: Numbers::F32(tensor.values),
                keys: tensor.keys,
                shape: tensor.shape,
            },
            value::Value::Float64Tensor(tensor) => Self {
                values: Numbers::F64(tensor.values),
                keys: tensor.keys,
                shape: tensor.shape,
            },
            value::Value::Int32Tensor(tensor) => Self {
                values: Numbers::I32(tensor.values),
                keys: tensor.keys,
                shape: tensor.shape,
            },
            value::Value::Bytes(_) => return None,
        })
    }

    /// One without keys is sparse where it has a size and no values: all are left out.
    fn is_sparse(&self) -> bool {
        !self.keys.is_empty() || (self.len() == 0 && !self.shape.is_empty())
    }

    fn len(&self) -> usize {
        match &self.values {
            Numbers::F32(values) => values.len(),
            Numbers::F64(values) => values.len(),
            Numbers::I32(values) => values.len(),
        }
    }

    /// The value at a position below [`len`](Self::len).
    fn get<N: Number>(&self, position: usize, place: &str, row: usize) -> Result<N, String> {
        let float = |value: f64| N::from_f64(value).ok_or(value);
        let value = match &self.values {
            Numbers::F32(values) => float(values.get(position).copied().unwrap_or_default().into()),
            Numbers::F64(values) => float(values.get(position).copied().unwrap_or_default()),
            Numbers::I32(values) => {
                let value = values.get(position).copied().unwrap_or_default();
                N::from_i64(value.into()).ok_or(value.into())
            }
        };
        value.map_err(|found| format!("row {row}, {place}: found {found:?}, expected {}", N::KIND))
    }

    fn dense<N: Number>(&self, rows: &mut RowBuffer<'_, N>) -> Result<(), String> {
        let row = rows.row_number();
        for column in 0..self.len().min(rows.schema().n_features()) {
            rows.push(self.get(column, &format!("column {}", column + 1), row)?);
        }
        for _ in rows.column()..self.len() {
            rows.push(N::ZERO);
        }
        rows.end_row()
    }

    fn sparse<N: Number>(&self, rows: &mut RowBuffer<'_, N>) -> Result<(), String> {
        let (number, schema) = (rows.row_number(), rows.schema());
        let n_features = schema.n_features();
        if self.keys.len() != self.len() {
            return Err(format!(
                "row {number}: found {} keys and {} values, expected as many",
                self.keys.len(),
                self.len()
            ));
        }
        if let Some(size) = self.shape.last()
            && usize::try_from(*size) != Ok(n_features)
        {
            return Err(format!(
                "row {number}: {size} columns, the model takes {n_features}"
            ));
        }
        let mut row = Row::new(number, schema);
        for (position, key) in self.keys.iter().enumerate() {
            let value = self.get(position, &format!("index {key}"), number)?;
            row.set(usize::try_from(*key).unwrap_or(usize::MAX), value)?;
        }
        row.end(rows);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
