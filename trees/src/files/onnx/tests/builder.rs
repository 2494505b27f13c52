//! Small valid models to break, and attributes to break them with.

use proto::onnx::attribute_proto::AttributeType;
use proto::onnx::tensor_proto::DataType;
use proto::onnx::tensor_shape_proto::{Dimension, dimension};
use proto::onnx::*;

/// A regressor: `x0 <= 0.5` gives 1, else 4; features 0 and 1 of a float32 input `X`.
pub(super) fn regressor() -> ModelProto {
    let mut attributes = branch_and_two_leaves();
    attributes.extend([
        int("n_targets", 1),
        ints("target_treeids", &[0, 0]),
        ints("target_nodeids", &[1, 2]),
        ints("target_ids", &[0, 0]),
        floats("target_weights", &[1.0, 4.0]),
    ]);
    let node = node(
        "ai.onnx.ml",
        "TreeEnsembleRegressor",
        &["X"],
        &["Y"],
        attributes,
    );
    model(3, vec![node], DataType::Float, &["Y"])
}

/// The same nodes with three classes, `a` for the first leaf and `c` for the second.
pub(super) fn classifier() -> ModelProto {
    let mut attributes = branch_and_two_leaves();
    attributes.extend([
        texts("classlabels_strings", &["a", "b", "c"]),
        ints("class_treeids", &[0, 0]),
        ints("class_nodeids", &[1, 2]),
        ints("class_ids", &[0, 2]),
        floats("class_weights", &[1.0, 1.0]),
    ]);
    let node = node(
        "ai.onnx.ml",
        "TreeEnsembleClassifier",
        &["X"],
        &["label", "scores"],
        attributes,
    );
    model(3, vec![node], DataType::Float, &["label", "scores"])
}

/// The regressor as a `TreeEnsemble` of ai.onnx.ml 5.
pub(super) fn version_5() -> ModelProto {
    let attributes = vec![
        int("n_targets", 1),
        ints("tree_roots", &[0]),
        ints("nodes_featureids", &[0]),
        tensor("nodes_modes", uint8(&[0])),
        tensor("nodes_splits", float32(&[0.5])),
        ints("nodes_truenodeids", &[0]),
        ints("nodes_trueleafs", &[1]),
        ints("nodes_falsenodeids", &[1]),
        ints("nodes_falseleafs", &[1]),
        ints("leaf_targetids", &[0, 0]),
        tensor("leaf_weights", float32(&[1.0, 4.0])),
    ];
    let node = node("ai.onnx.ml", "TreeEnsemble", &["X"], &["Y"], attributes);
    model(5, vec![node], DataType::Float, &["Y"])
}

fn branch_and_two_leaves() -> Vec<AttributeProto> {
    vec![
        ints("nodes_treeids", &[0, 0, 0]),
        ints("nodes_nodeids", &[0, 1, 2]),
        texts("nodes_modes", &["BRANCH_LEQ", "LEAF", "LEAF"]),
        ints("nodes_featureids", &[0, 0, 0]),
        floats("nodes_values", &[0.5, 0.0, 0.0]),
        ints("nodes_truenodeids", &[1, 0, 0]),
        ints("nodes_falsenodeids", &[2, 0, 0]),
    ]
}

pub(super) fn model(
    ml: i64,
    node: Vec<NodeProto>,
    input: DataType,
    outputs: &[&str],
) -> ModelProto {
    ModelProto {
        ir_version: 8,
        graph: Some(GraphProto {
            name: "graph".into(),
            node,
            input: vec![value("X", input, &[None, Some(2)])],
            output: outputs
                .iter()
                .map(|name| value(name, DataType::Float, &[]))
                .collect(),
            ..GraphProto::default()
        }),
        opset_import: vec![
            OperatorSetIdProto {
                domain: "ai.onnx.ml".into(),
                version: ml,
            },
            OperatorSetIdProto {
                domain: String::new(),
                version: 15,
            },
        ],
        ..ModelProto::default()
    }
}

pub(super) fn graph(model: &mut ModelProto) -> &mut GraphProto {
    model.graph.as_mut().unwrap()
}

/// The model with one more node after its tree node, and that node's output instead of `Y`.
pub(super) fn with_node(mut model: ModelProto, node: NodeProto) -> ModelProto {
    let graph = graph(&mut model);
    for output in &mut graph.output {
        if Some(&output.name) == node.input.first() {
            output.name.clone_from(&node.output[0]);
        }
    }
    graph.node.push(node);
    model
}

