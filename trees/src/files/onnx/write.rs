//! Trees as an ONNX file.

mod attributes;
mod check;

use algorithm::{Features, Labels, Output};
use prost::Message;
use proto::onnx::{
    GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorShapeProto, TypeProto, ValueInfoProto,
    tensor_proto::DataType,
    tensor_shape_proto::{Dimension, dimension},
    type_proto,
};
use thiserror::Error;

use crate::tree_model::TreeModel;

/// Loaders differ in what they take: 8 is old enough for all and knows everything used here.
const IR_VERSION: i64 = 8;

/// Who wrote the file, as Netron and others show it.
const PRODUCER: &str = "sagemaker-decision-trees";

/// In version 5 the operators are deprecated and onnxruntime refuses them.
const ML_OPSET: i64 = 3;

/// Trees that can't be written: the place, what was found and what is allowed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("can't write the trees: {0}")]
pub struct WriteError(String);

impl TreeModel {
    /// The trees as an ONNX file: IR version 8, one `TreeEnsembleClassifier` or `TreeEnsembleRegressor` of
    /// ai.onnx.ml 3, input `X`, outputs `label` and `probabilities`, or `variable`.
    ///
    /// # Errors
    /// Trees that break a rule of the fields.
    pub fn to_onnx(&self) -> Result<Vec<u8>, WriteError> {
        check::check(self)?;
        let mut metadata = self.metadata.clone();
        if !self.features.names().is_empty() {
            metadata.insert(0, (Features::NAMES_KEY.into(), self.features.to_json()));
        }
        // Nothing here depends on time, place or hash order.
        let model = ModelProto {
            ir_version: IR_VERSION,
            // Without a version: equal trees give equal bytes from one release to the next.
            producer_name: PRODUCER.into(),
            graph: Some(graph(self)),
            opset_import: vec![OperatorSetIdProto {
                domain: "ai.onnx.ml".into(),
                version: ML_OPSET,
            }],
            metadata_props: metadata
                .into_iter()
                .map(|(key, value)| StringStringEntryProto { key, value })
                .collect(),
            ..ModelProto::default()
        };
        Ok(model.encode_to_vec())
    }
}

fn graph(model: &TreeModel) -> GraphProto {
    let (kind, output) = match &model.output {
        Output::Classes(labels) => {
            let label_type = match labels {
                Labels::Text(_) => DataType::String,
                Labels::Integers(_) => DataType::Int64,
            };
            let outputs = vec![
                tensor("label", label_type, &[]),
                tensor("probabilities", DataType::Float, &[labels.len()]),
            ];
            ("TreeEnsembleClassifier", outputs)
        }
        Output::Targets(n) => {
            let outputs = vec![tensor("variable", DataType::Float, &[*n])];
            ("TreeEnsembleRegressor", outputs)
        }
    };
    let is_one_tree = model.trees.len() == 1;
    GraphProto {
        name: if is_one_tree {
            "decision_tree".into()
        } else {
            "tree_ensemble".into()
        },
        node: vec![NodeProto {
            input: vec!["X".into()],
            output: output.iter().map(|output| output.name.clone()).collect(),
            name: if is_one_tree { "tree" } else { "trees" }.into(),
            op_type: kind.into(),
            domain: "ai.onnx.ml".into(),
            attribute: attributes::attributes(model),
        }],
        initializer: vec![],
        input: vec![tensor("X", DataType::Float, &[model.features.len()])],
        output,
    }
}

/// A tensor of any number of rows.
fn tensor(name: &str, element: DataType, columns: &[usize]) -> ValueInfoProto {
    let rows = Dimension {
        value: Some(dimension::Value::DimParam("rows".into())),
    };
    let columns = columns.iter().map(|n| Dimension {
        value: Some(dimension::Value::DimValue(*n as i64)),
    });
    let shape = TensorShapeProto {
        dim: std::iter::once(rows).chain(columns).collect(),
    };
    let tensor = type_proto::Tensor {
        elem_type: element.into(),
        shape: Some(shape),
    };
    ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto {
            value: Some(type_proto::Value::TensorType(tensor)),
        }),
    }
}
