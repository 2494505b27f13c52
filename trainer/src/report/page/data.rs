//! What the tree was grown from.

use maud::{Markup, html};

use super::format::{count, counted, percent};
use crate::report::Report;

/// Classes whose bars are shown.
const SHOWN: usize = 12;

pub(super) fn section(report: &Report<'_>) -> Markup {
    let table = report.table;
    let rows = rows_by_class(report);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let of = |class: usize| rows.get(class).copied().unwrap_or_default();
    order.sort_by_key(|class| std::cmp::Reverse(of(*class)));
    let most = order.first().map_or(1, |class| of(*class)).max(1) as f64;
    let n_rows = table.dataset.targets.len().max(1) as f64;
    html! {
        section {
            h2 { "Training data" }
            p {
                (counted(table.dataset.targets.len(), "row")) " of "
                (counted(table.columns.n_features, "feature")) " in "
                (counted(table.n_files, "file")) ", "
                (counted(table.n_missing as usize, "missing value")) "."
            }
            div class="bars" {
                @for class in order.iter().take(SHOWN) {
                    @let name = report.class_names.get(*class).map_or("", String::as_str);
                    span class="name" title=(name) { (name) }
                    span class="bar" { i style=(format!("width:{:.2}%", of(*class) as f64 / most * 100.0)) {} }
                    span class="value" { (count(of(*class) as usize)) " (" (percent(of(*class) as f64 / n_rows)) ")" }
                }
            }
            @if order.len() > SHOWN {
                @let rest: u64 = order.iter().skip(SHOWN).map(|class| of(*class)).sum();
                p class="note" style="margin:12px 0 0" {
                    (count(order.len() - SHOWN)) " more classes with " (count(rest as usize)) " rows together."
                }
            }
        }
    }
}

/// Training rows of each class.
pub(super) fn rows_by_class(report: &Report<'_>) -> Vec<u64> {
    let mut rows = vec![0; report.class_names.len()];
    for cell in &report.train.evaluation.cells {
        if let Some(rows) = rows.get_mut(cell.target as usize) {
            *rows += cell.count;
        }
    }
    rows
}
