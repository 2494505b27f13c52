//! Tensors of the Open Inference Protocol to rows.
//!
//! A request has one tensor `[rows, features]` with the name of the model's input, or a tensor `[rows]` or
//! `[rows, 1]` for each feature, by the features' names in any order.

use std::{mem, ops::Range};

use algorithm::{InputType, Refusal, Rows};
use bytes::Bytes;
use proto::open_inference::ModelInferRequest;
use records::{Number, Schema};

use super::tensor::{Tensor, fault};

/// Fewest bytes of an element.
const ELEMENT_BYTES: usize = 4;

/// Bytes of tensor data in a request.
pub(super) fn size(request: &ModelInferRequest) -> usize {
    let raw: usize = request.raw_input_contents.iter().map(Bytes::len).sum();
    let typed = request
        .inputs
        .iter()
        .filter_map(|input| input.contents.as_ref());
    let typed: usize = typed
        .map(|contents| {
            4 * (contents.fp32_contents.len() + contents.int_contents.len())
                + 8 * (contents.fp64_contents.len() + contents.int64_contents.len())
        })
        .sum();
    raw + typed
}

/// An upper bound on the rows in `size` bytes of tensor data.
pub(super) fn max_rows(size: usize, schema: &Schema) -> usize {
    size / (ELEMENT_BYTES * schema.n_features())
}

/// The rows of a request, to be read block by block.
pub(super) struct Inputs<'a> {
    schema: &'a Schema,
    n_rows: usize,
    read: Box<dyn Read + 'a>,
}

/// Reads rows in the model's number type.
trait Read {
    /// Reads `n_rows` rows of the schema's features in blocks of up to `block_rows`.
    fn read(
        &self,
        schema: &Schema,
        n_rows: usize,
        block_rows: usize,
        take: &mut Take<'_>,
    ) -> Result<(), Refusal>;
}

type Take<'t> = dyn FnMut(Rows<'_>) -> Result<(), Refusal> + 't;

impl<'a> Inputs<'a> {
    /// # Errors
    /// Other inputs, shapes, datatypes or numbers of elements than the model takes.
    pub(super) fn new(request: &'a ModelInferRequest, schema: &'a Schema) -> Result<Self, Refusal> {
        match schema.input_type() {
            InputType::F32 => Self::of::<f32>(request, schema),
            InputType::F64 => Self::of::<f64>(request, schema),
            InputType::I64 => Self::of::<i64>(request, schema),
        }
    }

    fn of<N: Number>(request: &'a ModelInferRequest, schema: &'a Schema) -> Result<Self, Refusal> {
        let (n_rows, tensors) = Tensors::<N>::new(request, schema)?;
        Ok(Self {
            schema,
            n_rows,
            read: Box::new(tensors),
        })
    }

