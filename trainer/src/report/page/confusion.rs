//! Which classes the model mistakes for which.

use std::{borrow::Cow, collections::BTreeMap};

use algorithm::Labels;
use maud::{Markup, html};

use crate::report::Report;
use algorithm::report::format::{count, percent, shortened};

/// Classes that the matrix has room for; of more, the most frequent ones.
const MOST: usize = 100;
/// Most classes whose names have room.
const NAMED: usize = 40;
/// Most classes whose counts have room in the cells.
const COUNTED: usize = 15;
/// Side of the matrix.
const SIDE: f64 = 520.0;
const NAME_CHARS: usize = 16;
/// Rows of the tables beside it.
const LISTED: usize = 10;

pub(super) fn section(report: &Report<'_>) -> Markup {
    let Some(labels) = report.labels() else {
        return html! {};
    };
    let (evaluation, rows) = report.held_out();
    let pairs = &evaluation.confusion;
    // Nobody asked the model, or labels with fractions are none of its classes.
    if pairs.is_empty() {
        return html! {};
    }
    let classes = Classes::of(labels, pairs);
    let shown = classes.shown();
    html! {
        section {
            h2 { "Confusion matrix" }
            p {
                "On " (rows) " rows. Each line is a label, each column a prediction; the darker a cell, the larger its part of the line."
                @if shown.len() < classes.names.len() {
                    " The " (shown.len()) " most frequent of " (count(classes.names.len() as u64)) " labels."
                }
            }
            div class="split" {
                div class="scroll" { (matrix(&classes, &shown, pairs)) }
                div {
                    (confusions(&classes, pairs))
                    (per_class(&classes))
                }
            }
        }
    }
}

/// What the pairs of label and prediction say about each label.
struct Classes {
    names: Vec<String>,
    tallies: BTreeMap<u32, Tally>,
}

#[derive(Clone, Copy, Default)]
struct Tally {
    rows: u64,
    predicted: u64,
    right: u64,
}

impl Classes {
    fn of(labels: &Labels, pairs: &[(u32, u32, u64)]) -> Self {
        let mut tallies: BTreeMap<u32, Tally> = BTreeMap::new();
        let mut names: Vec<String> = labels.texts().map(Cow::into_owned).collect();
        for (label, predicted, count) in pairs {
            tallies.entry(*label).or_default().rows += count;
            tallies.entry(*predicted).or_default().predicted += count;
            if label == predicted {
                tallies.entry(*label).or_default().right += count;
            }
            while names.len() <= *label as usize {
                names.push("(a label not trained on)".to_owned());
            }
        }
        Self { names, tallies }
    }

    fn name(&self, class: u32) -> &str {
        &self.names[class as usize]
    }

    /// Zeros if the class has neither rows nor predictions.
    fn tally(&self, class: u32) -> Tally {
        self.tallies.get(&class).copied().unwrap_or_default()
    }

    /// The classes in the matrix, ascending.
    fn shown(&self) -> Vec<u32> {
        let mut classes: Vec<u32> = (0..self.names.len() as u32).collect();
        if classes.len() > MOST {
            classes.sort_by_key(|class| std::cmp::Reverse(self.tally(*class).rows));
            classes.truncate(MOST);
            classes.sort_unstable();
        }
        classes
    }
}

