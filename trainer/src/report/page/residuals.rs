//! How a regression's predictions lie about the numbers: against each other, their differences, and the error
//! from small to large numbers.

use algorithm::report::format::{count, percent};
use maud::{Markup, html};

use super::{
    chart::{Axis, Frame, number_ticks, path},
    format::number,
};
use crate::{
    evaluate::{Decile, Residuals},
    report::Report,
};

/// The three sections; nothing if the model does not predict numbers.
pub(super) fn sections(report: &Report<'_>) -> Markup {
    let (evaluation, rows) = report.held_out();
    let Some(residuals) = &evaluation.residuals else {
        return html! {};
    };
    html! {
        div class="pair" {
            section {
                h2 { "Predicted against actual" }
                p {
                    "On " (rows) " rows: what lies on the diagonal is predicted exactly; darker stands for more rows."
                    @if rows == "training" { " Rows that the model was trained on look better than others will." }
                }
                (against(residuals))
            }
            section {
                h2 { "Residuals" }
                p { "Actual less predicted, on " (rows) " rows. Bars to the right of 0 are numbers that the model puts too low." }
                (bars(residuals))
            }
        }
        section {
            h2 { "Error by decile of the actual number" }
            p { "The " (rows) " rows in tenths, from the smallest numbers to the largest: the mean error without its sign, and actual less predicted." }
            (deciles(&residuals.deciles))
        }
    }
}

fn against(residuals: &Residuals) -> Markup {
    let (low, high) = residuals.range;
    let axis = |name| Axis {
        low,
        high,
        ticks: number_ticks(low, high),
        name,
    };
    let frame = Frame {
        x: axis("actual"),
        y: axis("predicted"),
    };
    let step = (high - low) / Residuals::CELLS as f64;
    let most = residuals.cells.iter().map(|cell| cell.2).max().unwrap_or(1) as f64;
    let at = |cell: usize| low + step * cell as f64;
    let content = html! {
        @for (column, row, rows) in &residuals.cells {
            @let (x, y) = (frame.x(at(*column)), frame.y(at(row + 1)));
            @let (width, height) = (frame.x(at(column + 1)) - x, frame.y(at(*row)) - y);
            // A single row must still be seen.
            @let opacity = 0.15 + 0.85 * ((*rows as f64).ln_1p() / most.ln_1p());
            rect class="right" x=(format!("{x:.1}")) y=(format!("{y:.1}")) width=(format!("{width:.1}")) height=(format!("{height:.1}")) opacity=(format!("{opacity:.2}")) {}
        }
        path class="ideal" d=(path([low, high].into_iter().map(|v| (frame.x(v), frame.y(v))))) {}
    };
    frame.svg("Predicted against actual numbers", &content)
}

fn bars(residuals: &Residuals) -> Markup {
    let reach = residuals.reach;
    let n_rows = residuals.bars.iter().sum::<u64>() as f64;
    let most = residuals.bars.iter().copied().max().unwrap_or(1) as f64 / n_rows;
    let frame = Frame {
        x: Axis {
            low: -reach,
            high: reach,
            ticks: number_ticks(-reach, reach),
            name: "actual less predicted",
        },
        y: Axis {
            low: 0.0,
            high: most * 1.05,
            ticks: super::chart::percent_ticks(0.0, most * 1.05),
            name: "rows",
        },
    };
    let step = 2.0 * reach / residuals.bars.len() as f64;
    let content = html! {
        @for (bar, rows) in residuals.bars.iter().enumerate().filter(|(_, rows)| **rows > 0) {
            @let from = step * bar as f64 - reach;
            @let (x, y) = (frame.x(from), frame.y(*rows as f64 / n_rows));
            @let (width, height) = ((frame.x(from + step) - x - 1.0).max(1.0), frame.y(0.0) - y);
            rect class="right" x=(format!("{x:.1}")) y=(format!("{y:.1}")) width=(format!("{width:.1}")) height=(format!("{height:.1}")) {
                title { (count(*rows)) " rows (" (percent(*rows as f64 / n_rows)) ") from " (number(from)) " to " (number(from + step)) }
            }
        }
        path class="ideal" d=(path([0.0, most].into_iter().map(|v| (frame.x(0.0), frame.y(v))))) {}
    };
    frame.svg("Residuals", &content)
}

fn deciles(deciles: &[Decile]) -> Markup {
    let errors = deciles.iter().map(|decile| decile.mean_absolute_error);
    let most = errors.fold(f64::MIN_POSITIVE, f64::max);
    html! {
        div class="bars" {
            @for decile in deciles {
                span class="name" title=(format!("{} rows", count(decile.n_rows))) { (number(decile.from)) " to " (number(decile.to)) }
                span class="bar" { i style=(format!("width:{:.2}%", decile.mean_absolute_error / most * 100.0)) {} }
                span class="value" { (number(decile.mean_absolute_error)) " (" (signed(decile.mean_error)) ")" }
            }
        }
    }
}

fn signed(value: f64) -> String {
    let text = number(value);
    if value > 0.0 {
        format!("+{text}")
    } else {
        text
    }
}
