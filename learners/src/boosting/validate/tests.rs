use super::*;
use crate::boosting::parameters::{
    TABLE, eval_metrics, interaction_constraints, max_delta_step, monotone_constraints,
    tuning_metric,
};

static OF_EVERY_JOB: &[Parameter] = &[
    Parameter::new("algorithm", "x", Kind::Text("a name"), ""),
    Parameter::new("csv_weights", "0", Kind::Switch, ""),
    Parameter::new("header", "auto", Kind::Choice(&[("auto", "auto")]), ""),
];

/// The job `name=value name=value`, in that order.
fn read_job(job: &str) -> Result<(Settings, Vec<String>), String> {
    let given: Vec<(String, String)> = job
        .split(' ')
        .filter_map(|one| one.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.replace('~', " ")))
        .collect();
    read(&[OF_EVERY_JOB, TABLE], &given).map_err(|error| error.to_string())
}

fn settings_of(job: &str) -> Settings {
    match read_job(job) {
        Ok((settings, _)) => settings,
        Err(sentence) => panic!("{job}: {sentence}"),
    }
}

const METRICS: &str = "['accuracy', 'auc', 'aucpr', 'balanced_accuracy', 'f1', 'f1_binary', 'f1_macro', 'map', 'ndcg', 'precision', 'r2', 'recall', 'precision_macro', 'precision_micro', 'recall_macro', 'recall_micro', 'aft-nloglik', 'cox-nloglik', 'error', 'gamma-deviance', 'gamma-nloglik', 'interval-regression-accuracy', 'logloss', 'mae', 'mape', 'merror', 'mlogloss', 'mphe', 'mse', 'poisson-nloglik', 'rmse', 'rmsle', 'tweedie-nloglik']";

#[test]
fn every_default_is_one_that_the_table_allows() {
    for row in TABLE {
        row.default_value();
    }
    let settings = settings_of("num_round=10");
    assert_eq!(settings.whole_or_none("num_round"), Some(10));
    assert_eq!(settings.number("eta"), 0.3);
    assert_eq!(settings.choice("objective"), "reg:squarederror");
}

#[test]
fn values_are_read_as_python_reads_them() {
    let settings = settings_of(
        "num_round=~+1_0~ learning_rate=1e-1 eta=.5 reg_lambda=2 lambda=1_0 seed=-5 csv_weights=1 header=auto objective=reg:linear",
    );
    assert_eq!(settings.whole_or_none("num_round"), Some(10));
    // The later of two names of one hyperparameter counts.
    assert_eq!(settings.number("eta"), 0.5);
    assert_eq!(settings.number("lambda"), 10.0);
    assert_eq!(settings.integer("seed"), -5);
    assert!(settings.is_on("csv_weights"));
    assert_eq!(settings.choice("objective"), "reg:squarederror");
    let settings = settings_of(
        "num_round=1 monotone_constraints=(1,~0,-1) interaction_constraints=[[0,2],[1]] eval_metric=rmse,error@0.8 _tuning_objective_metric=validation:mae objective=count:poisson updater=grow_colmaker,prune",
    );
    assert_eq!(monotone_constraints(&settings), [1, 0, -1]);
    assert_eq!(interaction_constraints(&settings), [vec![0, 2], vec![1]]);
    assert_eq!(eval_metrics(&settings), ["rmse", "error@0.8"]);
    assert_eq!(tuning_metric(&settings), Some("mae"));
    assert_eq!(max_delta_step(&settings), 0.7);
    let settings = settings_of("num_round=1 monotone_constraints=(1)");
    assert_eq!(monotone_constraints(&settings), [1]);
    assert!(eval_metrics(&settings).is_empty());
}

