//! How much each feature decides, if the learner says so.

use maud::{Markup, html};

use super::format::{count, percent};
use crate::report::Report;

/// Features that are shown.
const SHOWN: usize = 15;

pub(super) fn section(report: &Report<'_>) -> Markup {
    let Some(importances) = &report.fitted.importances else {
        return html! {};
    };
    let values = &importances.values;
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
    order.retain(|feature| values[*feature] > 0.0);
    let most = order.first().map_or(1.0, |feature| values[*feature]);
    let unused = values.len() - order.len();
    let rest: f64 = order
        .iter()
        .skip(SHOWN)
        .map(|feature| values[*feature])
        .sum();
    html! {
        section {
            h2 { "Feature importances" }
            p { (importances.meaning) }
            div class="bars" {
                @for feature in order.iter().take(SHOWN) {
                    @let name = report.input.training.table.features.name(*feature);
                    span class="name" title=(name) { (name) }
                    span class="bar" { i style=(format!("width:{:.2}%", values[*feature] / most * 100.0)) {} }
                    span class="value" { (percent(values[*feature])) }
                }
            }
            @if order.len() > SHOWN || unused > 0 {
                p class="note" style="margin:12px 0 0" {
                    @if order.len() > SHOWN {
                        (count((order.len() - SHOWN) as u64)) " more features have " (percent(rest)) " together. "
                    }
                    @if unused > 0 {
                        (count(unused as u64)) " of " (count(values.len() as u64)) " features are not used."
                    }
                }
            }
        }
    }
}
