//! A learner's lines over two axes.

use algorithm::report::{Axis, Line, Lines, Scale};
use maud::{Markup, html};

use super::chart::{self, Frame, count_ticks, number_ticks, path, percent_ticks};

/// Points of a line that are drawn, at equal distances on the page.
const POINTS: f64 = 300.0;

/// The lowest name in the lower right corner, and the highest one in the upper right corner.
const NAMES: (f64, f64) = (256.0, 34.0);

/// Below this height there is room above a mark, another line at the top of the chart included.
const ROOM: f64 = 60.0;

/// From one name to the next.
const NAME: f64 = 18.0;

/// The middle of the chart.
const MIDDLE: (f64, f64) = (253.0, 144.0);

pub(super) fn svg(lines: &Lines) -> Markup {
    let scale = |axis: &Axis, of: fn(&(f64, f64)) -> f64| {
        let points = lines.lines.iter().flat_map(|line| &line.points);
        scaled(axis, points.map(of).filter(|value| value.is_finite()))
    };
    let frame = Frame {
        x: scale(&lines.x, |point| point.0),
        y: scale(&lines.y, |point| point.1),
    };
    let place = |(x, y): (f64, f64)| {
        let x = frame.x(position(lines.x.scale, x));
        (x, frame.y(position(lines.y.scale, y)))
    };
    let drawn = |line: &Line| path(thinned(line, place).into_iter());
    let content = html! {
        // The first line stands out: it is drawn over the others.
        @for (index, line) in lines.lines.iter().enumerate().rev() {
            path class={ "line " (class(index)) } d=(drawn(line)) {}
        }
        @if let Some((x, y, text)) = &lines.mark {
            @let (x, y) = place((*x, *y));
            circle class="dot first" cx=(format!("{x:.1}")) cy=(format!("{y:.1}")) r="5" {
                title { (text) }
            }
            @let (x, y, anchor) = label((x, y));
            text class="first" x=(format!("{x:.1}")) y=(format!("{y:.1}")) text-anchor=(anchor) { (text) }
        }
        @for (index, line) in lines.lines.iter().enumerate() {
            text class=(class(index)) x="450" y=(first_name(lines, place) - NAME * index as f64) text-anchor="end" { (line.name) }
        }
    };
    frame.svg(lines.label, &content)
}

/// The height of the first name: in that corner of the right side which the ends of most lines leave free.
fn first_name(lines: &Lines, place: impl Fn((f64, f64)) -> (f64, f64)) -> f64 {
    let ends = lines.lines.iter().filter_map(|line| line.points.last());
    let n_low = ends.filter(|end| place(**end).1 > MIDDLE.1).count();
    if 2 * n_low > lines.lines.len() {
        NAMES.1 + NAME * (lines.lines.len() - 1) as f64
    } else {
        NAMES.0
    }
}

/// Where the words of a mark stand: above it if there is room, towards the middle of the chart.
fn label((x, y): (f64, f64)) -> (f64, f64, &'static str) {
    let y = if y > ROOM { y - 12.0 } else { y + 24.0 };
    if x > MIDDLE.0 {
        (x - 2.0, y, "end")
    } else {
        (x + 2.0, y, "start")
    }
}

/// The axis from the least to the greatest of `values`.
fn scaled(axis: &Axis, values: impl Iterator<Item = f64>) -> chart::Axis {
    let bounds = values.fold(None, |bounds: Option<(f64, f64)>, value| match bounds {
        Some((low, high)) => Some((low.min(value), high.max(value))),
        None => Some((value, value)),
    });
    let (low, high) = bounds.unwrap_or((0.0, 1.0));
    let (low, high, ticks) = match axis.scale {
        Scale::Logarithmic => {
            let most = high.max(1.0);
            (0.0, most.ln().max(f64::MIN_POSITIVE), count_ticks(most))
        }
        Scale::Percent => {
            let margin = ((high - low) * 0.08).max(0.005);
            let (low, high) = ((low - margin).max(0.0), (high + margin).min(1.0));
            (low, high, percent_ticks(low, high))
        }
        Scale::Linear => {
            let margin = (high - low) * 0.08;
            let (low, high) = (low - margin, high + margin);
            (low, high, number_ticks(low, high))
        }
    };
    chart::Axis {
        low,
        high,
        ticks,
        name: axis.name,
    }
}

