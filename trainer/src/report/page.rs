//! `report.html`: one self-contained page.

mod calibration;
mod chart;
mod confusion;
mod contributions;
mod data;
mod format;
mod importances;
mod lines;
mod metrics;
mod residuals;
mod settings;
mod tiles;

use algorithm::report::Body;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::Report;
use algorithm::report::format::counted;

const STYLE: &str = include_str!("page/style.css");

/// The page.
pub(super) fn page(report: &Report<'_>) -> Markup {
    let title = report.job.name.as_deref().unwrap_or("Training report");
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    header {
                        h1 { (title) }
                        p { (subtitle(report)) }
                    }
                    (tiles::tiles(report))
                    (warnings(report))
                    (own_markup(report))
                    (confusion::section(report))
                    (residuals::sections(report))
                    div class="pair" {
                        (importances::section(report))
                        (contributions::section(report))
                        (data::section(report))
                    }
                    (charts(report))
                    div class="pair" {
                        (metrics::section(report))
                        (settings::section(report))
                    }
                    (footer(report))
                }
            }
        }
    }
}

fn subtitle(report: &Report<'_>) -> String {
    let table = &report.input.training.table;
    let rows = counted(table.n_rows(), "row");
    let features = counted(table.features.len(), "feature");
    format!("{}, trained on {rows} of {features}", report.fitted.title)
}

/// About the data, and about the model.
fn warnings(report: &Report<'_>) -> Markup {
    let mut warnings = report
        .input
        .warnings
        .iter()
        .chain(&report.fitted.warnings)
        .peekable();
    html! {
        @if warnings.peek().is_some() {
            ul class="warnings" {
                @for warning in warnings { li { "⚠ " (warning) } }
            }
        }
    }
}

/// The learner's sections that take the page's width.
fn own_markup(report: &Report<'_>) -> Markup {
    html! {
        @for section in &report.fitted.sections {
            @if let Body::Html(markup) = &section.body {
                section {
                    h2 { (section.title) }
                    p { (section.text) }
                    (PreEscaped(markup))
                }
            }
        }
    }
}

/// The charts, side by side.
fn charts(report: &Report<'_>) -> Markup {
    let (evaluation, rows) = report.held_out();
    html! {
        div class="pair" {
            @if let Some(bins) = &evaluation.calibration {
                (calibration::section(bins, rows))
            }
            @for section in &report.fitted.sections {
                @if let Body::Lines(lines) = &section.body {
                    section {
                        h2 { (section.title) }
                        p { (section.text) }
                        (lines::svg(lines))
                    }
                }
            }
        }
    }
}

fn footer(report: &Report<'_>) -> Markup {
    html! {
        footer {
            "The figures are in " code { "metrics.json" }
            @if !report.fitted.files.is_empty() {
                ", what else the algorithm shows in "
                @for (index, (name, _)) in report.fitted.files.iter().enumerate() {
                    @if index > 0 { ", " }
                    code { (name) }
                }
            }
            "."
        }
    }
}
