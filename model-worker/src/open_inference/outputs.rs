//! Scores to tensors of the Open Inference Protocol.

use algorithm::{Contributions, Labels, Refusal, Signature, text::excerpt};
use bytes::Bytes;
use proto::open_inference::{
    InferTensorContents, ModelInferResponse, model_infer_request::InferRequestedOutputTensor,
    model_infer_response::InferOutputTensor,
};

use crate::{
    blocks::Scored,
    details::{Needs, raw_scores_in_row},
};

/// One of the model's outputs.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) name: String,
    pub(super) datatype: &'static str,
    /// The shape of a row; empty for one value.
    shape: Vec<usize>,
    kind: Kind,
    /// Whether a request that names no outputs gets it.
    pub(super) is_default: bool,
}

#[derive(Debug)]
enum Kind {
    TextLabel(Vec<Bytes>),
    IntegerLabel(Vec<i64>),
    Singles,
    Doubles,
    /// What is computed in float64, and given in the number type of the values.
    Detail(Detail),
    Leaves,
}

#[derive(Clone, Copy, Debug)]
enum Detail {
    RawScores { is_double: bool },
    Contributions { is_double: bool },
}

/// All outputs of a model: a classifier's label and its values, a regressor's values; then what is given only
/// if a request names it, unless an output of the model itself has that name.
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
            shape: Vec::new(),
            kind,
            is_default: true,
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
            shape: vec![signature.width()],
            kind,
            is_default: true,
        }
    });
    let mut outputs: Vec<Output> = label.into_iter().chain(values).collect();
    for detail in details(signature) {
        if outputs.iter().all(|output| output.name != detail.name) {
            outputs.push(detail);
        }
    }
    outputs
}

/// The outputs `raw_scores`, `leaf` and `contributions`, as far as a model gives them.
fn details(signature: &Signature) -> Vec<Output> {
    let is_double = signature.is_double;
    let float = if is_double { "FP64" } else { "FP32" };
    let output = |name: &str, datatype, shape, kind| Output {
        name: name.to_owned(),
        datatype,
        shape,
        kind,
        is_default: false,
    };
    let mut outputs = Vec::new();
    if signature.raw_scores > 0 {
        let shape = vec![raw_scores_in_row(signature)];
        let kind = Kind::Detail(Detail::RawScores { is_double });
        outputs.push(output("raw_scores", float, shape, kind));
    }
    if signature.leaves > 0 {
        let shape = vec![signature.leaves];
        outputs.push(output("leaf", "UINT32", shape, Kind::Leaves));
    }
    if let Contributions::Given { outputs: n_sums } = signature.contributions {
        let in_sum = signature.features.len() + 1;
        let shape = if n_sums == 1 {
            vec![in_sum]
        } else {
            vec![n_sums, in_sum]
        };
        let kind = Kind::Detail(Detail::Contributions { is_double });
        outputs.push(output("contributions", float, shape, kind));
    }
    outputs
}

/// What the outputs need beside scores.
pub(super) fn needs(outputs: &[&Output]) -> Needs {
    let has = |is: fn(&Kind) -> bool| outputs.iter().any(|output| is(&output.kind));
    Needs {
        raw_scores: has(|kind| matches!(kind, Kind::Detail(Detail::RawScores { .. }))),
        leaves: has(|kind| matches!(kind, Kind::Leaves)),
        contributions: has(|kind| matches!(kind, Kind::Detail(Detail::Contributions { .. }))),
    }
}

/// The outputs that a request asks for, in its order; the default ones if it names none.
///
/// # Errors
/// A name that the model does not have.
pub(super) fn requested<'a>(
    available: &'a [Output],
    names: &[InferRequestedOutputTensor],
    signature: &Signature,
) -> Result<Vec<&'a Output>, Refusal> {
    if names.is_empty() {
        return Ok(available
            .iter()
            .filter(|output| output.is_default)
            .collect());
    }
    let mut chosen: Vec<&Output> = Vec::new();
    for wanted in names {
        let found = available.iter().find(|output| output.name == wanted.name);
        let Some(output) = found else {
            let all: Vec<&str> = available.iter().map(|output| &*output.name).collect();
            let reason = match signature.contributions {
                Contributions::Missing(reason) if wanted.name == "contributions" => {
                    format!("; it gives no contributions: {reason}")
                }
                _ => String::new(),
            };
            return Err(Refusal::BadPayload(format!(
                "output \"{}\": the model has {}{reason}",
                excerpt(wanted.name.as_bytes()),
                all.join(", ")
            )));
        };
        chosen.push(output);
    }
    Ok(chosen)
}

impl Detail {
    fn is_double(self) -> bool {
        match self {
            Detail::RawScores { is_double } | Detail::Contributions { is_double } => is_double,
        }
    }
}

impl Output {
    /// The shape with -1 for the number of rows.
    pub(super) fn metadata_shape(&self) -> Vec<i64> {
        std::iter::once(-1)
            .chain(self.shape.iter().copied().map(dimension))
            .collect()
    }

    /// Bytes that `n_rows` rows take at least: all of a number, the length of a text.
    pub(super) fn least_bytes(&self, n_rows: usize) -> usize {
        let element: usize = match self.kind {
            Kind::TextLabel(_) | Kind::Singles | Kind::Leaves => 4,
            Kind::IntegerLabel(_) | Kind::Doubles => 8,
            Kind::Detail(detail) if detail.is_double() => 8,
            Kind::Detail(_) => 4,
        };
        let in_row = self
            .shape
            .iter()
            .fold(element, |bytes, n| bytes.saturating_mul(*n));
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
    pub(super) fn push(&mut self, scored: Scored<'_>) -> usize {
        let Scored {
            scores, details, ..
        } = scored;
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
            Kind::Detail(detail) => {
                let values = match detail {
                    Detail::RawScores { .. } => &details.raw_scores,
                    Detail::Contributions { .. } => &details.contributions,
                };
                let values = values.iter().copied();
                if detail.is_double() {
                    numbers(raw, &mut contents.fp64_contents, values, f64::to_le_bytes)
                } else {
                    let values = values.map(|value| value as f32);
                    numbers(raw, &mut contents.fp32_contents, values, f32::to_le_bytes)
                }
            }
            Kind::Leaves => {
                let leaves = details.leaves.iter().copied();
                numbers(raw, &mut contents.uint_contents, leaves, u32::to_le_bytes)
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
                .chain(self.output.shape.iter().copied().map(dimension))
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
