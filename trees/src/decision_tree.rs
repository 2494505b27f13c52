//! A grown classification tree, on its way into a model file.

use algorithm::Labels;

/// A classification tree with what its file should say about it.
///
/// The file follows the form that skl2onnx gives a decision tree, so that onnxruntime's labels and
/// probabilities are the same float32 as ours. Equal trees give equal bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionTree {
    /// All nodes, the root first; a child's index is greater than its parent's, and every node but the
    /// root is the child of exactly one other.
    pub nodes: Vec<TreeNode>,
    /// The classes, at least 2. A class is its position here.
    pub labels: Labels,
    /// Columns of the rows that the tree scores, at least 1.
    pub n_features: usize,
    /// The columns' names: one a feature, or none at all.
    pub feature_names: Vec<String>,
    /// Further pairs for the file's `metadata_props`, in this order. The key `feature_names` is taken.
    pub metadata: Vec<(String, String)>,
}

/// A node of a [`DecisionTree`].
#[derive(Clone, Debug, PartialEq)]
pub enum TreeNode {
    /// A row goes to `true_child` if `x[feature] <= threshold`.
    Split {
        /// Column, from 0.
        feature: u32,
        /// Largest value of the true side; not NaN.
        threshold: f32,
        /// Index of the node for rows at or below the threshold.
        true_child: u32,
        /// Index of the node for the others.
        false_child: u32,
        /// Whether a missing value (NaN) goes to `true_child`.
        missing_goes_true: bool,
    },
    /// The end of a row's walk.
    Leaf {
        /// Class and probability, by ascending class; a class that is left out has probability 0. At
        /// least one entry.
        probabilities: Vec<(u32, f32)>,
    },
}
