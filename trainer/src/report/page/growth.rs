//! Accuracy against tree size.

use maud::{Markup, html};

use super::{
    chart::{Axis, Frame, path, percent_ticks},
    format::{count, percent},
};
use crate::{evaluate::GrowthPoint, report::Report};

/// Points that are drawn, at equal distances on the page.
const POINTS: usize = 300;

pub(super) fn section(report: &Report<'_>) -> Markup {
    let points = &report.growth;
    let best = best(points);
    html! {
        section {
            h2 { "Accuracy against tree size" }
            p {
                "What this tree would reach with fewer leaves, its best splits first, as " code { "max_leaf_nodes" } " grows it. "
                @match best {
                    Some((point, accuracy)) => {
                        "On validation rows " (count(point.n_leaves)) " leaves do best: " (percent(accuracy)) "."
                    },
                    None => "On training rows more leaves always look better; a validation channel tells where it ends.",
                }
            }
            (svg(points, best))
        }
    }
}

/// The smallest tree of the highest validation accuracy.
fn best(points: &[GrowthPoint]) -> Option<(GrowthPoint, f64)> {
    let scored = points
        .iter()
        .filter_map(|point| Some((*point, point.validation?)));
    scored.fold(None, |best, (point, accuracy)| match best {
        Some((_, highest)) if accuracy <= highest => best,
        _ => Some((point, accuracy)),
    })
}

fn svg(points: &[GrowthPoint], best: Option<(GrowthPoint, f64)>) -> Markup {
    let drawn = thinned(points);
    let accuracies = drawn
        .iter()
        .flat_map(|point| [Some(point.train), point.validation])
        .flatten();
    let (low, high) = accuracies.fold((1.0_f64, 0.0_f64), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let margin = ((high - low) * 0.08).max(0.005);
    let (low, high) = ((low - margin).max(0.0), (high + margin).min(1.0));
    let most = points.last().map_or(1, |point| point.n_leaves);
    let frame = Frame {
        x: Axis {
            low: 0.0,
            high: (most as f64).ln().max(f64::MIN_POSITIVE),
            ticks: leaf_ticks(most),
            name: "leaves (logarithmic)",
        },
        y: Axis {
            low,
            high,
            ticks: percent_ticks(low, high),
            name: "accuracy",
        },
    };
    let x = |point: &GrowthPoint| frame.x((point.n_leaves as f64).ln());
    let train = drawn.iter().map(|point| (x(point), frame.y(point.train)));
    let validation = drawn
        .iter()
        .filter_map(|point| Some((x(point), frame.y(point.validation?))));
    let has_validation = best.is_some();
    let content = html! {
        path class="line second" d=(path(train)) {}
        path class="line first" d=(path(validation)) {}
        @if let Some((point, accuracy)) = best {
            circle class="dot first" cx=(format!("{:.1}", x(&point))) cy=(format!("{:.1}", frame.y(accuracy))) r="5" {
                title { (count(point.n_leaves)) " leaves: " (percent(accuracy)) }
            }
        }
        text class="second" x="450" y="238" text-anchor="end" { "training" }
        @if has_validation { text class="first" x="450" y="256" text-anchor="end" { "validation" } }
    };
    frame.svg("Accuracy against the number of leaves", &content)
}

/// At most `POINTS` of the points, the last one among them.
fn thinned(points: &[GrowthPoint]) -> Vec<GrowthPoint> {
    let most = points.last().map_or(1, |point| point.n_leaves) as f64;
    let mut drawn: Vec<GrowthPoint> = Vec::new();
    let mut step = usize::MAX;
    for point in points {
        let at = ((point.n_leaves as f64).ln() / most.ln().max(f64::MIN_POSITIVE) * POINTS as f64)
            as usize;
        if at != step {
            drawn.push(*point);
            step = at;
        }
    }
    if drawn.last() != points.last() {
        drawn.extend(points.last());
    }
    drawn
}

/// Powers of ten, and halves or fifths of them while there is room.
fn leaf_ticks(most: usize) -> Vec<(f64, String)> {
    let factors: &[usize] = if most > 2000 { &[1] } else { &[1, 2, 5] };
    let powers = (0..12).map(|exponent| 10_usize.pow(exponent));
    let marks = powers.flat_map(|power| factors.iter().map(move |factor| factor * power));
    marks
        .take_while(|mark| *mark <= most)
        .map(|mark| ((mark as f64).ln(), count(mark)))
        .collect()
}