/// A value on its axis.
fn position(scale: Scale, value: f64) -> f64 {
    match scale {
        Scale::Logarithmic => value.max(1.0).ln(),
        Scale::Percent | Scale::Linear => value,
    }
}

/// The places of up to about [`POINTS`] points of a line, the last point among them.
fn thinned(line: &Line, place: impl Fn((f64, f64)) -> (f64, f64)) -> Vec<(f64, f64)> {
    let points = line.points.iter().copied();
    let places: Vec<(f64, f64)> = points
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .map(place)
        .collect();
    let (Some(first), Some(last)) = (places.first(), places.last()) else {
        return Vec::new();
    };
    let step = (last.0 - first.0) / POINTS;
    let mut thinned: Vec<(f64, f64)> = Vec::new();
    for point in &places {
        let is_near = thinned.last().is_some_and(|last| point.0 - last.0 < step);
        if !is_near {
            thinned.push(*point);
        }
    }
    if thinned.last() != Some(last) {
        thinned.push(*last);
    }
    thinned
}

fn class(line: usize) -> &'static str {
    if line == 0 { "first" } else { "second" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_thinned_and_keep_their_ends() {
        let line = Line {
            name: "accuracy",
            points: (0..100_000).map(|n| (f64::from(n), 0.5)).collect(),
        };
        let drawn = thinned(&line, |point| point);
        assert!((300..=302).contains(&drawn.len()), "{}", drawn.len());
        assert_eq!(drawn.first(), Some(&(0.0, 0.5)));
        assert_eq!(drawn.last(), Some(&(99_999.0, 0.5)));
    }

    #[test]
    fn counts_lie_on_a_logarithmic_axis() {
        let axis = Axis {
            name: "size",
            scale: Scale::Logarithmic,
        };
        let scaled = scaled(&axis, [1.0, 150.0].into_iter());
        assert_eq!((scaled.low, scaled.high), (0.0, 150.0_f64.ln()));
        let names: Vec<&str> = scaled.ticks.iter().map(|tick| tick.1.as_str()).collect();
        assert_eq!(names, ["1", "2", "5", "10", "20", "50", "100"]);
    }

    #[test]
    fn names_stand_where_the_lines_do_not_end() {
        let axis = |name| Axis {
            name,
            scale: Scale::Linear,
        };
        let of = |last: f64| {
            let line = |name| Line {
                name,
                points: vec![(1.0, 0.5), (2.0, last), (3.0, last)],
            };
            let lines = Lines {
                label: "two lines",
                x: axis("rounds"),
                y: axis("loss"),
                lines: vec![line("validation"), line("training")],
                mark: Some((2.0, last, "best: 2 rounds".to_owned())),
            };
            svg(&lines).into_string()
        };
        let (falls, rises) = (of(0.25), of(0.75));
        assert!(
            falls.contains(r#"y="34" text-anchor="end">training<"#),
            "{falls}"
        );
        assert!(
            falls.contains(r#"y="52" text-anchor="end">validation<"#),
            "{falls}"
        );
        assert!(
            rises.contains(r#"y="238" text-anchor="end">training<"#),
            "{rises}"
        );
        assert!(
            rises.contains(r#"y="256" text-anchor="end">validation<"#),
            "{rises}"
        );
        // Above the mark, or below it at the top of the chart.
        let place = |svg: &str, attribute: &str, after: &str| -> f64 {
            let from = &svg[svg.find(after).unwrap()..];
            let value = from.split_once(attribute).unwrap().1;
            value.split('"').next().unwrap().parse().unwrap()
        };
        for (svg, distance) in [(&falls, -12.0), (&rises, 24.0)] {
            let mark = place(svg, "cy=\"", "<circle");
            let label = place(svg, " y=\"", "</circle>");
            assert!((label - mark - distance).abs() < 0.1, "{svg}");
        }
    }

    #[test]
    fn lines_without_points_leave_the_axes() {
        let axis = Axis {
            name: "size",
            scale: Scale::Percent,
        };
        let lines = Lines {
            label: "nothing",
            x: axis,
            y: axis,
            lines: vec![Line {
                name: "empty",
                points: vec![(f64::NAN, 0.0)],
            }],
            mark: None,
        };
        let svg = svg(&lines).into_string();
        assert!(!svg.contains("NaN") && svg.contains("100%"), "{svg}");
    }
}
