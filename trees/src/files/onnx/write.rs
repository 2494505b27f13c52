//! A decision tree as an ONNX file.

use algorithm::Labels;
use prost::Message;
use proto::onnx::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorShapeProto, TypeProto, ValueInfoProto,
    attribute_proto::AttributeType,
    tensor_proto::DataType,
    tensor_shape_proto::{Dimension, dimension},
    type_proto,
};
use thiserror::Error;

use super::names;
use crate::decision_tree::{DecisionTree, TreeNode};

/// Loaders differ in what they take: 8 is old enough for all and knows everything used here.
const IR_VERSION: i64 = 8;

/// Who wrote the file, as Netron and others show it.
const PRODUCER: &str = "sagemaker-decision-trees";

/// In version 5 the operator is deprecated and onnxruntime refuses it.
const ML_OPSET: i64 = 3;

/// A tree that cannot be written: the place and the rule that it breaks.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("cannot write the decision tree: {0}")]
pub struct WriteError(String);

impl DecisionTree {
    /// The tree as an ONNX file: IR version 8, one `TreeEnsembleClassifier` of ai.onnx.ml 3, input `X`,
    /// outputs `label` and `probabilities`.
    ///
    /// # Errors
    /// A tree that breaks a rule of its fields.
    pub fn to_onnx(&self) -> Result<Vec<u8>, WriteError> {
        write(self)
    }
}

