//! The hyperparameters of boosting, by the names of SageMaker's XGBoost, and what the learner reads from them.

use algorithm::{Kind, Parameter, Settings};

use super::python;

/// The objectives in the order of AWS's sentences; some are refused later, by name.
pub(super) const OBJECTIVES: &[(&str, &str)] = &[
    ("aft_loss_distribution", "aft_loss_distribution"),
    ("binary:logistic", "binary:logistic"),
    ("binary:logitraw", "binary:logitraw"),
    ("binary:hinge", "binary:hinge"),
    ("count:poisson", "count:poisson"),
    ("multi:softmax", "multi:softmax"),
    ("multi:softprob", "multi:softprob"),
    ("rank:pairwise", "rank:pairwise"),
    ("rank:ndcg", "rank:ndcg"),
    ("rank:map", "rank:map"),
    ("reg:linear", "reg:squarederror"),
    ("reg:squarederror", "reg:squarederror"),
    ("reg:logistic", "reg:logistic"),
    ("reg:gamma", "reg:gamma"),
    ("reg:pseudohubererror", "reg:pseudohubererror"),
    ("reg:squaredlogerror", "reg:squaredlogerror"),
    ("reg:absoluteerror", "reg:absoluteerror"),
    ("reg:tweedie", "reg:tweedie"),
    ("survival:aft", "survival:aft"),
    ("survival:cox", "survival:cox"),
];

/// Metrics of which more is better.
pub const MAXIMISED: &[&str] = &[
    "accuracy",
    "auc",
    "aucpr",
    "balanced_accuracy",
    "f1",
    "f1_binary",
    "f1_macro",
    "map",
    "ndcg",
    "precision",
    "r2",
    "recall",
    "precision_macro",
    "precision_micro",
    "recall_macro",
    "recall_micro",
];

/// Metrics of which less is better.
pub const MINIMISED: &[&str] = &[
    "aft-nloglik",
    "cox-nloglik",
    "error",
    "gamma-deviance",
    "gamma-nloglik",
    "interval-regression-accuracy",
    "logloss",
    "mae",
    "mape",
    "merror",
    "mlogloss",
    "mphe",
    "mse",
    "poisson-nloglik",
    "rmse",
    "rmsle",
    "tweedie-nloglik",
];

/// From 0 up.
const FROM_0: Kind = Kind::Number {
    from: 0.0,
    to: f64::MAX,
};

/// From 0 to 1.
const PART: Kind = Kind::Number { from: 0.0, to: 1.0 };

/// Above 0, up to 1.
const SAMPLE: Kind = Kind::Number {
    from: f64::MIN_POSITIVE,
    to: 1.0,
};

const TRUE_OR_FALSE: Kind = Kind::Choice(&[("true", "true"), ("false", "false")]);

const IGNORED: &str = "has no effect";