#[test]
fn a_wrong_value_is_refused_in_the_words_of_the_container() {
    for (job, sentence) in [
        ("", "Missing required hyperparameter: num_round"),
        // Before anything that is wrong with those that are there.
        ("eta=x foo=1", "Missing required hyperparameter: num_round"),
        ("num_round=1 foo=1", "Extraneous hyperparameter found: foo"),
        (
            "num_round=1 single_precision_histogram=true",
            "Extraneous hyperparameter found: single_precision_histogram",
        ),
        // In the order of the job, names and texts before ranges.
        (
            "num_round=1 eta=x foo=1",
            "Hyperparameter eta: could not parse value (caused by ValueError)",
        ),
        (
            "num_round=1 foo=1 eta=x",
            "Extraneous hyperparameter found: foo",
        ),
        (
            "num_round=0 eta=x",
            "Hyperparameter eta: could not parse value (caused by ValueError)",
        ),
        (
            "eta=2 num_round=0",
            "Hyperparameter eta: 2.0 is not in [0, 1]",
        ),
        (
            "num_round=0 eta=2",
            "Hyperparameter num_round: 0 is not in [1, +inf)",
        ),
        (
            "num_round=5.0",
            "Hyperparameter num_round: could not parse value (caused by ValueError)",
        ),
        (
            "num_round=1 learning_rate=1.01",
            "Hyperparameter eta: 1.01 is not in [0, 1]",
        ),
        (
            "num_round=1 eta=nan",
            "Hyperparameter eta: nan is not in [0, 1]",
        ),
        (
            "num_round=1 gamma=-1e-5",
            "Hyperparameter gamma: -1e-05 is not in [0, +inf)",
        ),
        (
            "num_round=1 alpha=inf",
            "Hyperparameter alpha: inf is not in [0, +inf)",
        ),
        (
            "num_round=1 max_depth=-1",
            "Hyperparameter max_depth: -1 is not in [0, +inf)",
        ),
        (
            "num_round=1 subsample=0",
            "Hyperparameter subsample: 0.0 is not in (0, 1]",
        ),
        (
            "num_round=1 scale_pos_weight=0",
            "Hyperparameter scale_pos_weight: 0.0 is not in (0, +inf)",
        ),
        (
            "num_round=1 tweedie_variance_power=2",
            "Hyperparameter tweedie_variance_power: 2.0 is not in (1, 2)",
        ),
        (
            "num_round=1 sketch_eps=1",
            "Hyperparameter sketch_eps: 1.0 is not in (0, 1)",
        ),
        (
            "num_round=1 seed=2147483647",
            "Hyperparameter seed: 2147483647 is not in (-2147483648, 2147483647)",
        ),
        (
            "num_round=1 prob_buffer_row=1",
            "Hyperparameter prob_buffer_row: 1 is not in (1.0, +inf)",
        ),
        (
            "num_round=1 csv_weights=2",
            "Hyperparameter csv_weights: 2 is not in [0, 1]",
        ),
        (
            "num_round=1 verbosity=4",
            "Hyperparameter verbosity: 4 is not in [0, 3]",
        ),
        (
            "num_round=1 early_stopping_rounds=None",
            "Hyperparameter early_stopping_rounds: could not parse value (caused by ValueError)",
        ),
        (
            "num_round=1 booster=x",
            "Hyperparameter booster: x is not in ['gbtree', 'gblinear', 'dart']",
        ),
        (
            "num_round=1 booster=GBTREE",
            "Hyperparameter booster: GBTREE is not in ['gbtree', 'gblinear', 'dart']",
        ),
        (
            "num_round=1 save_model_on_termination=1",
            "Hyperparameter save_model_on_termination: 1 is not in ['true', 'false']",
        ),
        (
            "num_round=1 objective=reg:x",
            "Hyperparameter objective: reg:x is not in ['aft_loss_distribution', 'binary:logistic', 'binary:logitraw', 'binary:hinge', 'count:poisson', 'multi:softmax', 'multi:softprob', 'rank:pairwise', 'rank:ndcg', 'rank:map', 'reg:linear', 'reg:squarederror', 'reg:logistic', 'reg:gamma', 'reg:pseudohubererror', 'reg:squaredlogerror', 'reg:absoluteerror', 'reg:tweedie', 'survival:aft', 'survival:cox']",
        ),
        (
            "num_round=1 monotone_constraints=(2,0)",
            "Hyperparameter monotone_constraints: value (2, 0) not in range [-1, 0, 1]",
        ),
        (
            "num_round=1 monotone_constraints=(2,)",
            "Hyperparameter monotone_constraints: value (2,) not in range [-1, 0, 1]",
        ),
        (
            "num_round=1 interaction_constraints=[[1,",
            "Hyperparameter interaction_constraints: could not parse value (caused by ValueError)",
        ),
        (
            "num_round=1 interaction_constraints=[[1,-2],[3]]",
            "Hyperparameter interaction_constraints: value [[1, -2], [3]] not in range [0, +inf)",
        ),
        (
            "num_round=1 updater=grow_quantile_histmaker",
            "Hyperparameter updater: value ['grow_quantile_histmaker'] not in range ['grow_colmaker', 'distcol', 'grow_histmaker', 'grow_skmaker', 'sync', 'refresh', 'prune', 'grow_colmaker', 'distcol', 'grow_histmaker', 'grow_colmaker', 'shotgun', 'coord_descent', 'refresh', 'prune']",
        ),
        (
            "num_round=1 model_format=x",
            "Hyperparameter model_format: x is not in ['xgboost', 'onnx']",
        ),
    ] {
        assert_eq!(read_job(job).unwrap_err(), sentence, "{job}");
    }
    assert_eq!(
        read_job("num_round=1 eval_metric=rmse,x").unwrap_err(),
        format!("Hyperparameter eval_metric: value ['rmse', 'x'] not in range {METRICS}")
    );
    let tuned = METRICS
        .replace("['", "['validation:")
        .replace(" '", " 'validation:");
    assert_eq!(
        read_job("num_round=1 _tuning_objective_metric=rmse").unwrap_err(),
        format!("Hyperparameter _tuning_objective_metric: rmse is not in {tuned}")
    );
}

