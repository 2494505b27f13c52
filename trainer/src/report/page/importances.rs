//! Which features the tree decides by.

use maud::{Markup, html};

use super::format::{count, percent};
use crate::report::Report;

/// Features that are shown.
const SHOWN: usize = 15;

pub(super) fn section(report: &Report<'_>) -> Markup {
    let mut order: Vec<usize> = (0..report.importances.len()).collect();
    let of = |feature: usize| report.importances.get(feature).copied().unwrap_or_default();
    order.sort_by(|a, b| of(*b).total_cmp(&of(*a)));
    order.retain(|feature| of(*feature) > 0.0);
    let most = order.first().map_or(1.0, |feature| of(*feature));
    let unused = report.importances.len() - order.len();
    let rest: f64 = order.iter().skip(SHOWN).map(|feature| of(*feature)).sum();
    html! {
        section {
            h2 { "Feature importances" }
            p { "How much of the impurity the splits on a feature take away, of all that is taken away." }
            div class="bars" {
                @for feature in order.iter().take(SHOWN) {
                    @let name = report.table.columns.name(*feature);
                    span class="name" title=(name) { (name) }
                    span class="bar" { i style=(format!("width:{:.2}%", of(*feature) / most * 100.0)) {} }
                    span class="value" { (percent(of(*feature))) }
                }
            }
            @if order.len() > SHOWN || unused > 0 {
                p class="note" style="margin:12px 0 0" {
                    @if order.len() > SHOWN {
                        (count(order.len() - SHOWN)) " more features have " (percent(rest)) " together. "
                    }
                    @if unused > 0 { (count(unused)) " of " (count(report.importances.len())) " features are not used." }
                }
            }
        }
    }
}
