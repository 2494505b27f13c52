//! The hyperparameters of forests: scikit-learn's names, meanings and defaults, but for `tree_method` and `max_bin`.

use algorithm::{Kind, Parameter};

use crate::{
    parameters::{
        MAX_DEPTH, MAX_LEAF_NODES, MIN_IMPURITY_DECREASE, MIN_SAMPLES_LEAF, MIN_SAMPLES_SPLIT,
        MIN_WEIGHT_FRACTION_LEAF, RANDOM_STATE,
    },
    task::{CRITERION, TASK},
};

const N_ESTIMATORS: Parameter = Parameter::new(
    "n_estimators",
    "100",
    Kind::Whole {
        from: 1,
        to: 100_000,
    },
    "trees",
);

const MAX_FEATURES: Parameter = Parameter {
    words: &["auto", "sqrt", "log2", "None"],
    ..Parameter::new(
        "max_features",
        "auto",
        Kind::Amount {
            from: 1,
            may_be_all: true,
        },
        "features that are looked at for a split: a count, a fraction, `sqrt`, `log2`; `auto`: `sqrt` for classes, all for numbers",
    )
};

const CLASS_WEIGHT: Parameter = Parameter {
    words: &["balanced", "balanced_subsample", "None"],
    ..Parameter::new(
        "class_weight",
        "None",
        Kind::Weights,
        "`balanced`, `balanced_subsample`, or a JSON map from label to weight",
    )
};

const fn bootstrap(default: &'static str) -> Parameter {
    Parameter::new(
        "bootstrap",
        default,
        Kind::Switch,
        "whether each tree draws its rows, with replacement",
    )
}

const OOB_SCORE: Parameter = Parameter::new(
    "oob_score",
    "false",
    Kind::Switch,
    "whether to score each row by the trees that have not seen it; needs `bootstrap`",
);

const MAX_SAMPLES: Parameter = Parameter {
    words: &["None"],
    ..Parameter::new(
        "max_samples",
        "None",
        Kind::Amount {
            from: 1,
            may_be_all: true,
        },
        "rows that a tree draws: a count, or a fraction of all rows; needs `bootstrap`",
    )
};

const TREE_METHOD: Parameter = Parameter::new(
    "tree_method",
    "hist",
    Kind::Choice(&[("hist", "hist"), ("exact", "exact")]),
    "`hist` looks for splits between at most `max_bin` bins, `exact` between all values",
);

const MAX_BIN: Parameter = Parameter::new(
    "max_bin",
    "255",
    Kind::Whole { from: 2, to: 255 },
    "most bins of a feature, for `tree_method=hist`",
);

/// Of a random forest.
pub(super) static RANDOM_FOREST: &[Parameter] = &[
    N_ESTIMATORS,
    TASK,
    CRITERION,
    MAX_DEPTH,
    MIN_SAMPLES_SPLIT,
    MIN_SAMPLES_LEAF,
    MIN_WEIGHT_FRACTION_LEAF,
    MAX_FEATURES,
    MAX_LEAF_NODES,
    MIN_IMPURITY_DECREASE,
    bootstrap("true"),
    MAX_SAMPLES,
    OOB_SCORE,
    CLASS_WEIGHT,
    RANDOM_STATE,
    TREE_METHOD,
    MAX_BIN,
];

/// Of extremely randomised trees.
pub(super) static EXTRA_TREES: &[Parameter] = &[
    N_ESTIMATORS,
    TASK,
    CRITERION,
    MAX_DEPTH,
    MIN_SAMPLES_SPLIT,
    MIN_SAMPLES_LEAF,
    MIN_WEIGHT_FRACTION_LEAF,
    MAX_FEATURES,
    MAX_LEAF_NODES,
    MIN_IMPURITY_DECREASE,
    bootstrap("false"),
    MAX_SAMPLES,
    OOB_SCORE,
    CLASS_WEIGHT,
    RANDOM_STATE,
];