/// Every hyperparameter of AWS's container but `csv_weights`, which every job has, in its order, and two of our own.
pub static TABLE: &[Parameter] = &[
    optional(
        "num_round",
        count(1),
        "rounds of boosting; a job has to set it",
    ),
    optional(
        "early_stopping_rounds",
        count(1),
        "stops after this many rounds without a better last metric of the validation channel; the model is that of the best round",
    ),
    choice(
        "booster",
        "gbtree",
        &[
            ("gbtree", "gbtree"),
            ("gblinear", "gblinear"),
            ("dart", "dart"),
        ],
        "`gbtree`",
    ),
    Parameter::new("verbosity", "1", whole(0, 3), IGNORED),
    optional(
        "nthread",
        count(1),
        "threads, at most those of the container",
    ),
    Parameter {
        aliases: &["learning_rate"],
        ..Parameter::new(
            "eta",
            "0.3",
            PART,
            "what the leaves of each tree are multiplied by",
        )
    },
    Parameter {
        aliases: &["min_split_loss"],
        ..Parameter::new("gamma", "0", FROM_0, "least gain of a split")
    },
    Parameter::new(
        "max_depth",
        "6",
        count(0),
        "most splits between the root and a leaf; 0: no limit",
    ),
    Parameter::new(
        "min_child_weight",
        "1",
        FROM_0,
        "least sum of the second derivatives in a leaf",
    ),
    optional(
        "max_delta_step",
        FROM_0,
        "most that a leaf adds, before `eta`; 0: no limit; `none` is 0, but 0.7 for `count:poisson`",
    ),
    Parameter::new(
        "subsample",
        "1",
        SAMPLE,
        "part of the rows that a tree sees",
    ),
    Parameter::new(
        "colsample_bytree",
        "1",
        SAMPLE,
        "part of the features that a tree may use",
    ),
    Parameter::new(
        "colsample_bylevel",
        "1",
        SAMPLE,
        "part of these that a level may use",
    ),
    Parameter::new(
        "colsample_bynode",
        "1",
        SAMPLE,
        "part of these that a split may use",
    ),
    Parameter {
        aliases: &["reg_lambda"],
        ..Parameter::new("lambda", "1", FROM_0, "L2 penalty of leaves")
    },
    Parameter {
        aliases: &["reg_alpha"],
        ..Parameter::new("alpha", "0", FROM_0, "L1 penalty of leaves")
    },
    choice(
        "tree_method",
        "auto",
        &[
            ("auto", "hist"),
            ("exact", "hist"),
            ("approx", "hist"),
            ("hist", "hist"),
            ("gpu_hist", "hist"),
        ],
        "`hist`, with at most 256 bins a feature, which all others stand for: with up to 256 values a feature no split is lost",
    ),
    Parameter::new("sketch_eps", "0.03", OPEN_PART, IGNORED),
    Parameter::new(
        "scale_pos_weight",
        "1",
        Kind::Number {
            from: f64::MIN_POSITIVE,
            to: f64::MAX,
        },
        "what the weights of rows with the label 1 are multiplied by",
    ),
    optional(
        "updater",
        Kind::Text("names of updaters, separated by commas"),
        "`grow_colmaker` or `grow_histmaker`: both are `tree_method=hist`",
    ),
    choice("dsplit", "row", &[("row", "row"), ("col", "col")], IGNORED),
    Parameter::new("refresh_leaf", "1", whole(0, 1), IGNORED),
    choice(
        "process_type",
        "default",
        &[("default", "default"), ("update", "update")],
        "`default`",
    ),
    choice(
        "grow_policy",
        "depthwise",
        &[("depthwise", "depthwise"), ("lossguide", "lossguide")],
        "`depthwise`, or `lossguide`: the split with the largest gain first",
    ),
    Parameter::new(
        "max_leaves",
        "0",
        count(0),
        "most leaves of a tree; 0: no limit",
    ),
    Parameter::new(
        "max_bin",
        "256",
        count(0),
        "most bins of a feature, from 2 up; beyond 256 it is 256",
    ),
    choice(
        "predictor",
        "auto",
        &[
            ("auto", "auto"),
            ("cpu_predictor", "cpu_predictor"),
            ("gpu_predictor", "gpu_predictor"),
        ],
        IGNORED,
    ),
    optional(
        "monotone_constraints",
        Kind::Text("a list of -1, 0 and 1, as (1,0,-1)"),
        "a list as `(1,0,-1)`: whether the answer rises (1) or falls (-1) with each feature",
    ),
    optional(
        "interaction_constraints",
        Kind::Text("a list of lists of features, counted from 0, as [[0,1],[2,3]]"),
        "a list of lists of features, counted from 0, as `[[0,1],[2,3]]`: a branch splits only on those of one list",
    ),
    choice(
        "sample_type",
        "uniform",
        &[("uniform", "uniform"), ("weighted", "weighted")],
        IGNORED,
    ),
    choice(
        "normalize_type",
        "tree",
        &[("tree", "tree"), ("forest", "forest")],
        IGNORED,
    ),
    Parameter::new("rate_drop", "0", PART, IGNORED),
    Parameter::new("one_drop", "0", whole(0, 1), IGNORED),
    Parameter::new("skip_drop", "0", PART, IGNORED),
    Parameter::new("lambda_bias", "0", PART, IGNORED),
    Parameter::new(
        "tweedie_variance_power",
        "1.5",
        Kind::Between {
            above: 1.0,
            below: 2.0,
        },
        "power of the variance for `reg:tweedie`, between 1 and 2",
    ),
    choice(
        "objective",
        "reg:squarederror",
        OBJECTIVES,
        "`reg:squarederror`, `reg:absoluteerror`, `reg:pseudohubererror`, `reg:squaredlogerror`, `reg:logistic`, `reg:gamma`, `reg:tweedie`, `count:poisson`, `binary:logistic`, `binary:logitraw`, `binary:hinge`, `multi:softmax` or `multi:softprob`",
    ),
    optional(
        "num_class",
        count(2),
        "classes of `multi:softmax` and `multi:softprob`",
    ),
    optional(
        "base_score",
        FROM_0,
        "the answer before the first round; estimated if it is not given",
    ),
    optional(
        "_kfold",
        count(2),
        "folds of a cross-validation; a model file for each",
    ),
    Parameter::new("_num_cv_round", "1", count(1), "times that it is repeated"),
    optional(
        "_tuning_objective_metric",
        Kind::Text("validation:METRIC"),
        "set by tuning jobs; that metric is printed too, and decides about early stopping",
    ),
    optional(
        "eval_metric",
        Kind::Text("names of metrics, separated by commas"),
        "metrics that are printed after each round, separated by commas; that of the objective if it is not given",
    ),
    Parameter::new(
        "seed",
        "0",
        Kind::Integer {
            from: -2_147_483_647,
            to: 2_147_483_646,
        },
        "seed of all that is drawn",
    ),
    Parameter::new(
        "num_parallel_tree",
        "1",
        count(1),
        "trees of a round and class",
    ),
    choice(
        "save_model_on_termination",
        "false",
        &[("true", "true"), ("false", "false")],
        "`true`: a job that is stopped leaves the model of the rounds so far",
    ),
    choice(
        "aft_loss_distribution",
        "normal",
        &[
            ("normal", "normal"),
            ("logistic", "logistic"),
            ("extreme", "extreme"),
        ],
        IGNORED,
    ),
    Parameter::new("aft_loss_distribution_scale", "1", FROM_0, IGNORED),
    Parameter::new("deterministic_histogram", "true", TRUE_OR_FALSE, IGNORED),
    choice(
        "sampling_method",
        "uniform",
        &[("uniform", "uniform"), ("gradient_based", "gradient_based")],
        "`uniform`; `gradient_based` has no effect",
    ),
    optional("prob_buffer_row", count(2), IGNORED),
    Parameter::new("use_dask_gpu_training", "false", TRUE_OR_FALSE, IGNORED),
    choice(
        "model_format",
        "xgboost",
        &[("xgboost", "xgboost"), ("onnx", "onnx")],
        "`xgboost`: `xgboost-model`, as XGBoost 3.2 loads it; `onnx`: `model.onnx`",
    ),
    Parameter::new(
        "indexing_mode",
        "0",
        whole(0, 1),
        "the index of the first feature in libsvm",
    ),
];

