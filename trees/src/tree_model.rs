//! Grown trees, on their way into a model file.

use algorithm::{Absent, Features, Output};

use crate::forest_part::ForestPart;

/// Trees with what their file should say about them. The values of a row's leaves, one a tree, are added up
/// in float32 in the order of the trees; [`PostTransform`] says how the sums become the answer.
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
///     ..TreeModel::default()
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
pub struct TreeModel<T = Vec<TreeNode>> {
    /// At least one tree, each given by all of its nodes, the root first; a child's index is greater than its
    /// parent's, and every node but the root is the child of exactly one other.
    pub trees: Vec<T>,
    /// For each tree the weight of the training rows that reached each of its nodes, which contributions of
    /// features are computed from; empty if it is not known.
    pub covers: Vec<Vec<f32>>,
    /// At least 2 classes or 1 target.
    pub output: Output,
    /// How the sums become the answer.
    pub post_transform: PostTransform,
    /// The columns of the rows that the trees score, at least 1.
    pub features: Features,
    /// Further pairs for the file's `metadata_props`, in this order. The keys `feature_names`,
    /// `sparse_absent` and `forest_part` are taken.
    pub metadata: Vec<(String, String)>,
    /// The meaning of what a sparse record leaves out, if the file is to say it.
    pub absent: Option<Absent>,
    /// Which part of a forest these trees are, if they are not all of it. The leaves of a classifier with
    /// [`PostTransform::Sum`] are then their shares among all trees of the forest.
    pub part: Option<ForestPart>,
}

/// How the sums of a [`TreeModel`] become a row's answer: a sum a class or target, unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PostTransform {
    /// A sum is the target, or the probability of the class. The leaves of a classifier are then each tree's
    /// share of the probabilities: those of each of `n` trees add up to `1 / n`.
    #[default]
    Sum,
    /// The target is the sum divided by the number of trees.
    Average,
    /// The target is the exponential of the sum.
    Exp,
    /// The target is the logistic function of the sum. In a classifier of two classes, with one sum, that is
    /// the probability of class 1, which is the label if the sum is above 0.
    Logistic,
    /// Two classes, with one sum, whose scores are the sum and the same with the other sign. The label is class 1
    /// if the sum is above 0.
    Margin,
    /// The probabilities of the classes are the softmax of the sums.
    Softmax,
}

impl<T> TreeModel<T> {
    /// Number of sums a row: what a leaf may have values for.
    pub(crate) fn n_sums(&self) -> usize {
        match (&self.output, self.post_transform) {
            (Output::Classes(_), PostTransform::Logistic | PostTransform::Margin) => 1,
            (Output::Classes(labels), _) => labels.len(),
            (Output::Targets(n), _) => *n,
        }
    }
}

/// A regressor of one target, without trees and features.
impl<T> Default for TreeModel<T> {
    fn default() -> Self {
        Self {
            trees: Vec::new(),
            covers: Vec::new(),
            output: Output::Targets(1),
            post_transform: PostTransform::default(),
            features: Features::unnamed(0),
            metadata: Vec::new(),
            absent: None,
            part: None,
        }
    }
}

/// A node of a tree of a [`TreeModel`].
#[derive(Clone, Debug, PartialEq)]
pub enum TreeNode<V = Vec<(u32, f32)>> {
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
        /// Sum, ascending, and what the leaf adds to it; those that are left out get nothing. Values are
        /// finite; those of a classifier with [`PostTransform::Sum`] are from 0 to 1, at least one of them
        /// above 0.
        values: V,
    },
}

/// The nodes of a tree of a [`TreeModel`], however they are held.
pub trait NodeList: Sync {
    /// The number of nodes.
    fn n_nodes(&self) -> usize;

    /// A node, with the values of a leaf where they are held.
    fn node(&self, id: usize) -> TreeNode<&[(u32, f32)]>;
}

impl NodeList for Vec<TreeNode> {
    fn n_nodes(&self) -> usize {
        self.len()
    }

    fn node(&self, id: usize) -> TreeNode<&[(u32, f32)]> {
        match &self[id] {
            TreeNode::Split {
                feature,
                threshold,
                true_child,
                false_child,
                missing_goes_true,
            } => TreeNode::Split {
                feature: *feature,
                threshold: *threshold,
                true_child: *true_child,
                false_child: *false_child,
                missing_goes_true: *missing_goes_true,
            },
            TreeNode::Leaf { values } => TreeNode::Leaf { values },
        }
    }
}