#[test]
fn what_does_not_go_together_is_refused_in_the_words_of_the_container() {
    const NOT_SUPPORTED: &str = "Parameter 'eval_metric' with customized threshold should be one of these options: 'error', 'ndcg', 'map'.";
    for (job, sentence) in [
        (
            "objective=multi:softprob",
            "Require input for parameter 'num_class' for multi-classification",
        ),
        (
            "eval_metric=auc@0.5",
            &*format!("Metric 'auc@0.5' is not supported. {NOT_SUPPORTED}"),
        ),
        (
            "eval_metric=error@t",
            "Threshold value 't' in 'error@t' expects float input.",
        ),
        (
            "eval_metric=<function",
            "User defined evaluation metric <function is not supported yet.",
        ),
        // Without an objective the container crashes; here it is reg:squarederror.
        (
            "eval_metric=auc",
            "Metric 'auc' can only be applied for classification and ranking problems.",
        ),
        (
            "eval_metric=auc objective=multi:softmax",
            "Require input for parameter 'num_class' for multi-classification",
        ),
        (
            "eval_metric=auc objective=multi:softmax num_class=3",
            "Metric 'auc' can only be applied for classification and ranking problems.",
        ),
        (
            "eval_metric=aft-nloglik objective=reg:gamma",
            "Metric 'aft-nloglik' can only be applied for 'survival:aft' objective.",
        ),
        (
            "monotone_constraints=(1) tree_method=approx",
            "monotone_constraints can be used only when the tree_method parameter is set to either 'exact' or 'hist'.",
        ),
        (
            "interaction_constraints=[[1]] tree_method=gpu_hist",
            "interaction_constraints can be used only when the tree_method parameter is set to either 'exact', 'hist' or 'approx'.",
        ),
        (
            "booster=gblinear updater=prune",
            "Linear updater should be one of these options: 'shotgun', 'coord_descent'.",
        ),
        (
            "process_type=update updater=sync",
            "process_type 'update' can only be used with updater 'refresh' and 'prune'",
        ),
        (
            "updater=shotgun",
            "Tree updater should be selected from these options: 'grow_colmaker', 'distcol', 'grow_histmaker', 'grow_skmaker', 'grow_quantile_histmaker', 'sync', 'refresh', 'prune', 'shortgun', 'coord_descent'.",
        ),
        (
            "updater=grow_colmaker,distcol",
            "Only one tree grow plugin can be selected. Choose one from thefollowing: 'grow_colmaker', 'distcol', 'grow_histmaker', 'grow_skmaker'",
        ),
        // In words of our own from here on.
        (
            "objective=rank:ndcg",
            "objective rank:ndcg: ranking is not supported by this image",
        ),
        (
            "objective=survival:cox",
            "objective survival:cox: survival analysis is not supported by this image",
        ),
        (
            "objective=aft_loss_distribution",
            "Hyperparameter objective: aft_loss_distribution is not in ['binary:logistic', 'binary:logitraw', 'binary:hinge', 'count:poisson', 'multi:softmax', 'multi:softprob', 'reg:linear', 'reg:squarederror', 'reg:logistic', 'reg:gamma', 'reg:pseudohubererror', 'reg:squaredlogerror', 'reg:absoluteerror', 'reg:tweedie']",
        ),
        (
            "booster=gblinear",
            "booster gblinear is not supported, use gbtree",
        ),
        (
            "booster=dart rate_drop=0.1",
            "booster dart is not supported, use gbtree",
        ),
        (
            "booster=dart one_drop=1",
            "booster dart is not supported, use gbtree",
        ),
        (
            "updater=refresh",
            "updater refresh updates an existing model; this image trains new ones",
        ),
        (
            "updater=prune",
            "updater prune updates an existing model; this image trains new ones",
        ),
        (
            "updater=grow_skmaker",
            "updater grow_skmaker: xgboost 3.2 has no such updater",
        ),
        (
            "process_type=update",
            "process_type update updates an existing model; this image trains new ones",
        ),
        (
            "num_class=3",
            "num_class is for multi:softmax and multi:softprob",
        ),
        ("max_bin=1", "Hyperparameter max_bin: 1 is not in [2, +inf)"),
        (
            "objective=binary:logistic base_score=1.5",
            "base_score must be in (0,1) for the logistic loss.",
        ),
        (
            "eval_metric=cox-nloglik",
            "Metric 'cox-nloglik' is for survival analysis, which is not supported by this image",
        ),
    ] {
        assert_eq!(
            read_job(&format!("num_round=1 {job}")).unwrap_err(),
            sentence,
            "{job}"
        );
    }
}