/// Encodes the tree. Nothing in it depends on time, place or hash order.
fn write(tree: &DecisionTree) -> Result<Vec<u8>, WriteError> {
    check(tree)?;
    let n_classes = tree.labels.len();
    let label_type = match tree.labels {
        Labels::Text(_) => DataType::String,
        Labels::Integers(_) => DataType::Int64,
    };
    let graph = GraphProto {
        name: "decision_tree".into(),
        node: vec![NodeProto {
            input: vec!["X".into()],
            output: vec!["label".into(), "probabilities".into()],
            name: "tree".into(),
            op_type: "TreeEnsembleClassifier".into(),
            domain: "ai.onnx.ml".into(),
            attribute: attributes(tree),
        }],
        initializer: vec![],
        input: vec![tensor("X", DataType::Float, &[tree.n_features])],
        output: vec![
            tensor("label", label_type, &[]),
            tensor("probabilities", DataType::Float, &[n_classes]),
        ],
    };
    let mut metadata = tree.metadata.clone();
    if !tree.feature_names.is_empty() {
        let json = names::to_json(&tree.feature_names)
            .map_err(|error| WriteError(format!("feature_names: {error}")))?;
        metadata.insert(0, (names::KEY.into(), json));
    }
    let model = ModelProto {
        ir_version: IR_VERSION,
        // Without a version: equal trees give equal bytes from one release to the next.
        producer_name: PRODUCER.into(),
        graph: Some(graph),
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

fn attributes(tree: &DecisionTree) -> Vec<AttributeProto> {
    let n = tree.nodes.len();
    let mut modes = Vec::with_capacity(n);
    let (mut features, mut values) = (Vec::with_capacity(n), Vec::with_capacity(n));
    let (mut true_ids, mut false_ids) = (Vec::with_capacity(n), Vec::with_capacity(n));
    let mut tracks = Vec::with_capacity(n);
    let (mut leaves, mut classes, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for (id, node) in tree.nodes.iter().enumerate() {
        match node {
            TreeNode::Split {
                feature,
                threshold,
                true_child,
                false_child,
                missing_goes_true,
            } => {
                modes.push(&b"BRANCH_LEQ"[..]);
                features.push(i64::from(*feature));
                values.push(*threshold);
                true_ids.push(i64::from(*true_child));
                false_ids.push(i64::from(*false_child));
                tracks.push(i64::from(*missing_goes_true));
            }
            TreeNode::Leaf { probabilities } => {
                modes.push(b"LEAF");
                features.push(0);
                values.push(0.0);
                true_ids.push(0);
                false_ids.push(0);
                tracks.push(0);
                for (class, weight) in leaf_weights(probabilities, tree.labels.len()) {
                    leaves.push(id as i64);
                    classes.push(class);
                    weights.push(weight);
                }
            }
        }
    }
    let ids = (0..n as i64).collect();
    vec![
        match &tree.labels {
            Labels::Text(labels) => {
                strings("classlabels_strings", labels.iter().map(String::as_bytes))
            }
            Labels::Integers(labels) => ints("classlabels_int64s", labels.clone()),
        },
        ints("nodes_treeids", vec![0; n]),
        ints("nodes_nodeids", ids),
        strings("nodes_modes", modes),
        ints("nodes_featureids", features),
        floats("nodes_values", values),
        ints("nodes_truenodeids", true_ids),
        ints("nodes_falsenodeids", false_ids),
        ints("nodes_missing_value_tracks_true", tracks),
        ints("class_treeids", vec![0; leaves.len()]),
        ints("class_nodeids", leaves),
        ints("class_ids", classes),
        floats("class_weights", weights),
        AttributeProto {
            name: "post_transform".into(),
            r#type: AttributeType::String.into(),
            s: b"NONE"[..].into(),
            ..AttributeProto::default()
        },
    ]
}

/// A leaf's weights. With two classes there is one, of class 1, under class id 0: the only form for
/// which onnxruntime's label is the more probable class. Otherwise zeros are left out.
fn leaf_weights(probabilities: &[(u32, f32)], n_classes: usize) -> Vec<(i64, f32)> {
    if n_classes == 2 {
        let of_class_1 = probabilities.iter().find(|(class, _)| *class == 1);
        return vec![(0, of_class_1.map_or(0.0, |(_, probability)| *probability))];
    }
    let named = probabilities
        .iter()
        .filter(|(_, probability)| *probability > 0.0);
    named
        .map(|(class, probability)| (i64::from(*class), *probability))
        .collect()
}

fn ints(name: &str, ints: Vec<i64>) -> AttributeProto {
    let r#type = AttributeType::Ints.into();
    AttributeProto {
        name: name.into(),
        r#type,
        ints,
        ..AttributeProto::default()
    }
}

fn floats(name: &str, floats: Vec<f32>) -> AttributeProto {
    let r#type = AttributeType::Floats.into();
    AttributeProto {
        name: name.into(),
        r#type,
        floats,
        ..AttributeProto::default()
    }
}

fn strings<'a>(name: &str, strings: impl IntoIterator<Item = &'a [u8]>) -> AttributeProto {
    let r#type = AttributeType::Strings.into();
    let strings = strings
        .into_iter()
        .map(bytes::Bytes::copy_from_slice)
        .collect();
    AttributeProto {
        name: name.into(),
        r#type,
        strings,
        ..AttributeProto::default()
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

fn check(tree: &DecisionTree) -> Result<(), WriteError> {
    let refuse = |message: String| Err(WriteError(message));
    let n_classes = tree.labels.len();
    if n_classes < 2 {
        return refuse(format!("found {n_classes} labels, at least 2 are needed"));
    }
    if tree.n_features == 0 {
        return refuse("found 0 features, at least 1 is needed".into());
    }
    if !tree.feature_names.is_empty() && tree.feature_names.len() != tree.n_features {
        return refuse(format!(
            "found {} feature names for {} features, allowed are none or one each",
            tree.feature_names.len(),
            tree.n_features
        ));
    }
    if tree.metadata.iter().any(|(key, _)| key == names::KEY) {
        return refuse(format!("metadata: the key {} is taken", names::KEY));
    }
    let n = tree.nodes.len();
    // Each node but the root is claimed by its one parent, in front of it: so this is one tree.
    let mut claimed = vec![false; n];
    if let Some(root) = claimed.first_mut() {
        *root = true;
    } else {
        return refuse("found no node, at least 1 is needed".into());
    }
    for (id, node) in tree.nodes.iter().enumerate() {
        if !claimed[id] {
            return refuse(format!("node {id}: no node before it has it as a child"));
        }
        match node {
            TreeNode::Split {
                feature,
                threshold,
                true_child,
                false_child,
                ..
            } => {
                if *feature as usize >= tree.n_features {
                    return refuse(format!(
                        "node {id}: found feature {feature}, allowed are 0 to {}",
                        tree.n_features - 1
                    ));
                }
                if threshold.is_nan() {
                    return refuse(format!(
                        "node {id}: found threshold NaN, it must be a number"
                    ));
                }
                for child in [*true_child as usize, *false_child as usize] {
                    if child <= id || claimed.get(child) != Some(&false) {
                        return refuse(format!(
                            "node {id}: found child {child}, allowed are {} to {} that are no other \
                             node's child",
                            id + 1,
                            n - 1
                        ));
                    }
                    claimed[child] = true;
                }
            }
            TreeNode::Leaf { probabilities } => check_leaf(id, probabilities, n_classes)?,
        }
    }
    Ok(())
}

fn check_leaf(id: usize, probabilities: &[(u32, f32)], n_classes: usize) -> Result<(), WriteError> {
    let ascending = probabilities.is_sorted_by(|a, b| a.0 < b.0);
    let in_range = probabilities
        .last()
        .is_none_or(|(class, _)| (*class as usize) < n_classes);
    if !ascending || !in_range {
        return Err(WriteError(format!(
            "node {id}: its classes must ascend, allowed are 0 to {}",
            n_classes - 1
        )));
    }
    let allowed = |(_, probability): &(u32, f32)| (0.0..=1.0).contains(probability);
    if !probabilities.iter().all(allowed) || !probabilities.iter().any(|(_, p)| *p > 0.0) {
        return Err(WriteError(format!(
            "node {id}: its probabilities must be 0 to 1, at least one of them above 0"
        )));
    }
    Ok(())
}
