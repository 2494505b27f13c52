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
    let (names, format): ([&str; 2], fn(f64) -> String) = match report.input.training.table.target {
        Target::Classes { .. } => (["accuracy", "balanced accuracy"], percent),
        Target::Numbers(_) => (["root mean squared error", "mean absolute error"], number),
        Target::None => {
            let own = report.fitted.metrics.iter();
            let tile = |(name, value): &(&str, f64)| {
                (number(*value), format!("{name} on training rows"), true)
            };
            return own.map(tile).collect();
        }
    };
    let mut tiles = Vec::new();
    if let Some(validation) = &report.validation {
        for ((_, value), (name, rows)) in validation
            .metrics
            .iter()
            .zip(names.into_iter().zip(["on validation rows", "on them"]))
        {
            tiles.push((format(*value), format!("{name} {rows}"), true));
        }
    }
    for (_, value) in report.train.metrics.iter().take(1) {
        let is_lead = report.validation.is_none();
        tiles.push((
            format(*value),
            format!("{} on training rows", names[0]),
            is_lead,
        ));
    }
    tiles
}