    pub(super) fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Reads the rows; `take` gets blocks of up to `block_rows`, in order.
    ///
    /// # Errors
    /// A number that the model's type can't hold, a missing value if the model takes none, or an error of
    /// `take`.
    pub(super) fn read(
        &self,
        block_rows: usize,
        mut take: impl FnMut(Rows<'_>) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        self.read
            .read(self.schema, self.n_rows, block_rows, &mut take)
    }
}

/// The tensors of a request, with as many elements as their shapes have.
enum Tensors<'a, N> {
    /// One tensor of whole rows, and the number of features.
    Matrix(Tensor<'a, N>, usize),
    /// A tensor for each feature, in the order of the columns.
    Columns(Vec<Tensor<'a, N>>),
}

impl<'a, N: Number> Tensors<'a, N> {
    /// The number of rows, and the tensors.
    fn new(request: &'a ModelInferRequest, schema: &Schema) -> Result<(usize, Self), Refusal> {
        let raw = request.raw_input_contents.as_slice();
        let inputs = request.inputs.as_slice();
        if !raw.is_empty() && raw.len() != inputs.len() {
            return Err(Refusal::BadPayload(format!(
                "{} raw_input_contents: expected one for each of the {} inputs",
                raw.len(),
                inputs.len()
            )));
        }
        let tensor = |position: usize, input| Tensor::new(input, raw.get(position));
        match inputs {
            [input] if input.name == schema.input_name() => matrix(tensor(0, input)?, schema),
            _ if schema.has_names() && inputs.len() == schema.n_features() => {
                let tensors = inputs
                    .iter()
                    .enumerate()
                    .map(|(position, input)| tensor(position, input))
                    .collect::<Result<_, _>>()?;
                columns(tensors, schema)
            }
            [input] => Err(fault(input, &format!("expected {}", expected(schema)))),
            _ => Err(Refusal::BadPayload(format!(
                "{} inputs: expected {}",
                inputs.len(),
                expected(schema)
            ))),
        }
    }

    /// Writes whole rows to `values`.
    fn block(&self, rows: Range<usize>, values: &mut [N]) -> Result<(), Refusal> {
        match self {
            Self::Matrix(tensor, n_features) => {
                let elements = rows.start * n_features..rows.end * n_features;
                tensor.read(elements, 1, values, |element| {
                    let (row, column) = (element / n_features + 1, element % n_features + 1);
                    format!("row {row}, column {column}")
                })
            }
            Self::Columns(tensors) => {
                for (column, tensor) in tensors.iter().enumerate() {
                    let values = &mut values[column..];
                    tensor.read(rows.clone(), tensors.len(), values, |element| {
                        format!("row {}", element + 1)
                    })?;
                }
                Ok(())
            }
        }
    }
}

impl<N: Number> Read for Tensors<'_, N> {
    fn read(
        &self,
        schema: &Schema,
        n_rows: usize,
        block_rows: usize,
        take: &mut Take<'_>,
    ) -> Result<(), Refusal> {
        let n_features = schema.n_features();
        let mut values = vec![N::ZERO; block_rows.min(n_rows) * n_features];
        for start in (0..n_rows).step_by(block_rows) {
            let end = n_rows.min(start + block_rows);
            let block = &mut values[..(end - start) * n_features];
            self.block(start..end, block)?;
            for (row, values) in (start + 1..).zip(block.chunks_exact(n_features)) {
                let checked = schema.check_missing((0..).zip(values.iter().copied()));
                checked.map_err(|(place, what)| {
                    Refusal::BadPayload(format!("row {row}, {place}: {what}"))
                })?;
            }
            take(N::rows(block))?;
        }
        Ok(())
    }
}

/// The inputs that the model takes, for messages.
fn expected(schema: &Schema) -> String {
    let (name, n_features) = (schema.input_name(), schema.n_features());
    let one = format!("one input \"{name}\" of shape [rows, {n_features}]");
    if schema.has_names() {
        format!(
            "{one}, or an input for each of the {n_features} features: {}",
            schema.known_names()
        )
    } else {
        one
    }
}

/// One tensor of whole rows.
fn matrix<'a, N: Number>(
    tensor: Tensor<'a, N>,
    schema: &Schema,
) -> Result<(usize, Tensors<'a, N>), Refusal> {
    let n_features = schema.n_features();
    let shape = &tensor.input.shape;
    let n_rows = match *shape.as_slice() {
        [rows, columns] if usize::try_from(columns) == Ok(n_features) => usize::try_from(rows).ok(),
        _ => None,
    };
    let elements = n_rows.and_then(|rows| Some((rows, rows.checked_mul(n_features)?)));
    let Some((n_rows, n_elements)) = elements else {
        let what = format!("shape {shape:?}, expected [rows, {n_features}]");
        return Err(fault(tensor.input, &what));
    };
    tensor.check_length(n_elements)?;
    Ok((n_rows, Tensors::Matrix(tensor, n_features)))
}

/// A tensor for each feature, in any order.
fn columns<'a, N: Number>(
    tensors: Vec<Tensor<'a, N>>,
    schema: &Schema,
) -> Result<(usize, Tensors<'a, N>), Refusal> {
    let mut n_rows = None;
    let mut seen = vec![false; schema.n_features()];
    let mut by_column = Vec::with_capacity(tensors.len());
    for tensor in tensors {
        let input = tensor.input;
        let Some(column) = schema.column(&input.name) else {
            return Err(fault(input, &format!("expected {}", expected(schema))));
        };
        if mem::replace(&mut seen[column], true) {
            return Err(fault(input, "found twice, expected once"));
        }
        let rows = match *input.shape.as_slice() {
            [rows] | [rows, 1] => usize::try_from(rows).ok(),
            _ => None,
        };
        let Some(rows) = rows else {
            let what = format!("shape {:?}, expected [rows] or [rows, 1]", input.shape);
            return Err(fault(input, &what));
        };
        let n_rows = *n_rows.get_or_insert(rows);
        if rows != n_rows {
            let what = format!("{rows} rows, the inputs before have {n_rows}");
            return Err(fault(input, &what));
        }
        tensor.check_length(n_rows)?;
        by_column.push((column, tensor));
    }
    by_column.sort_by_key(|(column, _)| *column);
    let tensors = by_column.into_iter().map(|(_, tensor)| tensor).collect();
    let Some(n_rows) = n_rows else {
        unreachable!("there is a tensor for each feature, and a model has at least one feature");
    };
    Ok((n_rows, Tensors::Columns(tensors)))
}

#[cfg(test)]
mod tests;
