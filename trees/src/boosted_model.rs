//! Boosted trees, on their way into a model file.

mod objective;

pub use objective::Objective;

use algorithm::{Absent, Features};

/// Boosted trees with what their file should say about them, which XGBoost's own format and ONNX can both hold.
///
/// A row's margins are the base scores, as margins, plus the values of its leaves, added up in float32 in the
/// order of the trees: [`Objective`] says what they mean. Equal models give equal bytes.
///
/// ```
/// use algorithm::{Features, Predictor, Rows, Scores};
/// use trees::{BoostedModel, BoostedNode, BoostedSplit, Model, Objective};
///
/// let leaf = |weight| BoostedNode { split: None, weight, sum_hessian: 2.0 };
/// let split = BoostedSplit {
///     feature: 0,
///     threshold: 2.5,
///     missing_goes_left: true,
///     left: 1,
///     right: 2,
///     gain: 7.0,
/// };
/// let root = BoostedNode { split: Some(split), weight: 0.125, sum_hessian: 4.0 };
/// let model = BoostedModel {
///     base_score: vec![0.5],
///     trees: vec![vec![root, leaf(0.25), leaf(-0.75)]],
///     ..BoostedModel::new(Objective::BinaryLogistic, Features::unnamed(1))
/// };
/// let row = Rows::F32(&[2.5]);
/// let (mut margins, mut scores) = (Vec::new(), Scores::new());
/// let xgboost = Model::load_xgboost(&model.to_xgboost()?)?;
/// xgboost.raw_scores(row, &mut margins)?;
/// assert_eq!(margins, [0.25]);
/// let onnx = Model::load(&model.to_onnx()?)?;
/// for same in [xgboost, onnx] {
///     same.predict(row, &mut scores)?;
///     assert_eq!((scores.labels()[0], scores.values()[1]), (1, 0.5621765));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct BoostedModel {
    /// What the trees were grown for.
    pub objective: Objective,
    /// What the trees are added to, for each output: in the answer's unit, as [`Objective::margins`] has it.
    pub base_score: Vec<f32>,
    /// What the weights of rows with label 1 were multiplied with, for objectives that XGBoost keeps it for.
    pub scale_pos_weight: f32,
    /// Round by round; in a round output by output; for an output its [`num_parallel_tree`](Self::num_parallel_tree)
    /// trees. Each is given by all of its nodes, the root first; a child's index is greater than its parent's,
    /// and every node but the root is the child of exactly one other.
    pub trees: Vec<Vec<BoostedNode>>,
    /// Trees an output and round, at least 1.
    pub num_parallel_tree: usize,
    /// The columns of the rows, at least 1.
    pub features: Features,
    /// Further pairs, which XGBoost calls attributes, `best_iteration` and `best_score` among them. The keys
    /// `feature_names` and `sparse_absent` are taken.
    pub attributes: Vec<(String, String)>,
    /// The meaning of what a sparse record leaves out, if the file is to say it. XGBoost's own meaning is
    /// [`Absent::Missing`].
    pub absent: Option<Absent>,
}

/// A node of a tree of a [`BoostedModel`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoostedNode {
    /// `None` for a leaf.
    pub split: Option<BoostedSplit>,
    /// What a leaf adds to the margin of its output, finite. XGBoost also keeps the weight that a split had as a leaf.
    pub weight: f32,
    /// The sum of the Hessian over the training rows that reached the node, which contributions of features are
    /// computed from; finite, from 0 up.
    pub sum_hessian: f32,
}

/// How a node is split.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoostedSplit {
    /// Column, from 0.
    pub feature: u32,
    /// Largest value of the left side; below infinity.
    pub threshold: f32,
    /// Whether a missing value (NaN) goes left.
    pub missing_goes_left: bool,
    /// Index of the node for rows at or below the threshold.
    pub left: u32,
    /// Index of the node for the others.
    pub right: u32,
    /// How much the split lowered the loss; not NaN.
    pub gain: f32,
}

impl BoostedModel {
    /// A model without trees, whose base scores are 0.5, XGBoost's default.
    pub fn new(objective: Objective, features: Features) -> Self {
        Self {
            base_score: vec![0.5; objective.n_outputs()],
            objective,
            scale_pos_weight: 1.0,
            trees: Vec::new(),
            num_parallel_tree: 1,
            features,
            attributes: Vec::new(),
            absent: None,
        }
    }

    /// Trees a round.
    pub(crate) fn trees_in_round(&self) -> usize {
        self.objective.n_outputs() * self.num_parallel_tree
    }

    /// The output that a tree adds to.
    pub(crate) fn output_of(&self, tree: usize) -> usize {
        tree / self.num_parallel_tree % self.objective.n_outputs()
    }
}
