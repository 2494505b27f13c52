//! `metrics.json`: the run in figures, for programs.

use serde_json::{Map, Value, json};

use super::Report;
use crate::evaluate::Evaluation;

/// The whole of the file.
pub(super) fn metrics(report: &Report<'_>) -> Value {
    let mut summary = Map::new();
    let mut set = |key: &str, value: Value| summary.insert(key.to_owned(), value);
    let figures = &report.fitted.figures;
    if !figures.figures.is_empty() {
        let figures_of = figures.figures.iter();
        set(
            figures.name,
            object(figures_of.map(|figure| (figure.name, json!(figure.value)))),
        );
    }
    set("train", evaluation(&report.train));
    set(
        "validation",
        report.validation.as_ref().map_or(Value::Null, evaluation),
    );
    set("data", data(report));
    set("warnings", json!(report.fitted.warnings));
    if let Some(importances) = importances(report) {
        set("feature_importances", importances);
    }
    if let Some(contributions) = &report.contributions {
        set("n_rows_explained", json!(contributions.n_rows));
    }
    let settings = report.job.settings.resolved();
    set(
        "hyperparameters",
        object(
            settings
                .into_iter()
                .map(|(name, value)| (name, json!(value))),
        ),
    );
    let seconds = report.phases.seconds().iter();
    set(
        "seconds",
        object(seconds.map(|(phase, seconds)| (*phase, json!(seconds)))),
    );
    Value::Object(summary)
}

/// An object a feature: `importance`, which is the first measure, each measure, and `mean_absolute_contribution`.
fn importances(report: &Report<'_>) -> Option<Value> {
    let measures = &report.fitted.importances;
    let contributions = report.contributions.as_ref();
    if measures.is_empty() && contributions.is_none() {
        return None;
    }
    let features = &report.input.training.table.features;
    let of_feature = |feature: usize| {
        let measured = measures
            .iter()
            .map(|measure| (measure.name, json!(measure.values[feature])));
        let first = measures
            .first()
            .map(|measure| ("importance", json!(measure.values[feature])));
        let contribution = contributions.map(|contributions| {
            let mean = contributions.mean_absolute[feature];
            ("mean_absolute_contribution", json!(mean))
        });
        let name = ("feature", json!(features.name(feature)));
        let all = std::iter::once(name).chain(first);
        object(all.chain(measured).chain(contribution))
    };
    Some((0..features.len()).map(of_feature).collect())
}

fn evaluation(evaluation: &Evaluation) -> Value {
    let metrics = evaluation.metrics.iter();
    let metrics = metrics.map(|(name, value)| (*name, json!(value)));
    object(metrics.chain([("n_rows", json!(evaluation.n_rows))]))
}

fn data(report: &Report<'_>) -> Value {
    let training = &report.input.training;
    let n_classes = report
        .labels()
        .map(|labels| ("n_classes", json!(labels.len())));
    let known = [
        ("n_files", json!(training.n_files)),
        ("n_bytes", json!(training.n_bytes)),
        ("n_rows", json!(training.table.n_rows())),
        ("n_features", json!(training.table.features.len())),
        ("n_missing", json!(training.n_missing)),
        ("warnings", json!(report.input.warnings)),
    ];
    object(known.into_iter().chain(n_classes))
}

fn object<'a>(pairs: impl Iterator<Item = (&'a str, Value)>) -> Value {
    let pairs = pairs.map(|(key, value)| (key.to_owned(), value));
    Value::Object(pairs.collect())
}
