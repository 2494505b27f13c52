//! Scores to tensors of the Open Inference Protocol.

use algorithm::{Labels, Output, Predictor, Scores};
use bytes::Bytes;
use proto::open_inference::{
    InferTensorContents, ModelInferResponse, model_infer_request::InferRequestedOutputTensor,
    model_infer_response::InferOutputTensor,
};
use tonic::Status;

/// One of the model's outputs.
pub(super) struct OutputTensor {
    pub(super) name: String,
    pub(super) datatype: &'static str,
    /// Columns; `None` for one value a row.
    columns: Option<usize>,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Label,
    Values,
}

/// All outputs of the model: a classifier's label and its scores, a regressor's values.
pub(super) fn outputs(model: &dyn Predictor) -> Vec<OutputTensor> {
    let (label, columns) = match &model.signature().output {
        Output::Classes(labels @ Labels::Text(_)) => (Some("BYTES"), labels.len()),
        Output::Classes(labels @ Labels::Integers(_)) => (Some("INT64"), labels.len()),
        Output::Targets(count) => (None, *count),
    };
    let label = label
        .zip(model.signature().label_name.as_deref())
        .map(|(datatype, name)| OutputTensor {
            name: name.to_owned(),
            datatype,
            columns: None,
            kind: Kind::Label,
        });
    let values = model
        .signature()
        .values_name
        .as_deref()
        .map(|name| OutputTensor {
            name: name.to_owned(),
            datatype: if model.signature().is_double {
                "FP64"
            } else {
                "FP32"
            },
            columns: Some(columns),
            kind: Kind::Values,
        });
    label.into_iter().chain(values).collect()
}

/// The outputs that a request asks for, in its order; all where it names none.
///
/// # Errors
/// INVALID_ARGUMENT for a name that the model does not have.
pub(super) fn requested(
    model: &dyn Predictor,
    names: &[InferRequestedOutputTensor],
) -> Result<Vec<OutputTensor>, Status> {
    let available = outputs(model);
    if names.is_empty() {
        return Ok(available);
    }
    let all: Vec<&str> = available
        .iter()
        .map(|output| output.name.as_str())
        .collect();
    let unknown = names
        .iter()
        .find(|wanted| !all.contains(&wanted.name.as_str()));
    if let Some(unknown) = unknown {
        return Err(Status::invalid_argument(format!(
            "output \"{}\": the model has {}",
            unknown.name,
            all.join(", ")
        )));
    }
    let mut chosen = Vec::new();
    for wanted in names {
        chosen.extend(
            outputs(model)
                .into_iter()
                .filter(|output| output.name == wanted.name),
        );
    }
    Ok(chosen)
}

impl OutputTensor {
    /// The shape with -1 for the number of rows.
    pub(super) fn metadata_shape(&self) -> Vec<i64> {
        self.shape(-1)
    }

    fn shape(&self, rows: i64) -> Vec<i64> {
        let columns = self
            .columns
            .map(|columns| i64::try_from(columns).unwrap_or(i64::MAX));
        std::iter::once(rows).chain(columns).collect()
    }

    /// Adds the tensor to a response, as raw bytes or as typed contents.
    pub(super) fn write(
        &self,
        output: &Output,
        scores: &Scores,
        n_rows: usize,
        raw: bool,
        response: &mut ModelInferResponse,
    ) {
        let contents = self.contents(output, scores);
        let mut tensor = InferOutputTensor {
            name: self.name.clone(),
            datatype: self.datatype.to_owned(),
            shape: self.shape(i64::try_from(n_rows).unwrap_or(i64::MAX)),
            ..InferOutputTensor::default()
        };
        if raw {
            response
                .raw_output_contents
                .push(raw_bytes(&contents).into());
        } else {
            tensor.contents = Some(contents);
        }
        response.outputs.push(tensor);
    }

    fn contents(&self, output: &Output, scores: &Scores) -> InferTensorContents {
        let mut contents = InferTensorContents::default();
        let indices = scores.labels().iter().map(|label| *label as usize);
        match (self.kind, output) {
            (Kind::Label, Output::Classes(Labels::Text(labels))) => {
                let labels: Vec<Bytes> = labels.iter().map(|label| label.clone().into()).collect();
                contents.bytes_contents = indices.filter_map(|i| labels.get(i).cloned()).collect();
            }
            (Kind::Label, Output::Classes(Labels::Integers(labels))) => {
                contents.int64_contents = indices.filter_map(|i| labels.get(i).copied()).collect();
            }
            _ if self.datatype == "FP64" => contents.fp64_contents = scores.doubles().to_vec(),
            _ => contents.fp32_contents = scores.values().to_vec(),
        }
        contents
    }
}

/// A tensor's elements little-endian and without padding; a string behind its length (4 bytes), as
/// Triton's clients write and read BYTES.
fn raw_bytes(contents: &InferTensorContents) -> Vec<u8> {
    let mut raw = Vec::new();
    for value in &contents.fp32_contents {
        raw.extend_from_slice(&value.to_le_bytes());
    }
    for value in &contents.fp64_contents {
        raw.extend_from_slice(&value.to_le_bytes());
    }
    for value in &contents.int64_contents {
        raw.extend_from_slice(&value.to_le_bytes());
    }
    for text in &contents.bytes_contents {
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        raw.extend_from_slice(&length.to_le_bytes());
        raw.extend_from_slice(text);
    }
    raw
}