/// The model with an attribute of its first node replaced, or added.
pub(super) fn with(mut model: ModelProto, attribute: AttributeProto) -> ModelProto {
    let attributes = &mut graph(&mut model).node[0].attribute;
    attributes.retain(|other| other.name != attribute.name);
    attributes.push(attribute);
    model
}

/// The model with an attribute of its first node removed.
pub(super) fn without(mut model: ModelProto, name: &str) -> ModelProto {
    let attributes = &mut graph(&mut model).node[0].attribute;
    assert!(
        attributes.iter().any(|attribute| attribute.name == name),
        "{name}"
    );
    attributes.retain(|attribute| attribute.name != name);
    model
}

/// The model with another input type.
pub(super) fn with_input(mut model: ModelProto, element: DataType) -> ModelProto {
    graph(&mut model).input = vec![value("X", element, &[None, Some(2)])];
    model
}

pub(super) fn node(
    domain: &str,
    op: &str,
    inputs: &[&str],
    outputs: &[&str],
    attribute: Vec<AttributeProto>,
) -> NodeProto {
    NodeProto {
        domain: domain.into(),
        op_type: op.into(),
        name: format!("the {op}"),
        input: inputs.iter().map(|name| (*name).into()).collect(),
        output: outputs.iter().map(|name| (*name).into()).collect(),
        attribute,
    }
}

/// A tensor input or output; `None` is an unknown dimension.
pub(super) fn value(name: &str, element: DataType, shape: &[Option<i64>]) -> ValueInfoProto {
    let dim = shape.iter().map(|size| Dimension {
        value: size.map(dimension::Value::DimValue),
    });
    let shape = (!shape.is_empty()).then(|| TensorShapeProto { dim: dim.collect() });
    let tensor = type_proto::Tensor {
        elem_type: element.into(),
        shape,
    };
    ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto {
            value: Some(type_proto::Value::TensorType(tensor)),
        }),
    }
}

fn attribute(name: &str, kind: AttributeType) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        r#type: kind.into(),
        ..AttributeProto::default()
    }
}

pub(super) fn int(name: &str, i: i64) -> AttributeProto {
    AttributeProto {
        i,
        ..attribute(name, AttributeType::Int)
    }
}

pub(super) fn float(name: &str, f: f32) -> AttributeProto {
    AttributeProto {
        f,
        ..attribute(name, AttributeType::Float)
    }
}

pub(super) fn text(name: &str, text: &str) -> AttributeProto {
    AttributeProto {
        s: text.to_owned().into(),
        ..attribute(name, AttributeType::String)
    }
}

pub(super) fn ints(name: &str, ints: &[i64]) -> AttributeProto {
    AttributeProto {
        ints: ints.to_vec(),
        ..attribute(name, AttributeType::Ints)
    }
}

pub(super) fn floats(name: &str, floats: &[f32]) -> AttributeProto {
    AttributeProto {
        floats: floats.to_vec(),
        ..attribute(name, AttributeType::Floats)
    }
}

pub(super) fn texts(name: &str, texts: &[&str]) -> AttributeProto {
    let strings = texts.iter().map(|text| (*text).to_owned().into()).collect();
    AttributeProto {
        strings,
        ..attribute(name, AttributeType::Strings)
    }
}

pub(super) fn tensor(name: &str, t: TensorProto) -> AttributeProto {
    AttributeProto {
        t: Some(t),
        ..attribute(name, AttributeType::Tensor)
    }
}

fn tensor_of(element: DataType, n: usize) -> TensorProto {
    TensorProto {
        data_type: element.into(),
        dims: vec![n as i64],
        ..TensorProto::default()
    }
}

pub(super) fn float32(values: &[f32]) -> TensorProto {
    TensorProto {
        float_data: values.to_vec(),
        ..tensor_of(DataType::Float, values.len())
    }
}

pub(super) fn float64(values: &[f64]) -> TensorProto {
    TensorProto {
        double_data: values.to_vec(),
        ..tensor_of(DataType::Double, values.len())
    }
}

pub(super) fn uint8(values: &[i32]) -> TensorProto {
    TensorProto {
        int32_data: values.to_vec(),
        ..tensor_of(DataType::Uint8, values.len())
    }
}

/// A named int64 tensor.
pub(super) fn int64(name: &str, values: &[i64], dims: &[i64]) -> TensorProto {
    TensorProto {
        name: name.into(),
        int64_data: values.to_vec(),
        dims: dims.to_vec(),
        ..tensor_of(DataType::Int64, values.len())
    }
}
