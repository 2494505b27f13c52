//! The model file.

use algorithm::{FitError, Output, Settings, Table};
use trees::{ForestPart, PostTransform, TreeModel, TreeNode};

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
        trees: trees
            .iter()
            .map(|tree| {
                tree.nodes
                    .iter()
                    .map(|node| written(tree, node, share))
                    .collect()
            })
            .collect(),
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

/// A node of a tree; `share` divides the values of leaves.
fn written(tree: &Tree, node: &Node, share: f64) -> TreeNode {
    match &node.kind {
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
            values: tree.answers[*start as usize..*end as usize]
                .iter()
                .map(|(slot, value)| (*slot, (f64::from(*value) / share) as f32))
                .collect(),
        },
    }
}
