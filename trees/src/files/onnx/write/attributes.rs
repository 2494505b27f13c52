//! The attributes of the tree operator.

use algorithm::{Labels, Output};
use proto::onnx::{AttributeProto, attribute_proto::AttributeType};

use super::rule::Rule;
use crate::tree_model::{PostTransform, TreeModel, TreeNode};

/// The parallel lists of the nodes.
#[derive(Default)]
struct Nodes {
    tree_ids: Vec<i64>,
    node_ids: Vec<i64>,
    modes: Vec<&'static [u8]>,
    features: Vec<i64>,
    values: Vec<f32>,
    true_ids: Vec<i64>,
    false_ids: Vec<i64>,
    missing_true: Vec<i64>,
}

/// The parallel lists of the leaves' weights.
#[derive(Default)]
struct Weights {
    tree_ids: Vec<i64>,
    node_ids: Vec<i64>,
    targets: Vec<i64>,
    weights: Vec<f32>,
}

pub(super) fn attributes(model: &TreeModel) -> Vec<AttributeProto> {
    let n = model.trees.iter().map(Vec::len).sum();
    let (mut nodes, mut weights) = (Nodes::with_capacity(n), Weights::default());
    let rule = Rule::new(model);
    for (tree, of_tree) in (0..).zip(&model.trees) {
        for (node, of_node) in (0..).zip(of_tree) {
            nodes.push(tree, node, of_node);
            if let TreeNode::Leaf { values } = of_node {
                rule.weights(values, |target, weight| {
                    weights.push(tree, node, target, weight)
                });
            }
        }
    }
    let mut attributes = match &model.output {
        Output::Classes(Labels::Text(labels)) => {
            let labels = labels.iter().map(String::as_bytes);
            vec![strings("classlabels_strings", labels)]
        }
        Output::Classes(Labels::Integers(labels)) => {
            vec![ints("classlabels_int64s", labels.clone())]
        }
        Output::Targets(n) => vec![AttributeProto {
            name: "n_targets".into(),
            r#type: AttributeType::Int.into(),
            i: *n as i64,
            ..AttributeProto::default()
        }],
    };
    let prefix = match &model.output {
        Output::Classes(_) => "class",
        Output::Targets(_) => "target",
    };
    let weight = |rest: &str| format!("{prefix}_{rest}");
    if !model.covers.is_empty() {
        attributes.push(floats("nodes_hitrates", model.covers.concat()));
    }
    attributes.extend([
        ints("nodes_treeids", nodes.tree_ids),
        ints("nodes_nodeids", nodes.node_ids),
        strings("nodes_modes", nodes.modes),
        ints("nodes_featureids", nodes.features),
        floats("nodes_values", nodes.values),
        ints("nodes_truenodeids", nodes.true_ids),
        ints("nodes_falsenodeids", nodes.false_ids),
        ints("nodes_missing_value_tracks_true", nodes.missing_true),
        ints(&weight("treeids"), weights.tree_ids),
        ints(&weight("nodeids"), weights.node_ids),
        ints(&weight("ids"), weights.targets),
        floats(&weight("weights"), weights.weights),
        string("post_transform", rule.post_transform()),
    ]);
    if model.post_transform == PostTransform::Average {
        attributes.push(string("aggregate_function", "AVERAGE"));
    }
    attributes
}

impl Nodes {
    fn with_capacity(n: usize) -> Self {
        Self {
            tree_ids: Vec::with_capacity(n),
            node_ids: Vec::with_capacity(n),
            modes: Vec::with_capacity(n),
            features: Vec::with_capacity(n),
            values: Vec::with_capacity(n),
            true_ids: Vec::with_capacity(n),
            false_ids: Vec::with_capacity(n),
            missing_true: Vec::with_capacity(n),
        }
    }

    fn push(&mut self, tree: i64, id: i64, node: &TreeNode) {
        let (mode, feature, value, children, missing_true) = match node {
            TreeNode::Split {
                feature,
                threshold,
                true_child,
                false_child,
                missing_goes_true,
            } => (
                &b"BRANCH_LEQ"[..],
                *feature,
                *threshold,
                [*true_child, *false_child],
                *missing_goes_true,
            ),
            TreeNode::Leaf { .. } => (&b"LEAF"[..], 0, 0.0, [0, 0], false),
        };
        self.tree_ids.push(tree);
        self.node_ids.push(id);
        self.modes.push(mode);
        self.features.push(i64::from(feature));
        self.values.push(value);
        self.true_ids.push(i64::from(children[0]));
        self.false_ids.push(i64::from(children[1]));
        self.missing_true.push(i64::from(missing_true));
    }
}

impl Weights {
    fn push(&mut self, tree: i64, node: i64, target: usize, weight: f32) {
        self.tree_ids.push(tree);
        self.node_ids.push(node);
        self.targets.push(target as i64);
        self.weights.push(weight);
    }
}

fn ints(name: &str, ints: Vec<i64>) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        r#type: AttributeType::Ints.into(),
        ints,
        ..AttributeProto::default()
    }
}

fn floats(name: &str, floats: Vec<f32>) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        r#type: AttributeType::Floats.into(),
        floats,
        ..AttributeProto::default()
    }
}

fn string(name: &str, text: &'static str) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        r#type: AttributeType::String.into(),
        s: text.as_bytes().into(),
        ..AttributeProto::default()
    }
}

fn strings<'a>(name: &str, strings: impl IntoIterator<Item = &'a [u8]>) -> AttributeProto {
    let strings = strings.into_iter().map(bytes::Bytes::copy_from_slice);
    AttributeProto {
        name: name.into(),
        r#type: AttributeType::Strings.into(),
        strings: strings.collect(),
        ..AttributeProto::default()
    }
}
