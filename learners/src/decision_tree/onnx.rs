//! The model file.

use algorithm::{FitError, Output, Settings, Table, Target};
use trees::{TreeModel, TreeNode};

use crate::{Node, Tree, metadata::metadata};

/// The ONNX file of a tree that was grown from `table`. Nothing in it differs between runs on the same rows
/// with the same settings.
///
/// # Errors
/// The tree does not fit into the format.
///
/// # Panics
/// The table has no target.
pub fn to_onnx(tree: &Tree, table: &Table, settings: &Settings) -> Result<Vec<u8>, FitError> {
    let covers = tree.nodes.iter();
    let covers = covers.map(|node| node.weighted_n_node_samples as f32);
    let tree: TreeModel = TreeModel {
        trees: vec![tree.nodes.iter().map(node).collect()],
        covers: vec![covers.collect()],
        output: match &table.target {
            Target::Classes { labels, .. } => Output::Classes(labels.clone()),
            Target::Numbers(_) => Output::Targets(1),
            Target::None => unreachable!("trees ask for labels"),
        },
        features: table.features.clone(),
        metadata: metadata(settings),
        absent: table.absent,
        part: None,
        ..TreeModel::default()
    };
    let file = tree.to_onnx();
    file.map_err(|error| FitError::new(format!("the tree can't be written as ONNX: {error}")))
}

fn node(node: &Node) -> TreeNode {
    match node.split {
        Some(split) => TreeNode::Split {
            feature: split.feature as u32,
            threshold: split.threshold,
            true_child: split.left as u32,
            false_child: split.right as u32,
            missing_goes_true: split.missing_go_to_left,
        },
        None => TreeNode::Leaf {
            values: match node.mean() {
                None => node.probabilities().collect(),
                Some(mean) => vec![(0, mean as f32)],
            },
        },
    }
}
