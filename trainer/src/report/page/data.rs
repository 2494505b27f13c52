//! What was trained on.

use algorithm::{Labels, Target};
use maud::{Markup, html};
use ndarray::Array1;

use super::format::{count, counted, number, percent};
use crate::report::Report;

/// Classes whose bars are shown.
const SHOWN: usize = 12;

pub(super) fn section(report: &Report<'_>) -> Markup {
    let training = &report.input.training;
    html! {
        section {
            h2 { "Training data" }
            p {
                (counted(training.table.n_rows(), "row")) " of "
                (counted(training.table.features.len(), "feature")) " in "
                (counted(training.n_files, "file")) ", "
                (counted(training.n_missing as usize, "missing value")) "."
            }
            @match &training.table.target {
                Target::Classes { labels, of_row } => (classes(labels, of_row)),
                Target::Numbers(numbers) => (range(numbers)),
                Target::None => {}
            }
        }
    }
}

/// How many rows each class has.
fn classes(labels: &Labels, of_row: &Array1<usize>) -> Markup {
    let mut rows = vec![0_u64; labels.len()];
    for class in of_row {
        rows[*class] += 1;
    }
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|class| std::cmp::Reverse(rows[*class]));
    let most = order.first().map_or(1, |class| rows[*class]) as f64;
    let n_rows = of_row.len() as f64;
    html! {
        div class="bars" {
            @for class in order.iter().take(SHOWN) {
                @let (name, rows) = (labels.text(*class), rows[*class]);
                span class="name" title=(name) { (name) }
                span class="bar" { i style=(format!("width:{:.2}%", rows as f64 / most * 100.0)) {} }
                span class="value" { (count(rows)) " (" (percent(rows as f64 / n_rows)) ")" }
            }
        }
        @if order.len() > SHOWN {
            @let rest: u64 = order.iter().skip(SHOWN).map(|class| rows[*class]).sum();
            p class="note" style="margin:12px 0 0" {
                (count((order.len() - SHOWN) as u64)) " more classes with " (count(rest)) " rows together."
            }
        }
    }
}

/// Which numbers are to be predicted.
fn range(numbers: &Array1<f32>) -> Markup {
    let least = numbers.iter().copied().fold(f32::INFINITY, f32::min);
    let most = numbers.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = numbers.iter().map(|number| f64::from(*number)).sum();
    html! {
        table {
            tr { th { "number to predict" } th class="n" { "value" } }
            tr { td { "least" } td class="n" { (number(least.into())) } }
            tr { td { "mean" } td class="n" { (number(sum / numbers.len() as f64)) } }
            tr { td { "greatest" } td class="n" { (number(most.into())) } }
        }
    }
}
