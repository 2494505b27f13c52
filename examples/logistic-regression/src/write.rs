//! The model file, written.

use std::iter;

use algorithm::{Features, Labels};
use prost::Message as _;
use proto::onnx::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorShapeProto, TypeProto, ValueInfoProto,
    attribute_proto::AttributeType,
    tensor_proto::DataType,
    tensor_shape_proto::{Dimension, dimension::Value},
    type_proto,
};

/// `coefficients` are those of each class in turn, one a feature; `intercepts` one a class.
pub(crate) fn write(
    features: &Features,
    labels: &Labels,
    coefficients: Vec<f32>,
    intercepts: Vec<f32>,
) -> Vec<u8> {
    let mut classes;
    let label_type = match labels {
        Labels::Text(labels) => {
            classes = attribute("classlabels_strings", AttributeType::Strings);
            classes.strings = labels.iter().map(|label| label.clone().into()).collect();
            DataType::String
        }
        Labels::Integers(labels) => {
            classes = attribute("classlabels_ints", AttributeType::Ints);
            classes.ints = labels.clone();
            DataType::Int64
        }
    };
    let mut slopes = attribute("coefficients", AttributeType::Floats);
    slopes.floats = coefficients;
    let mut shifts = attribute("intercepts", AttributeType::Floats);
    shifts.floats = intercepts;
    let mut transform = attribute("post_transform", AttributeType::String);
    transform.s = b"SOFTMAX"[..].into();
    let graph = GraphProto {
        name: "logistic_regression".into(),
        node: vec![NodeProto {
            input: vec!["X".into()],
            output: vec!["label".into(), "probabilities".into()],
            op_type: "LinearClassifier".into(),
            domain: "ai.onnx.ml".into(),
            attribute: vec![classes, slopes, shifts, transform],
            ..NodeProto::default()
        }],
        input: vec![tensor("X", DataType::Float, &[features.len()])],
        output: vec![
            tensor("label", label_type, &[]),
            tensor("probabilities", DataType::Float, &[labels.len()]),
        ],
        ..GraphProto::default()
    };
    let model = ModelProto {
        ir_version: 8,
        producer_name: "logistic-regression".into(),
        graph: Some(graph),
        opset_import: vec![OperatorSetIdProto {
            domain: "ai.onnx.ml".into(),
            version: 1,
        }],
        metadata_props: vec![StringStringEntryProto {
            key: Features::NAMES_KEY.into(),
            value: features.to_json(),
        }],
        ..ModelProto::default()
    };
    model.encode_to_vec()
}

fn attribute(name: &str, kind: AttributeType) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        r#type: kind.into(),
        ..AttributeProto::default()
    }
}

/// A tensor of any number of rows.
fn tensor(name: &str, element: DataType, columns: &[usize]) -> ValueInfoProto {
    let columns = columns.iter().map(|n| Value::DimValue(*n as i64));
    let dimensions = iter::once(Value::DimParam("rows".into())).chain(columns);
    let shape = dimensions.map(|value| Dimension { value: Some(value) });
    let tensor = type_proto::Tensor {
        elem_type: element.into(),
        shape: Some(TensorShapeProto {
            dim: shape.collect(),
        }),
    };
    ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto {
            value: Some(type_proto::Value::TensorType(tensor)),
        }),
    }
}
