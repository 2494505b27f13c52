//! Whether probabilities mean what they say.

use maud::{Markup, html};

use super::{
    chart::{Axis, Frame, path, percent_ticks},
    format::{count, percent},
};
use crate::evaluate::CalibrationBin;

/// `rows` is what the measured rows are called: `validation` or `training`.
pub(super) fn section(bins: &[CalibrationBin], rows: &str) -> Markup {
    let axis = |name| Axis {
        low: 0.0,
        high: 1.0,
        ticks: percent_ticks(0.0, 1.0),
        name,
    };
    let frame = Frame {
        x: axis("probability of the predicted class"),
        y: axis("how often it is right"),
    };
    let most = bins.iter().map(|bin| bin.count).max().unwrap_or(1) as f64;
    let points: Vec<(f64, f64)> = bins
        .iter()
        .map(|bin| (frame.x(bin.mean_probability), frame.y(bin.accuracy)))
        .collect();
    let content = html! {
        path class="ideal" d=(path([0.0, 1.0].into_iter().map(|v| (frame.x(v), frame.y(v))))) {}
        path class="line first" d=(path(points.iter().copied())) {}
        @for (bin, (x, y)) in bins.iter().zip(&points) {
            circle class="dot first" cx=(format!("{x:.1}")) cy=(format!("{y:.1}")) r=(format!("{:.1}", 3.5 + 6.5 * (bin.count as f64 / most).sqrt())) {
                title {
                    (count(bin.count)) " rows with a mean probability of " (percent(bin.mean_probability))
                    ", right " (percent(bin.accuracy))
                }
            }
        }
    };
    html! {
        section {
            h2 { "Calibration" }
            p {
                "On " (rows) " rows: dots on the diagonal mean that a probability is how often the prediction holds. Larger dots stand for more rows."
                @if rows == "training" { " Rows that the model was trained on look better than others will." }
            }
            (frame.svg("Calibration of the probabilities", &content))
        }
    }
}
