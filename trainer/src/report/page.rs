//! `report.html`: one page that needs nothing beside itself.

mod calibration;
mod chart;
mod confusion;
mod data;
mod format;
mod growth;
mod importances;
mod tree;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::format::{count, counted, percent, seconds};
use super::{Report, Scored};
use crate::hyperparameters::Hyperparameters;

const STYLE: &str = include_str!("page/style.css");

/// The page.
pub(super) fn page(report: &Report<'_>) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (report.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    header {
                        h1 { (report.title) }
                        p { (subtitle(report)) }
                    }
                    (tiles(report))
                    (warnings(&report.warnings))
                    (tree::section(report))
                    (confusion::section(report))
                    div class="pair" {
                        (importances::section(report))
                        (data::section(report))
                    }
                    div class="pair" {
                        (calibration::section(report))
                        (growth::section(report))
                    }
                    div class="pair" {
                        (figures(report))
                        (settings(report))
                    }
                    footer {
                        "The rules of the whole tree are in " code { "tree.txt" }
                        ", these figures in " code { "metrics.json" } "."
                    }
                }
            }
        }
    }
}

fn subtitle(report: &Report<'_>) -> String {
    let rows = counted(report.table.dataset.targets.len(), "row");
    let features = counted(report.table.columns.n_features, "feature");
    let classes = counted(report.class_names.len(), "class");
    format!("A decision tree for {classes}, grown from {rows} of {features}")
}

fn tiles(report: &Report<'_>) -> Markup {
    let tile = |value: String, label: &str, lead: bool| {
        html! { div.tile.lead[lead] { b { (value) } span { (label) } } }
    };
    html! {
        div class="tiles" {
            @if let Some(Scored { metrics, .. }) = &report.validation {
                (tile(percent(metrics.accuracy), "accuracy on validation rows", true))
                (tile(percent(metrics.balanced_accuracy), "balanced accuracy on them", true))
            }
            (tile(percent(report.train.metrics.accuracy), "accuracy on training rows", report.validation.is_none()))
            (tile(count(report.tree.n_leaves()), "leaves", false))
            (tile(count(report.tree.depth()), "levels deep", false))
            (tile(seconds(report.seconds.iter().map(|phase| phase.1).sum()), "from reading to report", false))
        }
    }
}

fn warnings(warnings: &[String]) -> Markup {
    html! {
        @if !warnings.is_empty() {
            ul class="warnings" {
                @for warning in warnings { li { "⚠ " (warning) } }
            }
        }
    }
}

fn figures(report: &Report<'_>) -> Markup {
    let train = report.train.metrics.named();
    let validation = report
        .validation
        .as_ref()
        .map(|scored| scored.metrics.named())
        .unwrap_or_default();
    let of_validation = |name: &str| {
        let found = validation.iter().find(|(of, _)| *of == name);
        found.map_or_else(|| "–".to_owned(), |(_, value)| format!("{value:.5}"))
    };
    html! {
        section {
            h2 { "Figures" }
            p { "As scikit-learn defines them." }
            table {
                tr { th { "metric" } th class="n" { "training" } th class="n" { "validation" } }
                tr {
                    td { "rows" }
                    td class="n" { (count(report.train.metrics.n_rows as usize)) }
                    td class="n" {
                        @match &report.validation {
                            Some(scored) => (count(scored.metrics.n_rows as usize)),
                            None => "–",
                        }
                    }
                }
                @for (name, value) in train {
                    tr {
                        td { (name) }
                        td class="n" { (format!("{value:.5}")) }
                        td class="n" { (of_validation(name)) }
                    }
                }
            }
            h3 { "Time" }
            table {
                @for (phase, taken) in &report.seconds {
                    tr { td { (phase) } td class="n" { (seconds(*taken)) } }
                }
            }
        }
    }
}

fn settings(report: &Report<'_>) -> Markup {
    let defaults = Hyperparameters::default().resolved();
    html! {
        section {
            h2 { "Settings" }
            p { "Hyperparameters; those that differ from their defaults stand out." }
            table {
                @for pair in report.settings.resolved() {
                    tr.changed[!defaults.contains(&pair)] {
                        td { code { (pair.0) } }
                        td class="n" { (pair.1) }
                    }
                }
            }
        }
    }
}
