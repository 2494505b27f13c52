//! The learner of gradient boosting: a job's settings and tables into rounds, and what they give into a model file.
//!
//! | module | holds |
//! | --- | --- |
//! | `plan` | what the settings mean: objective, metrics, settings of the rounds |
//! | `model` | boosted trees as a file of XGBoost, and back |
//! | `evaluations` | metrics by round: as lines on stdout, and in a checkpoint |
//! | `job` | the rounds of a job: lines, checkpoints, stops |
//! | `folds` | cross-validation |
//! | `report` | figures, importances, the learning curve |

mod evaluations;
mod folds;
mod job;
mod model;
mod plan;
mod report;

use algorithm::{
    Absent, ChosenChannels, Data, FitError, Fitted, FoundChannel, Learner, Parameter, Settings,
    SettingsError, Target, Task, Watch,
};
use rayon::ThreadPoolBuilder;

use super::{Labelled, channels, parameters::TABLE, validate};
use job::Job;
use plan::Plan;

/// Gradient boosting as XGBoost 3.2 does it, with the hyperparameters, channels, lines and files of AWS's XGBoost
/// container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GradientBoosting;

impl Learner for GradientBoosting {
    fn name(&self) -> &'static str {
        "gradient_boosting"
    }

    fn parameters(&self) -> &'static [Parameter] {
        TABLE
    }

    fn settings(
        &self,
        tables: &[&'static [Parameter]],
        given: &[(String, String)],
    ) -> Result<Settings, SettingsError> {
        validate::settings(tables, given)
    }

    fn failure_prefix(&self) -> Option<&'static str> {
        Some("UserError")
    }

    fn channels(
        &self,
        settings: &Settings,
        found: &[FoundChannel],
    ) -> Option<Result<ChosenChannels, FitError>> {
        Some(channels::channels(settings, found))
    }

    fn task(&self, _: &Settings) -> Task {
        Task::Numbers
    }

    fn absent(&self, _: &Settings) -> Absent {
        Absent::Missing
    }

    fn checkpoint_name(&self) -> Option<&'static str> {
        Some("xgboost-checkpoint")
    }

    fn is_saved_when_stopped(&self, settings: &Settings) -> bool {
        settings.choice("save_model_on_termination") == "true"
    }

    fn fit(
        &self,
        data: Data<'_>,
        settings: &Settings,
        watch: &dyn Watch,
    ) -> Result<Fitted, FitError> {
        channels::print_sizes(data, watch);
        let fit = || {
            let plan = Plan::new(settings, data)?;
            let job = Job {
                settings,
                plan: &plan,
                watch,
            };
            match settings.whole_or_none("_kfold") {
                None => job.fit(data),
                Some(n_folds) => folds::fit(&job, data, n_folds),
            }
        };
        let available = rayon::current_num_threads();
        match settings.whole_or_none("nthread") {
            Some(n) if n < available as u64 => {
                let pool = ThreadPoolBuilder::new().num_threads(n as usize).build();
                let pool = pool.map_err(|error| FitError::new(format!("nthread={n}: {error}")))?;
                pool.install(fit)
            }
            _ => fit(),
        }
    }
}

/// The labels and weights of a table.
fn labelled(table: &algorithm::Table) -> Labelled<'_> {
    let Target::Numbers(labels) = &table.target else {
        unreachable!("`task` asks for numbers");
    };
    Labelled {
        labels: contiguous(labels),
        weights: table.weights.as_ref().map(contiguous),
    }
}

fn contiguous(array: &ndarray::Array1<f32>) -> &[f32] {
    match array.as_slice() {
        Some(slice) => slice,
        None => unreachable!("an array that owns its elements in one dimension is a slice"),
    }
}

#[cfg(test)]
mod tests;
