//! The frame of a chart: axes, grid, and the places of values.

use maud::{Markup, html};

use algorithm::report::format::count;

use super::format::number;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 48.0;
const RIGHT: f64 = 22.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 44.0;

/// An axis: the values at its ends, and the marks between.
#[derive(Debug)]
pub(super) struct Axis {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) ticks: Vec<(f64, String)>,
    pub(super) name: &'static str,
}

#[derive(Debug)]
pub(super) struct Frame {
    pub(super) x: Axis,
    pub(super) y: Axis,
}

impl Frame {
    /// The place of a value of the horizontal axis.
    pub(super) fn x(&self, value: f64) -> f64 {
        LEFT + part(&self.x, value) * (WIDTH - LEFT - RIGHT)
    }

    /// The place of a value of the vertical axis.
    pub(super) fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - part(&self.y, value) * (HEIGHT - TOP - BOTTOM)
    }

    /// The axes with `content` above them.
    pub(super) fn svg(&self, label: &str, content: &Markup) -> Markup {
        let (left, right) = (LEFT, WIDTH - RIGHT);
        let (top, bottom) = (TOP, HEIGHT - BOTTOM);
        html! {
            svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) width="100%" role="img" aria-label=(label) {
                @for (value, text) in &self.y.ticks {
                    @let y = format!("{:.1}", self.y(*value));
                    line class="grid" x1=(left) x2=(right) y1=(y) y2=(y) {}
                    text class="muted" x=(left - 8.0) y=(y) dy="4" text-anchor="end" { (text) }
                }
                @for (value, text) in &self.x.ticks {
                    @let x = format!("{:.1}", self.x(*value));
                    line class="grid" x1=(x) x2=(x) y1=(top) y2=(bottom) {}
                    text class="muted" x=(x) y=(bottom + 17.0) text-anchor="middle" { (text) }
                }
                path class="axis" d=(format!("M{left} {top}V{bottom}H{right}")) {}
                text class="muted" x=((left + right) / 2.0) y=(HEIGHT - 6.0) text-anchor="middle" { (self.x.name) }
                text class="muted" x=(left + 6.0) y=(top + 8.0) { (self.y.name) }
                (content)
            }
        }
    }
}

fn part(axis: &Axis, value: f64) -> f64 {
    let span = axis.high - axis.low;
    if span > 0.0 {
        ((value - axis.low) / span).clamp(0.0, 1.0)
    } else {
        0.5
    }
}

/// A line through points.
pub(super) fn path(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    for (x, y) in points {
        let step = if path.is_empty() { 'M' } else { 'L' };
        path.push_str(&format!("{step}{x:.1} {y:.1}"));
    }
    path
}

/// Marks of whole tenths, or finer ones if the range is small, from `low` to `high`, which are parts of 1.
pub(super) fn percent_ticks(low: f64, high: f64) -> Vec<(f64, String)> {
    let steps = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2];
    let wanted = (high - low) / 5.0;
    let step = steps
        .into_iter()
        .find(|step| *step >= wanted)
        .unwrap_or(0.25);
    let first = (low / step).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    let decimals = usize::from(step < 0.01);
    (first..=last)
        .map(|mark| {
            let value = mark as f64 * step;
            (value, format!("{:.decimals$}%", value * 100.0))
        })
        .collect()
}

/// About five round numbers from `low` to `high`.
pub(super) fn number_ticks(low: f64, high: f64) -> Vec<(f64, String)> {
    let wanted = (high - low) / 5.0;
    if !(wanted > 0.0 && wanted.is_finite()) {
        return vec![(low, number(low))];
    }
    let power = 10_f64.powf(wanted.log10().floor());
    let factors = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    let step = factors.into_iter().find(|step| *step >= wanted);
    let step = step.unwrap_or(10.0 * power);
    let (first, last) = ((low / step).ceil(), (high / step).floor());
    let n_marks = (last - first).clamp(0.0, 20.0) as usize;
    let decimals = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
    let is_plain = (1e-6..1e6).contains(&low.abs().max(high.abs()));
    (0..=n_marks)
        .map(|mark| {
            let value = (first + mark as f64) * step;
            let text = if is_plain {
                // A zero that is not quite one would be written as -0.
                format!("{:.decimals$}", value + 0.0)
            } else {
                format!("{value:.1e}")
            };
            (value, text)
        })
        .collect()
}

/// Powers of ten, and halves or fifths of them if there is room, from 1 to `most`; each at its logarithm.
pub(super) fn count_ticks(most: f64) -> Vec<(f64, String)> {
    let factors: &[u64] = if most > 2000.0 { &[1] } else { &[1, 2, 5] };
    let powers = (0..19).map(|exponent| 10_u64.pow(exponent));
    let marks = powers.flat_map(|power| factors.iter().map(move |factor| factor * power));
    marks
        .take_while(|mark| *mark as f64 <= most)
        .map(|mark| ((mark as f64).ln(), count(mark)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_numbers_within_the_range() {
        let marks = |low, high| {
            let ticks = number_ticks(low, high);
            ticks.into_iter().map(|tick| tick.1).collect::<Vec<_>>()
        };
        assert_eq!(marks(-1.0, 1.0), ["-1.0", "-0.5", "0.0", "0.5", "1.0"]);
        assert_eq!(marks(0.0, 1_234.0), ["0", "500", "1000"]);
        assert_eq!(marks(2e9, 3e9).first().unwrap(), "2.0e9");
        assert_eq!(marks(5.0, 5.0), ["5.0000"]);
    }
}
