//! Trees as an ONNX file.

mod attributes;
mod boosted;
mod check;
mod lists;
mod parts;
mod rule;

use crate::{
    checks::WriteError,
    files::{absent, onnx::forest_parts},
    tree_model::{NodeList, PostTransform, TreeModel},
};
use algorithm::{Features, Labels, Output};
use lists::Listed;
use parts::Parts;
use prost::Message;
use proto::onnx::{
    GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorShapeProto, TypeProto, ValueInfoProto,
    field::{graph_proto::NODE, model_proto::GRAPH},
    tensor_proto::DataType,
    tensor_shape_proto::{Dimension, dimension},
    type_proto,
};
use rule::Rule;

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

impl<T: NodeList> TreeModel<T> {
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
        let rule = Rule::new(self);
        let covers = |number: usize| self.covers.get(number).map_or(&[][..], |covers| covers);
        let listed = self.trees.iter().enumerate();
        let listed: Vec<Listed<'_, T>> = listed
            .map(|(number, tree)| Listed {
                number,
                tree,
                covers: covers(number),
                rule,
            })
            .collect();
        // Nothing here depends on time, place or hash order. The fields are in the order of their numbers.
        let mut file = Parts::default();
        let head = ModelProto {
            ir_version: IR_VERSION,
            // Without a version: equal trees give equal bytes from one release to the next.
            producer_name: PRODUCER.into(),
            ..ModelProto::default()
        };
        file.bytes(head.encode_to_vec());
        file.field(
            GRAPH,
            graph(self, attributes::attributes(self, rule, &listed)),
        );
        let rest = ModelProto {
            opset_import,
            metadata_props: metadata
                .into_iter()
                .map(|(key, value)| StringStringEntryProto { key, value })
                .collect(),
            ..ModelProto::default()
        };
        file.bytes(rest.encode_to_vec());
        Ok(file.write(&listed))
    }
}

/// The operator behind a regressor.
fn behind<T>(model: &TreeModel<T>) -> Option<&'static str> {
    match (&model.output, model.post_transform) {
        (Output::Targets(_), PostTransform::Exp) => Some("Exp"),
        // As a `post_transform`, onnxruntime ignores it if there is one target.
        (Output::Targets(_), PostTransform::Logistic) => Some("Sigmoid"),
        _ => None,
    }
}

fn graph<T>(model: &TreeModel<T>, attributes: Parts) -> Parts {
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
        ..NodeProto::default()
    };
    let behind = behind(model).map(|kind| NodeProto {
        input: vec![SUMS.into()],
        output: std::mem::replace(&mut trees.output, vec![SUMS.into()]),
        name: "answer".into(),
        op_type: kind.into(),
        ..NodeProto::default()
    });
    let domain = NodeProto {
        domain: "ai.onnx.ml".into(),
        ..NodeProto::default()
    };
    let mut operator = Parts::default();
    operator.bytes(trees.encode_to_vec());
    operator.fields(attributes);
    operator.bytes(domain.encode_to_vec());
    let rest = GraphProto {
        name: if is_one_tree {
            "decision_tree".into()
        } else {
            "tree_ensemble".into()
        },
        node: behind.into_iter().collect(),
        initializer: vec![],
        input: vec![tensor("X", DataType::Float, &[model.features.len()])],
        output,
    };
    let mut graph = Parts::default();
    graph.field(NODE, operator);
    graph.bytes(rest.encode_to_vec());
    graph
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
