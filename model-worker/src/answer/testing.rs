//! Models and a whole encoding, for the encoders' tests.

use algorithm::{Features, Labels, Output, Predictor, Rows, Scores};
use prost::Message as _;
use proto::onnx;
use trees::{Model, TreeModel, TreeNode};

use super::{Encoded, Encoder, NotAcceptable, Selection, Vocabulary};
use records::Format;

pub(crate) fn labels() -> Labels {
    Labels::Text(vec!["a,b".into(), "c".into(), "d".into()])
}

/// Two features, three classes: 0.75, 0.25, 0 where the first feature is at most 0.5, else 0, 0.5, 0.5.
pub(crate) fn classifier(labels: Labels) -> Model {
    let leaf = |values: &[(u32, f32)]| TreeNode::Leaf {
        values: values.to_vec(),
    };
    let tree = TreeModel {
        trees: vec![vec![
            TreeNode::Split {
                feature: 0,
                threshold: 0.5,
                true_child: 1,
                false_child: 2,
                missing_goes_true: false,
            },
            leaf(&[(0, 0.75), (1, 0.25)]),
            leaf(&[(1, 0.5), (2, 0.5)]),
        ]],
        output: Output::Classes(labels),
        features: Features::named(vec!["wi\"dth".into(), "length".into()]),
        metadata: vec![],
    };
    Model::load(&tree.to_onnx().unwrap()).unwrap()
}

/// One feature: 1.5 (and 0) where it is at most 0.5, else -2 (and 0.1).
pub(crate) fn regressor(n_targets: i64) -> Model {
    let ints = |name: &str, ints: &[i64]| onnx::AttributeProto {
        name: name.into(),
        r#type: 7,
        ints: ints.to_vec(),
        ..Default::default()
    };
    let floats = |name: &str, floats: &[f32]| onnx::AttributeProto {
        name: name.into(),
        r#type: 6,
        floats: floats.to_vec(),
        ..Default::default()
    };
    let both = n_targets == 2;
    let node = onnx::NodeProto {
        input: vec!["X".into()],
        output: vec!["Y".into()],
        op_type: "TreeEnsembleRegressor".into(),
        domain: "ai.onnx.ml".into(),
        attribute: vec![
            ints("nodes_treeids", &[0, 0, 0]),
            ints("nodes_nodeids", &[0, 1, 2]),
            ints("nodes_featureids", &[0, 0, 0]),
            floats("nodes_values", &[0.5, 0.0, 0.0]),
            ints("nodes_truenodeids", &[1, 0, 0]),
            ints("nodes_falsenodeids", &[2, 0, 0]),
            onnx::AttributeProto {
                name: "nodes_modes".into(),
                r#type: 8,
                strings: ["BRANCH_LEQ", "LEAF", "LEAF"].map(Into::into).to_vec(),
                ..Default::default()
            },
            ints("target_treeids", if both { &[0; 3] } else { &[0; 2] }),
            ints("target_nodeids", if both { &[1, 2, 2] } else { &[1, 2] }),
            ints("target_ids", if both { &[0, 0, 1] } else { &[0, 0] }),
            floats(
                "target_weights",
                if both {
                    &[1.5, -2.0, 0.1]
                } else {
                    &[1.5, -2.0]
                },
            ),
            onnx::AttributeProto {
                name: "n_targets".into(),
                r#type: 2,
                i: n_targets,
                ..Default::default()
            },
        ],
        ..Default::default()
    };
    let tensor = |name: &str, columns| onnx::ValueInfoProto {
        name: name.into(),
        r#type: Some(onnx::TypeProto {
            value: Some(onnx::type_proto::Value::TensorType(
                onnx::type_proto::Tensor {
                    elem_type: 1,
                    shape: Some(onnx::TensorShapeProto {
                        dim: [-1, columns].map(dimension).to_vec(),
                    }),
                },
            )),
        }),
    };
    let file = onnx::ModelProto {
        ir_version: 8,
        opset_import: vec![onnx::OperatorSetIdProto {
            domain: "ai.onnx.ml".into(),
            version: 3,
        }],
        graph: Some(onnx::GraphProto {
            node: vec![node],
            name: "regressor".into(),
            input: vec![tensor("X", 1)],
            output: vec![tensor("Y", n_targets)],
            ..Default::default()
        }),
        ..Default::default()
    };
    Model::load(&file.encode_to_vec()).unwrap()
}

fn dimension(size: i64) -> onnx::tensor_shape_proto::Dimension {
    use onnx::tensor_shape_proto::dimension::Value;
    onnx::tensor_shape_proto::Dimension {
        value: Some(match size {
            -1 => Value::DimParam("N".into()),
            size => Value::DimValue(size),
        }),
    }
}

pub(crate) fn try_encode(
    format: Format,
    model: &dyn Predictor,
    keys: &str,
    rows: &[f32],
) -> Result<Encoded, NotAcceptable> {
    let selection = Selection::parse(keys, model).unwrap();
    let vocabulary = Vocabulary::new(model);
    let mut encoder = Encoder::new(format, model, &selection, &vocabulary)?;
    let mut scores = Scores::new();
    // A block a row: what is written must not depend on the blocks.
    for row in rows.chunks(model.signature().features.len()) {
        model.predict(Rows::F32(row), &mut scores).unwrap();
        encoder.push(Rows::F32(row), &scores);
    }
    assert!(matches!(&model.signature().output, Output::Targets(_)) || !scores.labels().is_empty());
    Ok(encoder.finish())
}

pub(crate) fn encode(format: Format, model: &dyn Predictor, keys: &str, rows: &[f32]) -> Encoded {
    try_encode(format, model, keys, rows).unwrap()
}
