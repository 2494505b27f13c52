//! Model files for tests that need no training.

use algorithm::{Features, Labels, Output};
use trees::{TreeModel, TreeNode};

/// A classifier of `n_features` features without names, with the labels 0 to `n_classes - 1`, which answers
/// 0 to every row.
pub fn constant(n_features: usize, n_classes: i64) -> Vec<u8> {
    let tree = TreeModel {
        trees: vec![vec![TreeNode::Leaf {
            values: vec![(0, 1.0)],
        }]],
        output: Output::Classes(Labels::Integers((0..n_classes).collect())),
        features: Features::unnamed(n_features),
        ..TreeModel::default()
    };
    tree.to_onnx().unwrap()
}

/// A regressor of `n_features` features without names, which answers `number` to every row.
pub fn number(n_features: usize, number: f32) -> Vec<u8> {
    let tree = TreeModel {
        trees: vec![vec![TreeNode::Leaf {
            values: vec![(0, number)],
        }]],
        output: Output::Targets(1),
        features: Features::unnamed(n_features),
        ..TreeModel::default()
    };
    tree.to_onnx().unwrap()
}