/// The base job of AWS's own tests of its image.
#[test]
fn what_has_no_effect_is_said_in_one_line() {
    let (_, notes) = read_job(
        "num_round=10 booster=gbtree verbosity=1 updater=grow_colmaker,prune predictor=auto sketch_eps=0.03 dsplit=row refresh_leaf=1 lambda_bias=0 rate_drop=0.0 one_drop=0 skip_drop=0.0 sample_type=uniform normalize_type=tree base_score=0.5 tree_method=auto eval_metric=error objective=binary:logistic early_stopping_rounds=5",
    )
    .unwrap();
    assert_eq!(
        notes,
        [
            "has no effect: verbosity, predictor, sketch_eps, dsplit, refresh_leaf, lambda_bias, rate_drop, one_drop, skip_drop, sample_type, normalize_type",
            "updater=grow_colmaker,prune: trains with hist",
        ]
    );
    let notes = |job: &str| read_job(&format!("num_round=1 {job}")).unwrap().1;
    assert_eq!(notes("eta=0.1 max_depth=3"), [""; 0]);
    assert_eq!(
        notes("sampling_method=gradient_based"),
        ["has no effect: sampling_method"]
    );
    assert_eq!(
        notes("tree_method=gpu_hist"),
        ["tree_method=gpu_hist: trains with hist"]
    );
    assert_eq!(notes("updater=sync"), ["updater=sync: trains with hist"]);
    assert_eq!(
        notes("booster=dart"),
        ["booster=dart without dropped trees: trains with gbtree"]
    );
    assert_eq!(notes("max_bin=512"), ["max_bin=512: trains with 256 bins"]);
    assert_eq!(
        notes("early_stopping_rounds=3"),
        ["early stopping looks at the default metric of the objective"]
    );
    // `auto` and no method at all are hist, too.
    assert_eq!(notes("monotone_constraints=(1)"), [""; 0]);
}
