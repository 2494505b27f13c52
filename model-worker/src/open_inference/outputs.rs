//! Scores to tensors of the Open Inference Protocol.

use algorithm::{Labels, Refusal, Scores, Signature};
use bytes::Bytes;
use proto::open_inference::{
    InferTensorContents, ModelInferResponse, model_infer_request::InferRequestedOutputTensor,
    model_infer_response::InferOutputTensor,
};

/// One of the model's outputs.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) name: String,
    pub(super) datatype: &'static str,
    /// `None` for one value a row.
    columns: Option<usize>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    TextLabel(Vec<Bytes>),
    IntegerLabel(Vec<i64>),
    Singles,
    Doubles,
}

/// All outputs of a model: a classifier's label and its values, a regressor's values.
pub(super) fn of(signature: &Signature) -> Vec<Output> {
    let label = signature.labels().zip(signature.label_name.as_deref());
    let label = label.map(|(labels, name)| {
        let (datatype, kind) = match labels {
            Labels::Text(labels) => {
                let labels = labels.iter().cloned().map(Bytes::from);
                ("BYTES", Kind::TextLabel(labels.collect()))
            }
            Labels::Integers(labels) => ("INT64", Kind::IntegerLabel(labels.clone())),
        };
        Output {
            name: name.to_owned(),
            datatype,
            columns: None,
            kind,
        }
    });
    let values = signature.values_name.as_deref().map(|name| {
        let (datatype, kind) = if signature.is_double {
            ("FP64", Kind::Doubles)
        } else {
            ("FP32", Kind::Singles)
        };
        Output {
            name: name.to_owned(),
            datatype,
            columns: Some(signature.width()),
            kind,
        }
    });
    label.into_iter().chain(values).collect()
}

/// The outputs that a request asks for, in its order; all if it names none.
///
/// # Errors
/// A name that the model does not have.
pub(super) fn requested<'a>(
    available: &'a [Output],
    names: &[InferRequestedOutputTensor],
) -> Result<Vec<&'a Output>, Refusal> {
    if names.is_empty() {
        return Ok(available.iter().collect());
    }
    let mut chosen: Vec<&Output> = Vec::new();
    for wanted in names {
        let found = available.iter().find(|output| output.name == wanted.name);
        let Some(output) = found else {
            let all: Vec<&str> = available.iter().map(|output| &*output.name).collect();
            return Err(Refusal::BadPayload(format!(
                "output \"{}\": the model has {}",
                wanted.name,
                all.join(", ")
            )));
        };
        chosen.push(output);
    }
    Ok(chosen)
}

impl Output {
    /// The shape with -1 for the number of rows.
    pub(super) fn metadata_shape(&self) -> Vec<i64> {
        std::iter::once(-1)
            .chain(self.columns.map(dimension))
            .collect()
    }

    /// Bytes that `n_rows` rows take at least: all of a number, the length of a text.
    pub(super) fn least_bytes(&self, n_rows: usize) -> usize {
        let element = match self.kind {
            Kind::TextLabel(_) | Kind::Singles => 4,
            Kind::IntegerLabel(_) | Kind::Doubles => 8,
        };
        let in_row = self.columns.unwrap_or(1).saturating_mul(element);
        in_row.saturating_mul(n_rows)
    }
}

/// A tensor of an answer, which grows block by block.
pub(super) struct OutputTensor<'a> {
    output: &'a Output,
    n_rows: usize,
    contents: InferTensorContents,
    /// The elements little-endian and without padding, a text after its length (4 bytes), as Triton's clients
    /// write and read BYTES; `None` if the answer has typed contents.
    raw: Option<Vec<u8>>,
}

impl<'a> OutputTensor<'a> {
    /// A tensor without rows, raw or with typed contents.
    pub(super) fn new(output: &'a Output, is_raw: bool) -> Self {
        Self {
            output,
            n_rows: 0,
            contents: InferTensorContents::default(),
            raw: is_raw.then(Vec::new),
        }
    }

    /// Adds the rows of a block; returns the bytes that they take.
    pub(super) fn push(&mut self, scores: &Scores) -> usize {
        let classes = || scores.labels().iter().map(|class| *class as usize);
        let (raw, contents) = (&mut self.raw, &mut self.contents);
        self.n_rows += scores.n_rows();
        match &self.output.kind {
            Kind::TextLabel(labels) => {
                let labels = classes().map(|class| &labels[class]);
                texts(raw, &mut contents.bytes_contents, labels)
            }
            Kind::IntegerLabel(labels) => {
                let labels = classes().map(|class| labels[class]);
                numbers(raw, &mut contents.int64_contents, labels, i64::to_le_bytes)
            }
            Kind::Singles => {
                let values = scores.values().iter().copied();
                numbers(raw, &mut contents.fp32_contents, values, f32::to_le_bytes)
            }
            Kind::Doubles => {
                let values = scores.doubles().iter().copied();
                numbers(raw, &mut contents.fp64_contents, values, f64::to_le_bytes)
            }
        }
    }

    /// Adds the tensor to a response.
    pub(super) fn finish(self, response: &mut ModelInferResponse) {
        let rows = dimension(self.n_rows);
        let mut tensor = InferOutputTensor {
            name: self.output.name.clone(),
            datatype: self.output.datatype.to_owned(),
            shape: std::iter::once(rows)
                .chain(self.output.columns.map(dimension))
                .collect(),
            ..InferOutputTensor::default()
        };
        match self.raw {
            Some(raw) => response.raw_output_contents.push(raw.into()),
            None => tensor.contents = Some(self.contents),
        }
        response.outputs.push(tensor);
    }
}

pub(super) fn dimension(length: usize) -> i64 {
    let Ok(length) = i64::try_from(length) else {
        unreachable!("a vector has at most isize::MAX elements");
    };
    length
}

/// Adds numbers to the raw bytes or to the typed contents; returns their length in bytes.
fn numbers<T, const WIDTH: usize>(
    raw: &mut Option<Vec<u8>>,
    typed: &mut Vec<T>,
    values: impl ExactSizeIterator<Item = T>,
    bytes: fn(T) -> [u8; WIDTH],
) -> usize {
    let length = WIDTH * values.len();
    match raw {
        Some(raw) => raw.extend(values.flat_map(bytes)),
        None => typed.extend(values),
    }
    length
}

/// Adds texts to the raw bytes or to the typed contents; returns the bytes that they take.
fn texts<'t>(
    raw: &mut Option<Vec<u8>>,
    typed: &mut Vec<Bytes>,
    texts: impl ExactSizeIterator<Item = &'t Bytes>,
) -> usize {
    let Some(raw) = raw else {
        // A text of the contents is a handle in memory.
        let handles = texts.len() * size_of::<Bytes>();
        let mut length = handles;
        typed.extend(texts.cloned().inspect(|text| length += text.len()));
        return length;
    };
    let before = raw.len();
    for text in texts {
        let Ok(length) = u32::try_from(text.len()) else {
            unreachable!("a model file, and with it a label, is shorter than 4 GB");
        };
        raw.extend_from_slice(&length.to_le_bytes());
        raw.extend_from_slice(text);
    }
    raw.len() - before
}
