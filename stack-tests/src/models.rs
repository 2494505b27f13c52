//! Model files for tests that need no training.

use algorithm::Labels;
use trees::{DecisionTree, TreeNode};

/// A classifier of `n_features` features without names, with the labels 0 to `n_classes - 1`, which answers
/// 0 to every row.
pub fn constant(n_features: usize, n_classes: i64) -> Vec<u8> {
    let tree = DecisionTree {
        nodes: vec![TreeNode::Leaf {
            probabilities: vec![(0, 1.0)],
        }],
        labels: Labels::Integers((0..n_classes).collect()),
        n_features,
        feature_names: vec![],
        metadata: vec![],
    };
    tree.to_onnx().unwrap()
}
