//! The head of the page: the figures that are looked at first.

use algorithm::Target;
use maud::{Markup, html};

use algorithm::report::format::{count, percent};

use super::format::{number, seconds};
use crate::report::Report;

/// A value, what it is, and whether it stands out.
type Tile = (String, String, bool);

pub(super) fn tiles(report: &Report<'_>) -> Markup {
    let mut tiles = metrics(report);
    for figure in &report.fitted.figures.figures {
        if let Some(label) = figure.label {
            tiles.push((count(figure.value), label.to_owned(), false));
        }
    }
    tiles.push((
        seconds(report.phases.total()),
        "from reading to report".to_owned(),
        false,
    ));
    html! {
        div class="tiles" {
            @for (value, label, is_lead) in &tiles {
                div.tile.lead[*is_lead] { b { (value) } span { (label) } }
            }
        }
    }
}

/// The first metrics of the validation rows, and the first of the training rows; the learner's own if there is
/// nothing to compare its answers with.
fn metrics(report: &Report<'_>) -> Vec<Tile> {
    let tile = |(name, value): &(&'static str, f64), rows: &str, is_lead: bool| {
        let (title, format) = shown(name);
        (format(*value), format!("{title} {rows}"), is_lead)
    };
    if report.input.training.table.target == Target::None {
        let own = report.fitted.metrics.iter();
        return own
            .map(|metric| tile(metric, "on training rows", true))
            .collect();
    }
    let validation = report.validation.iter();
    let validation = validation.flat_map(|validation| validation.metrics.iter());
    let mut tiles: Vec<Tile> = validation
        .zip(["on validation rows", "on them"])
        .map(|(metric, rows)| tile(metric, rows, true))
        .collect();
    let is_lead = report.validation.is_none();
    let train = report.train.metrics.iter().take(1);
    tiles.extend(train.map(|metric| tile(metric, "on training rows", is_lead)));
    tiles
}

/// What a metric is called, and how its values are written.
fn shown(name: &'static str) -> (&'static str, fn(f64) -> String) {
    match name {
        "accuracy" => (name, percent),
        "balanced_accuracy" => ("balanced accuracy", percent),
        "rmse" => ("root mean squared error", number),
        "mae" => ("mean absolute error", number),
        _ => (name, number),
    }
}
