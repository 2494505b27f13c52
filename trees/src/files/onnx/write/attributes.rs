//! The attributes of the tree operator.

use algorithm::{Labels, Output};
use prost::Message;
use proto::onnx::{AttributeProto, attribute_proto::AttributeType, field::node_proto::ATTRIBUTE};
use rayon::prelude::*;

use super::{
    lists::{List, Listed},
    parts::Parts,
    rule::Rule,
};
use crate::tree_model::{NodeList, PostTransform, TreeModel};

/// The attributes as fields of the operator's node.
pub(super) fn attributes<T: NodeList>(
    model: &TreeModel<T>,
    rule: Rule,
    trees: &[Listed<'_, T>],
) -> Parts {
    let mut attributes = Parts::default();
    let small = |attributes: &mut Parts, attribute: AttributeProto| {
        let mut message = Parts::default();
        message.bytes(attribute.encode_to_vec());
        attributes.field(ATTRIBUTE, message);
    };
    small(
        &mut attributes,
        match &model.output {
            Output::Classes(Labels::Text(labels)) => {
                strings("classlabels_strings", labels.iter().map(String::as_bytes))
            }
            Output::Classes(Labels::Integers(labels)) => AttributeProto {
                name: "classlabels_int64s".into(),
                r#type: AttributeType::Ints.into(),
                ints: labels.clone(),
                ..AttributeProto::default()
            },
            Output::Targets(n) => AttributeProto {
                name: "n_targets".into(),
                r#type: AttributeType::Int.into(),
                i: *n as i64,
                ..AttributeProto::default()
            },
        },
    );
    let prefix = match &model.output {
        Output::Classes(_) => "class",
        Output::Targets(_) => "target",
    };
    let of_weights = |rest: &str| format!("{prefix}_{rest}");
    let lists = [
        ("nodes_hitrates".into(), List::Covers),
        ("nodes_treeids".into(), List::TreeIds),
        ("nodes_nodeids".into(), List::NodeIds),
        ("nodes_modes".into(), List::Modes),
        ("nodes_featureids".into(), List::Features),
        ("nodes_values".into(), List::Values),
        ("nodes_truenodeids".into(), List::TrueIds),
        ("nodes_falsenodeids".into(), List::FalseIds),
        ("nodes_missing_value_tracks_true".into(), List::MissingTrue),
        (of_weights("treeids"), List::WeightTreeIds),
        (of_weights("nodeids"), List::WeightNodeIds),
        (of_weights("ids"), List::WeightTargets),
        (of_weights("weights"), List::Weights),
    ];
    for (name, list) in &lists {
        if *list == List::Covers && model.covers.is_empty() {
            continue;
        }
        let lengths: Vec<usize> = trees.par_iter().map(|tree| list.len(tree)).collect();
        let (before, after) = list.around(name);
        let mut attribute = Parts::default();
        attribute.bytes(before);
        attribute.list(*list, lengths);
        attribute.bytes(after);
        attributes.field(ATTRIBUTE, attribute);
    }
    small(
        &mut attributes,
        string("post_transform", rule.post_transform()),
    );
    if model.post_transform == PostTransform::Average {
        small(&mut attributes, string("aggregate_function", "AVERAGE"));
    }
    attributes
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