fn matrix(classes: &Classes, shown: &[u32], pairs: &[(u32, u32, u64)]) -> Markup {
    let n = shown.len().max(1) as f64;
    let cell = (SIDE / n).min(104.0);
    let gap = if cell > 12.0 { 1.5 } else { 0.4 };
    let is_named = shown.len() <= NAMED;
    let longest = shown
        .iter()
        .map(|class| classes.name(*class).chars().count().min(NAME_CHARS))
        .max()
        .unwrap_or(0);
    let margin = if is_named {
        longest as f64 * 7.0 + 14.0
    } else {
        24.0
    };
    let (left, side) = (margin, cell * n);
    let slanted = if is_named { margin * 0.75 + 16.0 } else { 24.0 };
    let (width, height) = (left + side + slanted * 0.8 + 8.0, side + slanted + 8.0);
    let size = format!("font-size:{:.1}px", (cell * 0.62).clamp(8.0, 12.0));
    let place = |class: u32| shown.binary_search(&class).ok().map(|place| place as f64);
    html! {
        svg viewBox=(format!("0 0 {width:.0} {height:.0}")) width=(format!("{width:.0}")) style="max-width:100%" role="img" aria-label="Confusion matrix" {
            rect class="ground" x=(left) y="0" width=(format!("{side:.1}")) height=(format!("{side:.1}")) rx="4" {}
            @for (label, predicted, rows) in pairs {
                @if let (Some(row), Some(column)) = (place(*label), place(*predicted)) {
                    @let part = *rows as f64 / classes.tally(*label).rows.max(1) as f64;
                    @let (x, y) = (left + column * cell, row * cell);
                    g {
                        title {
                            (classes.name(*label)) " predicted as " (classes.name(*predicted)) ": "
                            (count(*rows)) " rows, " (percent(part))
                        }
                        rect class=(if label == predicted { "right" } else { "wrong" })
                            x=(format!("{:.2}", x + gap)) y=(format!("{:.2}", y + gap))
                            width=(format!("{:.2}", cell - 2.0 * gap)) height=(format!("{:.2}", cell - 2.0 * gap))
                            rx=(if cell > 24.0 { "4" } else { "0.5" })
                            opacity=(format!("{:.3}", 0.12 + 0.88 * part)) {}
                        @if shown.len() <= COUNTED {
                            text.on[part > 0.6] x=(format!("{:.1}", x + cell / 2.0)) y=(format!("{:.1}", y + cell / 2.0)) dy="4" text-anchor="middle" {
                                (short_count(*rows))
                            }
                        }
                    }
                }
            }
            @if is_named {
                @for (index, class) in shown.iter().enumerate() {
                    @let middle = (index as f64 + 0.5) * cell;
                    @let name = shortened(classes.name(*class), NAME_CHARS);
                    text class="muted" style=(size) x=(left - 8.0) y=(format!("{middle:.1}")) dy="4" text-anchor="end" { (name) }
                    text class="muted" style=(size) transform=(format!("translate({:.1} {:.1}) rotate(40)", left + middle - 3.0, side + 13.0)) { (name) }
                }
            } @else {
                text class="muted" transform=(format!("translate(14 {:.0}) rotate(-90)", side / 2.0)) text-anchor="middle" { "label" }
                text class="muted" x=(format!("{:.0}", left + side / 2.0)) y=(format!("{:.0}", side + 18.0)) text-anchor="middle" { "prediction" }
            }
        }
    }
}

/// The most frequent mistakes.
fn confusions(classes: &Classes, pairs: &[(u32, u32, u64)]) -> Markup {
    let mut wrong: Vec<&(u32, u32, u64)> = pairs.iter().filter(|pair| pair.0 != pair.1).collect();
    wrong.sort_by_key(|pair| std::cmp::Reverse(pair.2));
    html! {
        h3 style="margin-top:0" { "Most frequent mistakes" }
        @if wrong.is_empty() { p class="note" { "None." } }
        @else {
            table {
                tr { th { "label" } th { "predicted" } th class="n" { "rows" } th class="n" { "of the label" } }
                @for (label, predicted, rows) in wrong.into_iter().take(LISTED) {
                    tr {
                        td { (shortened(classes.name(*label), NAME_CHARS + 6)) }
                        td { (shortened(classes.name(*predicted), NAME_CHARS + 6)) }
                        td class="n" { (count(*rows)) }
                        td class="n" { (percent(*rows as f64 / classes.tally(*label).rows.max(1) as f64)) }
                    }
                }
            }
        }
    }
}

/// The classes that are recognised worst.
fn per_class(classes: &Classes) -> Markup {
    let part = |a: u64, b: u64| if b == 0 { 0.0 } else { a as f64 / b as f64 };
    let f1 = |tally: &Tally| part(2 * tally.right, tally.rows + tally.predicted);
    let mut order: Vec<(&u32, &Tally)> = classes.tallies.iter().collect();
    order.sort_by(|a, b| f1(a.1).total_cmp(&f1(b.1)).then(b.1.rows.cmp(&a.1.rows)));
    html! {
        h3 { (if order.len() > LISTED { "Labels recognised worst" } else { "Labels" }) }
        table {
            tr { th { "label" } th class="n" { "rows" } th class="n" { "precision" } th class="n" { "recall" } th class="n" { "F1" } }
            @for (class, tally) in order.into_iter().take(LISTED) {
                tr {
                    td { (shortened(classes.name(*class), NAME_CHARS + 6)) }
                    td class="n" { (count(tally.rows)) }
                    td class="n" { (percent(part(tally.right, tally.predicted))) }
                    td class="n" { (percent(part(tally.right, tally.rows))) }
                    td class="n" { (percent(f1(tally))) }
                }
            }
        }
    }
}

/// A count that fits into a cell.
fn short_count(n: u64) -> String {
    match n {
        ..10_000 => n.to_string(),
        10_000..1_000_000 => format!("{:.0}k", n as f64 / 1e3),
        _ => format!("{:.1}M", n as f64 / 1e6),
    }
}
