//! The settings of a tree, by XGBoost's names.

/// Which node is split next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GrowPolicy {
    /// All nodes of a level before those of the next.
    #[default]
    Depthwise,
    /// The node whose split gains most.
    Lossguide,
}

/// Limits, penalties and sampling; the defaults are XGBoost's. The caller has checked the ranges.
#[derive(Clone, Debug, PartialEq)]
pub struct Params {
    /// 0: no limit.
    pub max_depth: usize,
    /// 0: no limit.
    pub max_leaves: usize,
    pub grow_policy: GrowPolicy,
    /// Sum of Hessians that each side of a split needs.
    pub min_child_weight: f64,
    /// Penalty on the squares of leaf values.
    pub lambda: f64,
    /// Penalty on the absolute leaf values.
    pub alpha: f64,
    /// A split's least gain.
    pub gamma: f64,
    /// Bound of a leaf's value before `eta`; 0: none.
    pub max_delta_step: f64,
    /// What leaf values are multiplied by.
    pub eta: f64,
    pub colsample_bytree: f64,
    pub colsample_bylevel: f64,
    pub colsample_bynode: f64,
    /// By feature: 1 if the answer must not fall as the feature rises, -1 if it must not rise, else 0.
    /// Features beyond its end are free.
    pub monotone_constraints: Vec<i8>,
    /// Sets of features that may be on one path together; none: no limit.
    pub interaction_constraints: Vec<Vec<u32>>,
    pub seed: u64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            max_depth: 6,
            max_leaves: 0,
            grow_policy: GrowPolicy::default(),
            min_child_weight: 1.0,
            lambda: 1.0,
            alpha: 0.0,
            gamma: 0.0,
            max_delta_step: 0.0,
            eta: 0.3,
            colsample_bytree: 1.0,
            colsample_bylevel: 1.0,
            colsample_bynode: 1.0,
            monotone_constraints: Vec::new(),
            interaction_constraints: Vec::new(),
            seed: 0,
        }
    }
}

impl Params {
    pub(super) fn is_monotone(&self) -> bool {
        self.monotone_constraints.iter().any(|&sign| sign != 0)
    }

    pub(super) fn monotone_constraint(&self, feature: usize) -> i8 {
        self.monotone_constraints.get(feature).copied().unwrap_or(0)
    }
}
