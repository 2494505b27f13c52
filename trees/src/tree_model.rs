//! Grown trees, on their way into a model file.

use algorithm::{Features, Output};

/// Trees with what their file should say about them. A row's answer is the sum of the values of its
/// leaves, one a tree, added up in float32 in the order of the trees.
///
/// The values of a classifier are each tree's share of the probabilities: a row's leaves should add up to 1
/// over all trees, so those of each of `n` trees add up to `1 / n`. The label is the class with the largest
/// sum, the first of equals. In a regressor whose trees are averaged, the values are already divided by the
/// number of trees.
///
/// The file follows the form that skl2onnx gives the trees of scikit-learn, so that onnxruntime's answers
/// are the same float32 as ours. Equal trees give equal bytes.
///
/// ```
/// use algorithm::{Features, Output, Predictor, Rows, Scores};
/// use trees::{Model, TreeModel, TreeNode};
///
/// let stump = |value: f32| vec![
///     TreeNode::Split { feature: 0, threshold: 2.5, true_child: 1, false_child: 2, missing_goes_true: true },
///     TreeNode::Leaf { values: vec![(0, value)] },
///     TreeNode::Leaf { values: vec![(0, 10.0 * value)] },
/// ];
/// let trees = TreeModel {
///     trees: vec![stump(1.0), stump(2.0)],
///     covers: vec![vec![4.0, 3.0, 1.0]; 2],
///     output: Output::Targets(1),
///     features: Features::unnamed(1),
///     metadata: vec![],
/// };
/// let model = Model::load(&trees.to_onnx()?)?;
/// let mut scores = Scores::new();
/// model.predict(Rows::F32(&[2.5, 2.6]), &mut scores)?;
/// assert_eq!(scores.values(), [3.0, 30.0]);
/// // The training rows' mean is 9.75, and the value of the feature takes it from there to 3.
/// let mut contributions = Vec::new();
/// model.contributions(Rows::F32(&[2.5]), &mut contributions)?;
/// assert_eq!(contributions, [-6.75, 9.75]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TreeModel {
    /// At least one tree, each given by all of its nodes, the root first; a child's index is greater than its
    /// parent's, and every node but the root is the child of exactly one other.
    pub trees: Vec<Vec<TreeNode>>,
    /// For each tree the weight of the training rows that reached each of its nodes, which contributions of
    /// features are computed from; empty if it is not known.
    pub covers: Vec<Vec<f32>>,
    /// At least 2 classes or 1 target.
    pub output: Output,
    /// The columns of the rows that the trees score, at least 1.
    pub features: Features,
    /// Further pairs for the file's `metadata_props`, in this order. The key `feature_names` is taken.
    pub metadata: Vec<(String, String)>,
}

/// A node of a tree of a [`TreeModel`].
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
        /// Class or target, ascending, and what the leaf adds to it; those that are left out get nothing. A
        /// classifier's values are from 0 to 1, at least one of them above 0; a regressor's are finite.
        values: Vec<(u32, f32)>,
    },
}