/// Those that are accepted and change nothing.
pub(super) const WITHOUT_EFFECT: &[&str] = &[
    "sketch_eps",
    "lambda_bias",
    "dsplit",
    "predictor",
    "deterministic_histogram",
    "prob_buffer_row",
    "sample_type",
    "normalize_type",
    "rate_drop",
    "one_drop",
    "skip_drop",
    "refresh_leaf",
    "aft_loss_distribution",
    "aft_loss_distribution_scale",
    "use_dask_gpu_training",
    "verbosity",
];

const OPEN_PART: Kind = Kind::Between {
    above: 0.0,
    below: 1.0,
};

const fn count(from: u64) -> Kind {
    whole(from, u64::MAX)
}

const fn whole(from: u64, to: u64) -> Kind {
    Kind::Whole { from, to }
}

const fn choice(
    name: &'static str,
    default: &'static str,
    choices: &'static [(&'static str, &'static str)],
    meaning: &'static str,
) -> Parameter {
    Parameter::new(name, default, Kind::Choice(choices), meaning)
}

const fn optional(name: &'static str, kind: Kind, meaning: &'static str) -> Parameter {
    Parameter {
        words: &["None"],
        ..Parameter::new(name, "None", kind, meaning)
    }
}

/// The metrics of `eval_metric`, in its order; none if it is not given.
pub fn eval_metrics(settings: &Settings) -> Vec<&str> {
    let given = settings.text_or_none("eval_metric");
    given.map_or_else(Vec::new, |given| given.split(',').collect())
}

/// The metric that a tuning job looks at.
pub fn tuning_metric(settings: &Settings) -> Option<&str> {
    settings
        .text_or_none("_tuning_objective_metric")?
        .strip_prefix("validation:")
}

/// What `max_delta_step` is for the objective.
pub fn max_delta_step(settings: &Settings) -> f64 {
    let given = settings.number_or_none("max_delta_step");
    given.unwrap_or(match settings.choice("objective") {
        "count:poisson" => 0.7,
        _ => 0.0,
    })
}

/// Whether the answer rises (1) or falls (-1) with each of the first features; it may do what it likes (0) with all
/// others.
pub fn monotone_constraints(settings: &Settings) -> Vec<i8> {
    let given = settings.text_or_none("monotone_constraints");
    let Some(directions) = given.map_or(Some(Vec::new()), python::ints) else {
        unreachable!("the text was read when it was validated");
    };
    directions.into_iter().map(|one| one as i8).collect()
}

/// The lists of features that a branch may split on together; none if there are no constraints.
pub fn interaction_constraints(settings: &Settings) -> Vec<Vec<u32>> {
    let given = settings.text_or_none("interaction_constraints");
    let Some(lists) = given.map_or(Some(Vec::new()), python::nested_ints) else {
        unreachable!("the text was read when it was validated");
    };
    let of_list = |list: Vec<i64>| list.into_iter().map(|feature| feature as u32).collect();
    lists.into_iter().map(of_list).collect()
}

/// The row of the table with this name or alias.
pub(super) fn row(name: &str) -> Option<&'static Parameter> {
    TABLE.iter().find(|row| row.is_called(name))
}
