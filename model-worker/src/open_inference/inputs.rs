//! Tensors of the Open Inference Protocol to rows.
//!
//! Either one tensor `[rows, features]` by the name that the model's graph gives its input, or one tensor
//! `[rows]` or `[rows, 1]` a feature, by the features' names in any order.

use algorithm::InputType;
use bytes::Bytes;
use proto::open_inference::{
    InferTensorContents, ModelInferRequest, model_infer_request::InferInputTensor,
};
use tonic::Status;

use records::{Number, Schema};

/// All rows of a request, row-major, in the model's number type.
#[derive(Debug, PartialEq)]
pub(super) enum Values {
    F32(Vec<f32>),
    F64(Vec<f64>),
    I64(Vec<i64>),
}

impl Values {
    /// The rows as [`trees::Model::score`] takes them.
    pub(super) fn rows(&self) -> algorithm::Rows<'_> {
        match self {
            Self::F32(values) => algorithm::Rows::F32(values),
            Self::F64(values) => algorithm::Rows::F64(values),
            Self::I64(values) => algorithm::Rows::I64(values),
        }
    }
}

/// Bytes of tensor data in a request, roughly.
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

/// The request's rows.
///
/// # Errors
/// INVALID_ARGUMENT: other inputs, shapes, datatypes or numbers of elements than the model takes, or a
/// number that its type can't hold.
pub(super) fn rows(request: &ModelInferRequest, schema: &Schema) -> Result<Values, Status> {
    Ok(match schema.input_type() {
        InputType::F32 => Values::F32(collect(request, schema)?),
        InputType::F64 => Values::F64(collect(request, schema)?),
        InputType::I64 => Values::I64(collect(request, schema)?),
    })
}

fn collect<N: Number>(request: &ModelInferRequest, schema: &Schema) -> Result<Vec<N>, Status> {
    let raw = request.raw_input_contents.as_slice();
    let inputs = request.inputs.as_slice();
    if !raw.is_empty() && raw.len() != inputs.len() {
        return Err(Status::invalid_argument(format!(
            "{} raw_input_contents: expected one for each of the {} inputs",
            raw.len(),
            inputs.len()
        )));
    }
    let tensor = |position: usize, input| Tensor::new(input, raw.get(position));
    match inputs {
        [input] if input.name == schema.input_name() => matrix(&tensor(0, input)?, schema),
        _ if schema.has_names() && inputs.len() == schema.n_features() => {
            let tensors: Vec<_> = inputs
                .iter()
                .enumerate()
                .map(|(position, input)| tensor(position, input))
                .collect::<Result<_, _>>()?;
            columns(&tensors, schema)
        }
        [input] => Err(fault(input, &format!("expected {}", expected(schema)))),
        _ => Err(Status::invalid_argument(format!(
            "{} inputs: expected {}",
            inputs.len(),
            expected(schema)
        ))),
    }
}

/// What inputs the model takes.
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
fn matrix<N: Number>(tensor: &Tensor<'_>, schema: &Schema) -> Result<Vec<N>, Status> {
    let n_features = schema.n_features();
    let shape = &tensor.input.shape;
    let n_rows = match *shape.as_slice() {
        [rows, columns] if usize::try_from(columns) == Ok(n_features) => usize::try_from(rows).ok(),
        _ => None,
    };
    let Some(n_elements) = n_rows.and_then(|rows| rows.checked_mul(n_features)) else {
        let what = format!("shape {shape:?}, expected [rows, {n_features}]");
        return Err(fault(tensor.input, &what));
    };
    tensor.check_length(n_elements)?;
    let mut values = Vec::with_capacity(n_elements);
    tensor.read(|value| values.push(value)).map_err(|element| {
        let place = format!(
            "row {}, column {}",
            element / n_features + 1,
            element % n_features + 1
        );
        tensor.no_number::<N>(element, &place)
    })?;
    Ok(values)
}

/// One tensor a feature.
fn columns<N: Number>(tensors: &[Tensor<'_>], schema: &Schema) -> Result<Vec<N>, Status> {
    let n_features = schema.n_features();
    let mut n_rows = None;
    let mut seen = vec![false; n_features];
    let mut values = Vec::new();
    for tensor in tensors {
        let input = tensor.input;
        let Some(column) = schema.column(&input.name) else {
            return Err(fault(input, &format!("expected {}", expected(schema))));
        };
        if seen
            .get_mut(column)
            .is_none_or(|seen| std::mem::replace(seen, true))
        {
            return Err(fault(input, "found twice, expected once"));
        }
        let rows = match *input.shape.as_slice() {
            [rows] | [rows, 1] => usize::try_from(rows).ok(),
            _ => None,
        };
        let is_first = n_rows.is_none();
        let n_rows = *n_rows.get_or_insert(rows.unwrap_or_default());
        if rows != Some(n_rows) {
            let what = match rows {
                Some(rows) => format!("{rows} rows, the inputs before have {n_rows}"),
                None => format!("shape {:?}, expected [rows] or [rows, 1]", input.shape),
            };
            return Err(fault(input, &what));
        }
        tensor.check_length(n_rows)?;
        if is_first {
            // As many elements as this input holds are to come in each of the others.
            values.resize(n_rows.saturating_mul(n_features), N::ZERO);
        }
        let mut places = values.iter_mut().skip(column).step_by(n_features);
        let put = |value| {
            if let Some(place) = places.next() {
                *place = value;
            }
        };
        tensor
            .read(put)
            .map_err(|element| tensor.no_number::<N>(element, &format!("row {}", element + 1)))?;
    }
    Ok(values)
}

/// An input with its elements.
struct Tensor<'a> {
    input: &'a InferInputTensor,
    elements: Elements<'a>,
}

