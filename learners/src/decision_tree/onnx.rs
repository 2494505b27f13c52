//! The model file.

use std::collections::BTreeMap;

use algorithm::{Absent, FitError, Settings, Table};
use serde_json::json;
use trees::{DecisionTree, TreeNode};

use crate::{Node, Tree, classes::classes};

/// The ONNX file of a tree that was grown from `table`. Nothing in it differs between runs on the same rows
/// with the same settings.
///
/// # Errors
/// The tree does not fit into the format.
///
/// # Panics
/// The table's target is not [`Target::Classes`](algorithm::Target::Classes).
pub fn to_onnx(tree: &Tree, table: &Table, settings: &Settings) -> Result<Vec<u8>, FitError> {
    let (labels, _) = classes(table);
    let tree = DecisionTree {
        nodes: tree.nodes.iter().map(node).collect(),
        labels: labels.clone(),
        n_features: table.features.len(),
        feature_names: table.features.names().to_vec(),
        metadata: metadata(table, settings),
    };
    let file = tree.to_onnx();
    file.map_err(|error| FitError::new(format!("the tree cannot be written as ONNX: {error}")))
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
            probabilities: node.probabilities().collect(),
        },
    }
}

/// What the file says about its origin, and how sparse records are to be read.
fn metadata(table: &Table, settings: &Settings) -> Vec<(String, String)> {
    let settings: BTreeMap<_, _> = settings.resolved().into_iter().collect();
    let mut metadata = vec![("hyperparameters".to_owned(), json!(settings).to_string())];
    if let Some(absent) = table.absent {
        let absent = match absent {
            Absent::Zero => "zero",
            Absent::Missing => "missing",
        };
        metadata.push(("sparse_absent".to_owned(), absent.to_owned()));
    }
    metadata
}
