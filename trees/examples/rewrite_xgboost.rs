//! Writes a model of XGBoost anew: `rewrite_xgboost MODEL.json OUT` reads what `Booster.save_model` wrote and leaves
//! `OUT.ubj` and `OUT.onnx`, as a learner would have written the same trees. For checks against XGBoost and
//! onnxruntime.

use std::{env, error::Error, fs};

use algorithm::{Absent, Features};
use serde_json::Value;
use trees::{BoostedModel, BoostedNode, BoostedSplit, Objective};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(file), Some(out)) = (arguments.next(), arguments.next()) else {
        return Err("usage: rewrite_xgboost MODEL.json OUT".into());
    };
    let file: Value = serde_json::from_slice(&fs::read(file)?)?;
    let model = model(&file["learner"])?;
    fs::write(format!("{out}.ubj"), model.to_xgboost()?)?;
    fs::write(format!("{out}.onnx"), model.to_onnx()?)?;
    Ok(())
}

fn model(learner: &Value) -> Result<BoostedModel, Box<dyn Error>> {
    let parameter = &learner["learner_model_param"];
    let objective = objective(&learner["objective"])?;
    let names = array(&learner["feature_names"])?.iter();
    let names = names.map(|name| Ok(text(name)?.to_owned()));
    let names: Vec<String> = names.collect::<Result<_, Box<dyn Error>>>()?;
    let n_features = text(&parameter["num_feature"])?.parse()?;
    let booster = &learner["gradient_booster"]["model"];
    let scale = &learner["objective"]["reg_loss_param"]["scale_pos_weight"];
    let trees = array(&booster["trees"])?.iter().map(tree);
    let attributes = learner["attributes"].as_object().into_iter().flatten();
    let attributes = attributes.map(|(key, value)| Ok((key.clone(), text(value)?.to_owned())));
    Ok(BoostedModel {
        base_score: numbers(&parameter["base_score"])?,
        scale_pos_weight: scale.as_str().map_or(Ok(1.0), str::parse)?,
        trees: trees.collect::<Result<_, _>>()?,
        num_parallel_tree: text(&booster["gbtree_model_param"]["num_parallel_tree"])?.parse()?,
        attributes: attributes.collect::<Result<_, Box<dyn Error>>>()?,
        absent: Some(Absent::Missing),
        ..BoostedModel::new(objective, Features::with_names(n_features, names)?)
    })
}

fn objective(objective: &Value) -> Result<Objective, Box<dyn Error>> {
    let number = |group: &str, key: &str| -> Result<f32, Box<dyn Error>> {
        Ok(text(&objective[group][key])?.parse()?)
    };
    let n_classes = || number("softmax_multiclass_param", "num_class").map(|n| n as usize);
    Ok(match text(&objective["name"])? {
        "reg:squarederror" => Objective::SquaredError,
        "reg:squaredlogerror" => Objective::SquaredLogError,
        "reg:absoluteerror" => Objective::AbsoluteError,
        "reg:pseudohubererror" => Objective::PseudoHuber {
            slope: number("pseudo_huber_param", "huber_slope")?,
        },
        "reg:quantileerror" => Objective::Quantile {
            alphas: numbers(&objective["quantile_loss_param"]["quantile_alpha"])?,
        },
        "reg:logistic" => Objective::Logistic,
        "count:poisson" => Objective::Poisson {
            max_delta_step: number("poisson_regression_param", "max_delta_step")?,
        },
        "reg:gamma" => Objective::Gamma,
        "reg:tweedie" => Objective::Tweedie {
            variance_power: number("tweedie_regression_param", "tweedie_variance_power")?,
        },
        "binary:logistic" => Objective::BinaryLogistic,
        "binary:logitraw" => Objective::BinaryLogitRaw,
        "binary:hinge" => Objective::BinaryHinge,
        "multi:softmax" => Objective::Softmax {
            n_classes: n_classes()?,
        },
        "multi:softprob" => Objective::SoftProb {
            n_classes: n_classes()?,
        },
        other => return Err(format!("found the objective {other}").into()),
    })
}

fn tree(tree: &Value) -> Result<Vec<BoostedNode>, Box<dyn Error>> {
    let list = |key: &str| -> Result<Vec<f64>, Box<dyn Error>> {
        let list = array(&tree[key])?.iter();
        let list = list.map(|number| number.as_f64().ok_or("expected a number".into()));
        list.collect()
    };
    let [left, right, feature, condition] = [
        list("left_children")?,
        list("right_children")?,
        list("split_indices")?,
        list("split_conditions")?,
    ];
    let [default_left, gain, cover, weight] = [
        list("default_left")?,
        list("loss_changes")?,
        list("sum_hessian")?,
        list("base_weights")?,
    ];
    let node = |id: usize| {
        let is_leaf = left[id] == -1.0;
        let split = BoostedSplit {
            feature: feature[id] as u32,
            threshold: (condition[id] as f32).next_down(),
            missing_goes_left: default_left[id] != 0.0,
            left: left[id] as u32,
            right: right[id] as u32,
            gain: gain[id] as f32,
        };
        BoostedNode {
            split: (!is_leaf).then_some(split),
            weight: if is_leaf { condition[id] } else { weight[id] } as f32,
            sum_hessian: cover[id] as f32,
        }
    };
    Ok((0..left.len()).map(node).collect())
}

/// `[1E-1,5E-1]` or `5E-1`, in a text.
fn numbers(value: &Value) -> Result<Vec<f32>, Box<dyn Error>> {
    let numbers = text(value)?.trim_matches(['[', ']']).split(',');
    Ok(numbers.map(str::parse).collect::<Result<_, _>>()?)
}

fn text(value: &Value) -> Result<&str, Box<dyn Error>> {
    value.as_str().ok_or("expected a text".into())
}

fn array(value: &Value) -> Result<&Vec<Value>, Box<dyn Error>> {
    value.as_array().ok_or("expected a list".into())
}
