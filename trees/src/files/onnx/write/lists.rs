//! The lists of the tree operator, one entry a node or weight: counted first, then written into the file where they
//! belong, the parts of all trees at once. A list is never held in memory besides.

use bytes::BufMut;
use prost::{
    Message,
    encoding::{WireType, encode_key, encode_varint, encoded_len_varint, key_len},
};
use proto::onnx::{
    AttributeProto, attribute_proto::AttributeType, field::attribute_proto as field,
};

use super::rule::Rule;
use crate::tree_model::{NodeList, TreeNode};

/// What a list has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Covers,
    TreeIds,
    NodeIds,
    Modes,
    Features,
    Values,
    TrueIds,
    FalseIds,
    MissingTrue,
    WeightTreeIds,
    WeightNodeIds,
    WeightTargets,
    Weights,
}

/// A tree, as its lists see it.
#[derive(Clone, Copy)]
pub(super) struct Listed<'a, T> {
    pub(super) number: usize,
    pub(super) tree: &'a T,
    pub(super) covers: &'a [f32],
    pub(super) rule: Rule,
}

/// Takes the entries of a list.
trait Sink {
    fn int(&mut self, value: u64);
    fn float(&mut self, value: f32);
    fn bytes(&mut self, value: &'static [u8]);
}

impl List {
    /// The attribute before and after its list.
    pub(super) fn around(self, name: &str) -> (Vec<u8>, Vec<u8>) {
        let kind = match self {
            List::Modes => AttributeType::Strings,
            List::Covers | List::Values | List::Weights => AttributeType::Floats,
            _ => AttributeType::Ints,
        };
        let before = AttributeProto {
            name: name.into(),
            ..AttributeProto::default()
        };
        let after = AttributeProto {
            r#type: kind.into(),
            ..AttributeProto::default()
        };
        (before.encode_to_vec(), after.encode_to_vec())
    }

    /// Bytes of a tree's part of the list.
    pub(super) fn len<T: NodeList>(self, of: &Listed<'_, T>) -> usize {
        let mut length = Length(0);
        self.entries(of, &mut length);
        length.0
    }

    /// Writes a tree's part of the list.
    pub(super) fn write<T: NodeList>(self, of: &Listed<'_, T>, into: &mut [u8]) {
        self.entries(of, &mut Place(into));
    }

    fn entries<T: NodeList>(self, of: &Listed<'_, T>, sink: &mut impl Sink) {
        let (number, rule) = (of.number as u64, of.rule);
        let nodes = || (0..of.tree.n_nodes()).map(|id| of.tree.node(id));
        let leaves = || {
            (0..).zip(nodes()).filter_map(|(id, node)| match node {
                TreeNode::Leaf { values } => Some((id, values)),
                TreeNode::Split { .. } => None,
            })
        };
        match self {
            List::Covers => of.covers.iter().for_each(|cover| sink.float(*cover)),
            List::TreeIds => (0..of.tree.n_nodes()).for_each(|_| sink.int(number)),
            List::NodeIds => (0..of.tree.n_nodes()).for_each(|id| sink.int(id as u64)),
            List::Modes => nodes().for_each(|node| {
                sink.bytes(match node {
                    TreeNode::Split { .. } => b"BRANCH_LEQ",
                    TreeNode::Leaf { .. } => b"LEAF",
                });
            }),
            List::Features => nodes().for_each(|node| {
                sink.int(match node {
                    TreeNode::Split { feature, .. } => u64::from(feature),
                    TreeNode::Leaf { .. } => 0,
                });
            }),
            List::Values => nodes().for_each(|node| {
                sink.float(match node {
                    TreeNode::Split { threshold, .. } => threshold,
                    TreeNode::Leaf { .. } => 0.0,
                });
            }),
            List::TrueIds => nodes().for_each(|node| {
                sink.int(match node {
                    TreeNode::Split { true_child, .. } => u64::from(true_child),
                    TreeNode::Leaf { .. } => 0,
                });
            }),
            List::FalseIds => nodes().for_each(|node| {
                sink.int(match node {
                    TreeNode::Split { false_child, .. } => u64::from(false_child),
                    TreeNode::Leaf { .. } => 0,
                });
            }),
            List::MissingTrue => nodes().for_each(|node| {
                sink.int(match node {
                    TreeNode::Split {
                        missing_goes_true, ..
                    } => u64::from(missing_goes_true),
                    TreeNode::Leaf { .. } => 0,
                });
            }),
            List::WeightTreeIds => {
                leaves().for_each(|(_, values)| rule.weights(values, |_, _| sink.int(number)));
            }
            List::WeightNodeIds => {
                leaves().for_each(|(id, values)| rule.weights(values, |_, _| sink.int(id)));
            }
            List::WeightTargets => leaves().for_each(|(_, values)| {
                rule.weights(values, |target, _| sink.int(target as u64));
            }),
            List::Weights => leaves().for_each(|(_, values)| {
                rule.weights(values, |_, weight| sink.float(weight));
            }),
        }
    }
}

struct Length(usize);

impl Sink for Length {
    #[inline(always)]
    fn int(&mut self, value: u64) {
        self.0 += key_len(field::INTS) + encoded_len_varint(value);
    }

    #[inline(always)]
    fn float(&mut self, value: f32) {
        self.0 += key_len(field::FLOATS) + size_of_val(&value);
    }

    #[inline(always)]
    fn bytes(&mut self, value: &'static [u8]) {
        self.0 += key_len(field::STRINGS) + encoded_len_varint(value.len() as u64) + value.len();
    }
}

/// What is left of the place of a part. Entries are written as [`AttributeProto`] writes them, each with its key.
struct Place<'a>(&'a mut [u8]);

impl Sink for Place<'_> {
    #[inline(always)]
    fn int(&mut self, value: u64) {
        encode_key(field::INTS, WireType::Varint, &mut self.0);
        encode_varint(value, &mut self.0);
    }

    #[inline(always)]
    fn float(&mut self, value: f32) {
        encode_key(field::FLOATS, WireType::ThirtyTwoBit, &mut self.0);
        self.0.put_f32_le(value);
    }

    #[inline(always)]
    fn bytes(&mut self, value: &'static [u8]) {
        encode_key(field::STRINGS, WireType::LengthDelimited, &mut self.0);
        encode_varint(value.len() as u64, &mut self.0);
        self.0.put_slice(value);
    }
}
