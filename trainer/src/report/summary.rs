//! `metrics.json`: the run in figures, for programs.

use serde_json::{Map, Value, json};

use super::{Report, Scored};

/// The whole of the file.
pub(super) fn metrics(report: &Report<'_>) -> Value {
    let table = report.table;
    json!({
        "train": figures(&report.train),
        "validation": report.validation.as_ref().map(figures),
        "tree": {
            "n_leaves": report.tree.n_leaves(),
            "n_nodes": report.tree.nodes.len(),
            "depth": report.tree.depth(),
        },
        "data": {
            "n_files": table.n_files,
            "n_bytes": table.n_bytes,
            "n_rows": table.dataset.targets.len(),
            "n_features": table.columns.n_features,
            "n_missing": table.n_missing,
            "n_classes": report.class_names.len(),
            "warnings": report.warnings,
        },
        "feature_importances": report.importances.iter().enumerate()
            .map(|(feature, importance)| json!({
                "feature": table.columns.name(feature),
                "importance": importance,
            }))
            .collect::<Vec<Value>>(),
        "hyperparameters": report.settings.resolved().into_iter()
            .map(|(name, value)| (name.to_owned(), Value::String(value)))
            .collect::<Map<String, Value>>(),
        "seconds": report.seconds.iter()
            .map(|(phase, seconds)| ((*phase).to_owned(), json!(seconds)))
            .collect::<Map<String, Value>>(),
    })
}

fn figures(scored: &Scored) -> Value {
    let named = scored.metrics.named();
    let mut figures: Map<String, Value> = named
        .into_iter()
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    figures.insert("n_rows".to_owned(), json!(scored.metrics.n_rows));
    Value::Object(figures)
}
