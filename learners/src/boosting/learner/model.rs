//! Boosted trees as a file of XGBoost, and back.

use algorithm::{Checkpoint, FitError, Settings, Table};
use trees::{BoostedModel, BoostedNode, BoostedSplit, Objective};

use super::evaluations;
use crate::{
    boosting::{parameters::max_delta_step, rounds::Boosted},
    histogram::{Node, Split},
};

/// The key of a checkpoint's metrics by round.
const EVALUATIONS: &str = "evaluations";

/// A model without trees.
pub(super) fn new(settings: &Settings, table: &Table) -> BoostedModel {
    let n_classes = || settings.whole_or_none("num_class").unwrap_or(0) as usize;
    let objective = match settings.choice("objective") {
        "reg:squarederror" => Objective::SquaredError,
        "reg:squaredlogerror" => Objective::SquaredLogError,
        "reg:absoluteerror" => Objective::AbsoluteError,
        "reg:pseudohubererror" => Objective::PseudoHuber { slope: 1.0 },
        "reg:logistic" => Objective::Logistic,
        "reg:gamma" => Objective::Gamma,
        "reg:tweedie" => Objective::Tweedie {
            variance_power: settings.number("tweedie_variance_power") as f32,
        },
        "count:poisson" => Objective::Poisson {
            max_delta_step: max_delta_step(settings) as f32,
        },
        "binary:logistic" => Objective::BinaryLogistic,
        "binary:logitraw" => Objective::BinaryLogitRaw,
        "binary:hinge" => Objective::BinaryHinge,
        "multi:softmax" => Objective::Softmax {
            n_classes: n_classes(),
        },
        "multi:softprob" => Objective::SoftProb {
            n_classes: n_classes(),
        },
        other => unreachable!("objective {other} was refused when it was validated"),
    };
    BoostedModel {
        scale_pos_weight: settings.number("scale_pos_weight") as f32,
        num_parallel_tree: settings.whole("num_parallel_tree") as usize,
        absent: table.absent,
        ..BoostedModel::new(objective, table.features.clone())
    }
}

/// The model with these trees.
pub(super) fn with_trees(new: &BoostedModel, boosted: &Boosted) -> BoostedModel {
    let trees = boosted.trees.iter();
    let trees = trees.map(|nodes| nodes.iter().map(written).collect());
    let attributes = boosted.best_iteration.into_iter().flat_map(|best| {
        let score = evaluations::of_round(boosted, best).and_then(|best| best.validation.last());
        let score = score.map(|score| ("best_score".to_owned(), score.to_string()));
        score
            .into_iter()
            .chain([("best_iteration".to_owned(), best.to_string())])
    });
    BoostedModel {
        base_score: boosted.base_score.clone(),
        trees: trees.collect(),
        attributes: attributes.collect(),
        ..new.clone()
    }
}

/// A model in the making, as a file.
pub(super) fn checkpoint(new: &BoostedModel, boosted: &Boosted) -> Result<Vec<u8>, FitError> {
    let mut model = with_trees(new, boosted);
    let text = evaluations::to_text(&boosted.evaluations);
    model.attributes.push((EVALUATIONS.to_owned(), text));
    model.to_xgboost().map_err(FitError::new)
}

/// The model of a checkpoint, to go on with.
pub(super) fn resumed(
    new: &BoostedModel,
    n_metrics: [usize; 2],
    checkpoint: &Checkpoint,
) -> Result<Boosted, FitError> {
    let Checkpoint { number, content } = checkpoint;
    let model = new.clone().resumed(content);
    let model = model.map_err(|error| {
        FitError::new(format!(
            "checkpoint {number} is not of this job, remove it to begin anew: {error}"
        ))
    })?;
    let in_round = model.objective.n_outputs() * model.num_parallel_tree;
    let output = |tree: usize| tree / model.num_parallel_tree % model.objective.n_outputs();
    let text = model.attributes.iter().find(|(key, _)| key == EVALUATIONS);
    let text = text.map_or("", |(_, text)| text);
    let n_rounds = model.trees.len() / in_round;
    Ok(Boosted {
        tree_info: (0..model.trees.len())
            .map(|tree| output(tree) as u32)
            .collect(),
        trees: model
            .trees
            .iter()
            .map(|nodes| nodes.iter().map(read).collect())
            .collect(),
        base_score: model.base_score,
        evaluations: evaluations::of_text(text, n_metrics, n_rounds),
        ..Boosted::default()
    })
}

fn written(node: &Node) -> BoostedNode {
    let split = node.split.as_ref().map(|split| BoostedSplit {
        feature: split.feature,
        // All numbers go left: none of a table is infinite.
        threshold: split.threshold.min(f32::MAX),
        missing_goes_left: split.missing_goes_left,
        left: split.left,
        right: split.right,
        gain: split.gain,
    });
    BoostedNode {
        split,
        weight: node.weight,
        sum_hessian: node.sum_hessian as f32,
    }
}

/// The bin is found by whoever has the bins, and rows are not counted in the file.
fn read(node: &BoostedNode) -> Node {
    let split = node.split.map(|split| Split {
        feature: split.feature,
        bin: 0,
        threshold: match split.threshold {
            f32::MAX => f32::INFINITY,
            threshold => threshold,
        },
        missing_goes_left: split.missing_goes_left,
        left: split.left,
        right: split.right,
        gain: split.gain,
    });
    Node {
        split,
        weight: node.weight,
        sum_hessian: f64::from(node.sum_hessian),
        n_rows: 0,
    }
}