/// Elements in the type that the client sent.
enum Elements<'a> {
    F32(&'a [f32]),
    F64(&'a [f64]),
    I32(&'a [i32]),
    I64(&'a [i64]),
    RawF32(&'a [[u8; 4]]),
    RawF64(&'a [[u8; 8]]),
    RawI32(&'a [[u8; 4]]),
    RawI64(&'a [[u8; 8]]),
}

impl<'a> Tensor<'a> {
    fn new(input: &'a InferInputTensor, raw: Option<&'a Bytes>) -> Result<Self, Status> {
        const NO_CONTENTS: &InferTensorContents = &InferTensorContents {
            bool_contents: Vec::new(),
            int_contents: Vec::new(),
            int64_contents: Vec::new(),
            uint_contents: Vec::new(),
            uint64_contents: Vec::new(),
            fp32_contents: Vec::new(),
            fp64_contents: Vec::new(),
            bytes_contents: Vec::new(),
        };
        if raw.is_some() && input.contents.is_some() {
            return Err(fault(
                input,
                "contents and raw_input_contents, expected one of them",
            ));
        }
        let contents = input.contents.as_ref().unwrap_or(NO_CONTENTS);
        let elements = match (input.datatype.as_str(), raw) {
            ("FP32", None) => Elements::F32(&contents.fp32_contents),
            ("FP64", None) => Elements::F64(&contents.fp64_contents),
            ("INT32", None) => Elements::I32(&contents.int_contents),
            ("INT64", None) => Elements::I64(&contents.int64_contents),
            ("FP32", Some(raw)) => Elements::RawF32(chunks(input, raw)?),
            ("FP64", Some(raw)) => Elements::RawF64(chunks(input, raw)?),
            ("INT32", Some(raw)) => Elements::RawI32(chunks(input, raw)?),
            ("INT64", Some(raw)) => Elements::RawI64(chunks(input, raw)?),
            (other, _) => {
                let what = format!("datatype \"{other}\", expected FP32, FP64, INT32 or INT64");
                return Err(fault(input, &what));
            }
        };
        Ok(Self { input, elements })
    }

    fn len(&self) -> usize {
        match self.elements {
            Elements::F32(elements) => elements.len(),
            Elements::F64(elements) => elements.len(),
            Elements::I32(elements) => elements.len(),
            Elements::I64(elements) => elements.len(),
            Elements::RawF32(elements) | Elements::RawI32(elements) => elements.len(),
            Elements::RawF64(elements) | Elements::RawI64(elements) => elements.len(),
        }
    }

    fn check_length(&self, expected: usize) -> Result<(), Status> {
        if self.len() == expected {
            return Ok(());
        }
        let (found, shape) = (self.len(), &self.input.shape);
        let what = format!("{found} elements, shape {shape:?} has {expected}");
        Err(fault(self.input, &what))
    }

    /// Gives `put` all elements, each rounded to the nearest value of the model's type; the position of
    /// one that the type can't hold otherwise.
    fn read<N: Number>(&self, put: impl FnMut(N)) -> Result<(), usize> {
        let float = |value: f32| N::from_f64(f64::from(value));
        match self.elements {
            Elements::F32(elements) => each(elements, |e| float(*e), put),
            Elements::F64(elements) => each(elements, |e| N::from_f64(*e), put),
            Elements::I32(elements) => each(elements, |e| N::from_i64(i64::from(*e)), put),
            Elements::I64(elements) => each(elements, |e| N::from_i64(*e), put),
            Elements::RawF32(elements) => each(elements, |e| float(f32::from_le_bytes(*e)), put),
            Elements::RawF64(elements) => {
                each(elements, |e| N::from_f64(f64::from_le_bytes(*e)), put)
            }
            Elements::RawI32(elements) => {
                let whole = |e: &[u8; 4]| N::from_i64(i64::from(i32::from_le_bytes(*e)));
                each(elements, whole, put)
            }
            Elements::RawI64(elements) => {
                each(elements, |e| N::from_i64(i64::from_le_bytes(*e)), put)
            }
        }
    }

    fn no_number<N: Number>(&self, element: usize, place: &str) -> Status {
        let found = match self.elements {
            Elements::F32(elements) => elements.get(element).map(|e| f64::from(*e)),
            Elements::F64(elements) => elements.get(element).copied(),
            Elements::RawF32(elements) => elements
                .get(element)
                .map(|e| f64::from(f32::from_le_bytes(*e))),
            Elements::RawF64(elements) => elements.get(element).map(|e| f64::from_le_bytes(*e)),
            // Every model takes any integer.
            _ => None,
        };
        let found = found.unwrap_or_default();
        fault(
            self.input,
            &format!("{place}: found {found:?}, expected {}", N::KIND),
        )
    }
}

fn each<E, N>(
    elements: &[E],
    convert: impl Fn(&E) -> Option<N>,
    mut put: impl FnMut(N),
) -> Result<(), usize> {
    for (position, element) in elements.iter().enumerate() {
        put(convert(element).ok_or(position)?);
    }
    Ok(())
}

fn chunks<'a, const WIDTH: usize>(
    input: &InferInputTensor,
    raw: &'a [u8],
) -> Result<&'a [[u8; WIDTH]], Status> {
    match raw.as_chunks() {
        (chunks, []) => Ok(chunks),
        _ => {
            let found = raw.len();
            let what = format!("{found} bytes, expected a multiple of {WIDTH}");
            Err(fault(input, &what))
        }
    }
}

fn fault(input: &InferInputTensor, what: &str) -> Status {
    Status::invalid_argument(format!("input \"{}\": {what}", input.name))
}

#[cfg(test)]
mod tests;
