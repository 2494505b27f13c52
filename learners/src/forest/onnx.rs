//! The model file.

use algorithm::{FitError, Output, Settings, Table};
use trees::{ForestPart, NodeList, PostTransform, TreeModel, TreeNode};

use super::grow::{Kind, Node, Tree};
use crate::metadata::metadata;

/// The ONNX file of a forest, the mean of its trees, or of a part of it.
pub(super) fn to_onnx(
    trees: &[Tree],
    output: Output,
    table: &Table,
    settings: &Settings,
    part: Option<ForestPart>,
) -> Result<Vec<u8>, FitError> {
    let n_trees = part.map_or(trees.len(), |part| part.n_trees);
    let (share, post_transform) = match &output {
        Output::Classes(_) => (n_trees as f64, PostTransform::Sum),
        Output::Targets(_) => (1.0, PostTransform::Average),
    };
    let covers = |tree: &Tree| tree.nodes.iter().map(|node| node.weight).collect();
    let model = TreeModel {
        covers: trees.iter().map(covers).collect(),
        trees: trees.iter().map(|tree| Written::new(tree, share)).collect(),
        output,
        features: table.features.clone(),
        metadata: metadata(settings),
        absent: table.absent,
        part,
        post_transform,
    };
    let file = model.to_onnx();
    file.map_err(|error| FitError::new(format!("the forest can't be written as ONNX: {error}")))
}

/// A tree, and what its leaves add to the forest's answer.
struct Written<'a> {
    nodes: &'a [Node],
    answers: Vec<(u32, f32)>,
}

impl<'a> Written<'a> {
    /// `share` divides the values of leaves.
    fn new(tree: &'a Tree, share: f64) -> Self {
        let answers = tree.answers.iter();
        let answers = answers.map(|(slot, value)| (*slot, (f64::from(*value) / share) as f32));
        Self {
            nodes: &tree.nodes,
            answers: answers.collect(),
        }
    }
}

impl NodeList for Written<'_> {
    fn n_nodes(&self) -> usize {
        self.nodes.len()
    }

    fn node(&self, id: usize) -> TreeNode<&[(u32, f32)]> {
        match &self.nodes[id].kind {
            Kind::Branch {
                feature,
                threshold,
                missing_goes_left,
                left,
                right,
                ..
            } => TreeNode::Split {
                feature: *feature,
                threshold: *threshold,
                true_child: *left,
                false_child: *right,
                missing_goes_true: *missing_goes_left,
            },
            Kind::Leaf { start, end } => TreeNode::Leaf {
                values: &self.answers[*start as usize..*end as usize],
            },
        }
    }
}
