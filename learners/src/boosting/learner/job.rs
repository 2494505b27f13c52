//! The rounds of a job.

use std::{ops::ControlFlow, sync::atomic::Ordering, time::Instant};

use algorithm::{Data, FitError, Fitted, ModelFormat, Settings, Table, Watch};
use tracing::info;
use trees::{BoostedModel, ONNX, XGBOOST};

use super::{Plan, evaluations, labelled, model, report};
use crate::{
    bins::Bins,
    boosting::rounds::{Boosted, Rows},
    canonical, explained,
};

/// The name of the model file, as AWS's container has it.
pub(super) const FILE_NAME: &str = "xgboost-model";

/// A job that boosts.
pub(super) struct Job<'a> {
    pub(super) settings: &'a Settings,
    pub(super) plan: &'a Plan,
    pub(super) watch: &'a dyn Watch,
}

impl Job<'_> {
    /// One model.
    pub(super) fn fit(&self, data: Data<'_>) -> Result<Fitted, FitError> {
        let Self {
            settings,
            plan,
            watch,
        } = *self;
        let new = model::new(settings, data.train);
        let n_metrics = plan.metrics.len();
        let n_metrics = [n_metrics, data.validation.map_or(0, |_| n_metrics)];
        let resumed = match watch.last_checkpoint() {
            Some(checkpoint) => Some(model::resumed(&new, n_metrics, &checkpoint)?),
            None => None,
        };
        let boosted = self.boost(data, &new, resumed, None)?;
        let model = model::with_trees(&new, &boosted);
        let n_features = data.train.features.len();
        let is_onnx = settings.choice("model_format") == "onnx";
        Ok(Fitted {
            file_name: (!is_onnx).then(|| FILE_NAME.to_owned()),
            metrics: report::metrics(&boosted, &plan.metrics, |evaluation| &evaluation.train),
            validation_metrics: report::metrics(&boosted, &plan.metrics, |evaluation| {
                &evaluation.validation
            }),
            warnings: report::warnings(&boosted),
            figures: report::figures(&boosted, &plan.params, &plan.objective),
            importances: report::importances(&boosted, n_features),
            explained_rows: explained::rows(
                || canonical::order(data.train),
                report::steps(&boosted, n_features),
            ),
            sections: report::curves(&boosted, &plan.metrics),
            ..self.file(&model)?
        })
    }

    /// The model file alone.
    pub(super) fn file(&self, model: &BoostedModel) -> Result<Fitted, FitError> {
        let file = match self.settings.choice("model_format") {
            "onnx" => model.to_onnx(),
            _ => model.to_xgboost(),
        };
        let file = file.map_err(FitError::new)?;
        let title = format!("Boosted trees for {}", model.objective.name());
        Ok(Fitted::new(self.format(), file, title))
    }

    pub(super) fn format(&self) -> ModelFormat {
        match self.settings.choice("model_format") {
            "onnx" => ONNX,
            _ => XGBOOST,
        }
    }

    /// Boosts, with a line and a checkpoint after each round; without checkpoints if it is only a fold, `fold 1 of 5`.
    pub(super) fn boost(
        &self,
        data: Data<'_>,
        new: &BoostedModel,
        resumed: Option<Boosted>,
        fold: Option<&str>,
    ) -> Result<Boosted, FitError> {
        let Self { plan, watch, .. } = *self;
        let started = Instant::now();
        let bins = Bins::new(data.train.records.view(), plan.max_bin);
        let of_validation = data
            .validation
            .map(|table| (bins.like(table.records.view()), labelled(table)));
        info!("binned in {:.2} s", started.elapsed().as_secs_f64());
        let validation = of_validation.as_ref().map(|(bins, labelled)| Rows {
            bins,
            labelled: *labelled,
        });
        let done = watch.begin("boosting", "rounds", plan.params.num_round as u64);
        let mut failed = None;
        let mut observe = |boosted: &Boosted| {
            let Some(last) = boosted.evaluations.last() else {
                unreachable!("a round is evaluated before it is observed");
            };
            let round = last.round;
            let (train, validation) = (&last.train, &last.validation);
            watch.print(&evaluations::line(round, &plan.metrics, train, validation));
            let status = evaluations::status(&plan.metrics, train, validation);
            watch.status(match fold {
                Some(fold) => format!("{fold}, {status}"),
                None => status,
            });
            done.store(round + 1, Ordering::Relaxed);
            if fold.is_none() {
                watch.checkpoint(round as u64, &mut || {
                    let file = model::checkpoint(new, boosted);
                    file.unwrap_or_else(|error| {
                        failed = Some(error);
                        Vec::new()
                    })
                });
            }
            match watch.is_stopped() || failed.is_some() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        };
        let boosted = plan.params.boost(
            rows(&bins, data.train),
            validation,
            &plan.objective,
            &plan.metrics,
            resumed,
            &mut observe,
        )?;
        match failed {
            Some(error) => Err(error),
            None => Ok(boosted),
        }
    }
}

fn rows<'a>(bins: &'a Bins, table: &'a Table) -> Rows<'a> {
    Rows {
        bins,
        labelled: labelled(table),
    }
}
