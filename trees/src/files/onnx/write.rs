//! Trees as an ONNX file.

mod attributes;
mod boosted;
mod check;
mod rule;

use crate::{
    checks::WriteError,
    files::{absent, onnx::forest_parts},
    tree_model::{PostTransform, TreeModel},
};
use algorithm::{Features, Labels, Output};
use prost::Message;
use proto::onnx::{
    GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorShapeProto, TypeProto, ValueInfoProto,
    tensor_proto::DataType,
    tensor_shape_proto::{Dimension, dimension},
    type_proto,
};

/// Loaders differ in what they take: 8 is old enough for all and knows everything used here.
const IR_VERSION: i64 = 8;

/// Who wrote the file, as Netron and others show it.
const PRODUCER: &str = "sagemaker-decision-trees";

/// In version 5 the operators are deprecated and onnxruntime refuses them.
const ML_OPSET: i64 = 3;

/// Of the operators that follow a regressor; their latest version.
const OPSET: i64 = 13;

/// The regressor's output if an operator follows it.
const SUMS: &str = "sums";

impl TreeModel {
    /// The trees as an ONNX file: IR version 8, one `TreeEnsembleClassifier` or `TreeEnsembleRegressor` of
    /// ai.onnx.ml 3, the latter with an `Exp` or `Sigmoid` behind it if need be; input `X`, outputs `label` and
    /// `probabilities`, or `variable`.
    ///
    /// # Errors
    /// Trees that break a rule of the fields.
    pub fn to_onnx(&self) -> Result<Vec<u8>, WriteError> {
        check::check(self)?;
        let mut metadata = self.metadata.clone();
        if !self.features.names().is_empty() {
            metadata.insert(0, (Features::NAMES_KEY.into(), self.features.to_json()));
        }
        if let Some(absent) = self.absent {
            metadata.push((absent::KEY.into(), absent::text(absent).into()));
        }
        if let Some(part) = self.part {
            metadata.push((forest_parts::KEY.into(), part.to_string()));
        }
        let mut opset_import = vec![OperatorSetIdProto {
            domain: "ai.onnx.ml".into(),
            version: ML_OPSET,
        }];
        if behind(self).is_some() {
            opset_import.push(OperatorSetIdProto {
                domain: String::new(),
                version: OPSET,
            });
        }
        // Nothing here depends on time, place or hash order.
        let model = ModelProto {
            ir_version: IR_VERSION,
            // Without a version: equal trees give equal bytes from one release to the next.
            producer_name: PRODUCER.into(),
            graph: Some(graph(self)),
            opset_import,
            metadata_props: metadata
                .into_iter()
                .map(|(key, value)| StringStringEntryProto { key, value })
                .collect(),
            ..ModelProto::default()
        };
        Ok(model.encode_to_vec())
    }
}

/// The operator behind a regressor.
fn behind(model: &TreeModel) -> Option<&'static str> {
    match (&model.output, model.post_transform) {
        (Output::Targets(_), PostTransform::Exp) => Some("Exp"),
        // As a `post_transform`, onnxruntime ignores it if there is one target.
        (Output::Targets(_), PostTransform::Logistic) => Some("Sigmoid"),
        _ => None,
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
    let is_one_tree = model.trees.len() == 1 && model.part.is_none();
    let mut trees = NodeProto {
        input: vec!["X".into()],
        output: output.iter().map(|output| output.name.clone()).collect(),
        name: if is_one_tree { "tree" } else { "trees" }.into(),
        op_type: kind.into(),
        domain: "ai.onnx.ml".into(),
        attribute: attributes::attributes(model),
    };
    let behind = behind(model).map(|kind| NodeProto {
        input: vec![SUMS.into()],
        output: std::mem::replace(&mut trees.output, vec![SUMS.into()]),
        name: "answer".into(),
        op_type: kind.into(),
        ..NodeProto::default()
    });
    GraphProto {
        name: if is_one_tree {
            "decision_tree".into()
        } else {
            "tree_ensemble".into()
        },
        node: std::iter::once(trees).chain(behind).collect(),
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
