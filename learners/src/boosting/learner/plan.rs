//! What the settings mean.

use algorithm::{Data, FitError, Settings};
use tracing::{info, warn};

use crate::{
    bins::MAX_BINS,
    boosting::{
        metric::Metric,
        objective::{self, Objective},
        parameters::{
            eval_metrics, interaction_constraints, max_delta_step, monotone_constraints,
            tuning_metric,
        },
        rounds,
    },
    histogram::{self, GrowPolicy},
    parameters::limit,
};

/// What is learnt, and how.
pub(super) struct Plan {
    pub(super) objective: Objective,
    /// The last one decides about early stopping.
    pub(super) metrics: Vec<Metric>,
    pub(super) params: rounds::Params,
    pub(super) max_bin: usize,
}

impl Plan {
    pub(super) fn new(settings: &Settings, data: Data<'_>) -> Result<Self, FitError> {
        let objective = objective(settings)?;
        let metrics = metrics(settings, &objective)?;
        let tree = tree(settings, data.train.features.len())?;
        let is_validated = data.validation.is_some() || settings.whole_or_none("_kfold").is_some();
        let early_stopping_rounds = limit(settings, "early_stopping_rounds");
        if early_stopping_rounds.is_some() && !is_validated {
            warn!("early_stopping_rounds has no effect without a channel validation");
        }
        let last = metrics.last().map_or("", Metric::name);
        if early_stopping_rounds.is_some() && is_validated {
            info!("early stopping looks at validation-{last}");
        }
        let params = rounds::Params {
            num_round: count(settings, "num_round"),
            num_parallel_tree: count(settings, "num_parallel_tree"),
            subsample: settings.number("subsample"),
            base_score: settings.number_or_none("base_score").map(|b| b as f32),
            early_stopping_rounds: early_stopping_rounds.filter(|_| is_validated),
            tree,
        };
        Ok(Self {
            objective,
            metrics,
            params,
            max_bin: count(settings, "max_bin").clamp(2, MAX_BINS),
        })
    }
}

fn objective(settings: &Settings) -> Result<Objective, FitError> {
    let name = settings.choice("objective");
    let of_objective = objective::Settings {
        num_class: limit(settings, "num_class").unwrap_or(0),
        scale_pos_weight: settings.number("scale_pos_weight"),
        max_delta_step: settings.number_or_none("max_delta_step"),
        tweedie_variance_power: settings.number("tweedie_variance_power"),
    };
    Objective::new(name, &of_objective)
        .ok_or_else(|| FitError::new(format!("objective {name} is not supported by this image")))
}

/// Those of `eval_metric`, then that of a tuning job; that of the objective if there are none.
fn metrics(settings: &Settings, objective: &Objective) -> Result<Vec<Metric>, FitError> {
    let default = objective.default_metric();
    let mut names = eval_metrics(settings);
    names.extend(tuning_metric(settings));
    if names.is_empty() {
        names.push(&default);
    }
    let mut metrics: Vec<Metric> = Vec::new();
    for name in names {
        let metric = Metric::new(name)
            .ok_or_else(|| FitError::new(format!("Metric '{name}' is not supported.")))?;
        metric.check(objective).map_err(FitError::new)?;
        // Of equal ones the last counts, as it decides about early stopping.
        metrics.retain(|known| known.name() != metric.name());
        metrics.push(metric);
    }
    Ok(metrics)
}

fn tree(settings: &Settings, n_features: usize) -> Result<histogram::Params, FitError> {
    let monotone_constraints = monotone_constraints(settings);
    let found = monotone_constraints.len();
    if found > n_features {
        return Err(FitError::new(format!(
            "monotone_constraints: found {found} directions, expected at most {n_features}, one a feature"
        )));
    }
    let interaction_constraints = interaction_constraints(settings);
    let mut allowed = interaction_constraints.iter().flatten();
    if let Some(found) = allowed.find(|feature| **feature as usize >= n_features) {
        let last = n_features - 1;
        return Err(FitError::new(format!(
            "interaction_constraints: found feature {found}, allowed are 0 to {last}"
        )));
    }
    Ok(histogram::Params {
        max_depth: count(settings, "max_depth"),
        max_leaves: count(settings, "max_leaves"),
        grow_policy: match settings.choice("grow_policy") {
            "lossguide" => GrowPolicy::Lossguide,
            _ => GrowPolicy::Depthwise,
        },
        min_child_weight: settings.number("min_child_weight"),
        lambda: settings.number("lambda"),
        alpha: settings.number("alpha"),
        gamma: settings.number("gamma"),
        max_delta_step: max_delta_step(settings),
        eta: settings.number("eta"),
        colsample_bytree: settings.number("colsample_bytree"),
        colsample_bylevel: settings.number("colsample_bylevel"),
        colsample_bynode: settings.number("colsample_bynode"),
        monotone_constraints,
        interaction_constraints,
        seed: settings.integer("seed") as u64,
    })
}

fn count(settings: &Settings, name: &str) -> usize {
    usize::try_from(settings.whole(name)).unwrap_or(usize::MAX)
}
