//! Boosted trees as an ONNX file.

use algorithm::{Labels, Output};

use crate::{
    boosted_model::{BoostedModel, BoostedNode, Objective},
    checks::WriteError,
    files::boosted,
    tree_model::{PostTransform, TreeModel, TreeNode},
};

impl BoostedModel {
    /// The trees as an ONNX file, as [`TreeModel::to_onnx`] writes them, with the attributes as
    /// `metadata_props`. Its answers are those of [`to_xgboost`](Self::to_xgboost)'s file, but that those of
    /// `binary:hinge` have the margin for a score, with the same label.
    ///
    /// The base score is in the leaves of each output's first tree: so the sums are XGBoost's to the last bit,
    /// and onnxruntime adds `base_values` to the wrong sum if there are two columns.
    ///
    /// # Errors
    /// Trees that break a rule of the fields.
    pub fn to_onnx(&self) -> Result<Vec<u8>, WriteError> {
        boosted::check(self)?;
        let base = self.objective.margins(&self.base_score);
        let (output, post_transform) = answer(&self.objective);
        let of_tree = |(number, nodes): (usize, &Vec<BoostedNode>)| {
            let output = self.output_of(number);
            let is_first = number < self.trees_in_round() && number % self.num_parallel_tree == 0;
            let base = is_first.then(|| base[output]);
            nodes
                .iter()
                .map(|node| tree_node(node, output, base))
                .collect::<Vec<TreeNode>>()
        };
        let covers = |nodes: &Vec<BoostedNode>| nodes.iter().map(|node| node.sum_hessian).collect();
        let model = TreeModel {
            trees: self.trees.iter().enumerate().map(of_tree).collect(),
            covers: self.trees.iter().map(covers).collect(),
            output,
            post_transform,
            features: self.features.clone(),
            metadata: self.attributes.clone(),
            absent: self.absent,
            part: None,
        };
        model.to_onnx()
    }
}

fn answer(objective: &Objective) -> (Output, PostTransform) {
    let classes = |n: usize| Output::Classes(Labels::Integers((0..n as i64).collect()));
    let targets = Output::Targets(objective.n_outputs());
    match objective {
        Objective::SquaredError
        | Objective::SquaredLogError
        | Objective::AbsoluteError
        | Objective::PseudoHuber { .. }
        | Objective::Quantile { .. } => (targets, PostTransform::Sum),
        Objective::Logistic => (targets, PostTransform::Logistic),
        Objective::Poisson { .. } | Objective::Gamma | Objective::Tweedie { .. } => {
            (targets, PostTransform::Exp)
        }
        Objective::BinaryLogistic => (classes(2), PostTransform::Logistic),
        Objective::BinaryLogitRaw | Objective::BinaryHinge => (classes(2), PostTransform::Margin),
        Objective::Softmax { n_classes } | Objective::SoftProb { n_classes } => {
            (classes(*n_classes), PostTransform::Softmax)
        }
    }
}

/// A node, with what its tree's leaves add to besides.
fn tree_node(node: &BoostedNode, output: usize, base: Option<f32>) -> TreeNode {
    match node.split {
        Some(split) => TreeNode::Split {
            feature: split.feature,
            threshold: split.threshold,
            true_child: split.left,
            false_child: split.right,
            missing_goes_true: split.missing_goes_left,
        },
        None => {
            let value = base.map_or(node.weight, |base| base + node.weight);
            TreeNode::Leaf {
                values: vec![(output as u32, value)],
            }
        }
    }
}
