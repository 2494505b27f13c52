//! The hyperparameters of a decision tree, and what both engines read from them alike.

use algorithm::{Amount, Kind, Parameter, Settings};

use crate::task;

/// Names, defaults and meanings are scikit-learn's, except for `task`, which stands for the choice between its
/// classifier and its regressor, and `engine`.
pub(crate) static TABLE: &[Parameter] = &[
    task::TASK,
    task::CRITERION,
    MAX_DEPTH,
    MIN_SAMPLES_SPLIT,
    MIN_SAMPLES_LEAF,
    MIN_WEIGHT_FRACTION_LEAF,
    MAX_LEAF_NODES,
    MAX_FEATURES,
    MIN_IMPURITY_DECREASE,
    CCP_ALPHA,
    CLASS_WEIGHT,
    RANDOM_STATE,
    ENGINE,
];

pub(crate) const MAX_DEPTH: Parameter = Parameter {
    name: "max_depth",
    aliases: &[],
    default: "None",
    kind: Kind::Whole {
        from: 1,
        to: u64::MAX,
    },
    words: &["None"],
    meaning: "most splits between the root and a leaf",
};

pub(crate) const MIN_SAMPLES_SPLIT: Parameter = Parameter {
    name: "min_samples_split",
    aliases: &[],
    default: "2",
    kind: Kind::Amount {
        from: 2,
        may_be_all: true,
    },
    words: &[],
    meaning: "fewest rows of a node that is split: a count, or a fraction of all rows",
};

pub(crate) const MIN_SAMPLES_LEAF: Parameter = Parameter {
    name: "min_samples_leaf",
    aliases: &[],
    default: "1",
    kind: Kind::Amount {
        from: 1,
        may_be_all: false,
    },
    words: &[],
    meaning: "fewest rows of a leaf: a count or a fraction",
};

pub(crate) const MIN_WEIGHT_FRACTION_LEAF: Parameter = Parameter {
    name: "min_weight_fraction_leaf",
    aliases: &[],
    default: "0",
    kind: Kind::Number { from: 0.0, to: 0.5 },
    words: &[],
    meaning: "least part of the rows' weight in a leaf, up to 0.5",
};

pub(crate) const MAX_LEAF_NODES: Parameter = Parameter {
    name: "max_leaf_nodes",
    aliases: &[],
    default: "None",
    kind: Kind::Whole {
        from: 2,
        to: u64::MAX,
    },
    words: &["None"],
    meaning: "most leaves; the tree then grows best-first",
};

const MAX_FEATURES: Parameter = Parameter {
    name: "max_features",
    aliases: &[],
    default: "None",
    kind: Kind::Amount {
        from: 1,
        may_be_all: true,
    },
    words: &["sqrt", "log2", "None"],
    meaning: "features that are looked at for a split: a count, a fraction, `sqrt`, `log2`",
};

pub(crate) const MIN_IMPURITY_DECREASE: Parameter = Parameter {
    name: "min_impurity_decrease",
    aliases: &[],
    default: "0",
    kind: Kind::Number {
        from: 0.0,
        to: f64::MAX,
    },
    words: &[],
    meaning: "least weighted decrease of impurity for a split",
};

const CCP_ALPHA: Parameter = Parameter {
    name: "ccp_alpha",
    aliases: &[],
    default: "0",
    kind: Kind::Number {
        from: 0.0,
        to: f64::MAX,
    },
    words: &[],
    meaning: "strength of minimal cost-complexity pruning",
};

const CLASS_WEIGHT: Parameter = Parameter {
    name: "class_weight",
    aliases: &[],
    default: "None",
    kind: Kind::Weights,
    words: &["balanced", "None"],
    meaning: "`balanced`, or a JSON map from label to weight",
};

pub(crate) const RANDOM_STATE: Parameter = Parameter {
    name: "random_state",
    aliases: &[],
    default: "None",
    kind: Kind::Whole {
        from: 0,
        to: u32::MAX as u64,
    },
    words: &["None"],
    meaning: "seed of the choice that `max_features` makes",
};

const ENGINE: Parameter = Parameter {
    name: "engine",
    aliases: &[],
    default: "exact",
    kind: Kind::Choice(&[("exact", "exact"), ("linfa", "linfa")]),
    words: &[],
    meaning: "`exact` is ours, as scikit-learn's best splitter; `linfa` is the crate linfa-trees",
};

/// An upper limit, if the job sets one. A limit beyond `usize` limits nothing that fits into memory.
pub(crate) fn limit(settings: &Settings, name: &str) -> Option<usize> {
    let limit = settings.whole_or_none(name)?;
    Some(usize::try_from(limit).unwrap_or(usize::MAX))
}

/// The number of rows that an amount stands for, of `n_rows` in all: `ceil(fraction * n_rows)`, as in
/// scikit-learn.
pub(crate) fn rows(amount: Amount, n_rows: usize) -> usize {
    match amount {
        Amount::Count(count) => count,
        Amount::Fraction(fraction) => (fraction * n_rows as f64).ceil() as usize,
    }
}

#[cfg(test)]
mod tests;
