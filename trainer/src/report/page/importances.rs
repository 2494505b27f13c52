//! How much each feature decides, if the learner says so.

use algorithm::report::{
    Importances,
    format::{count, percent},
};
use maud::{Markup, html};

use crate::report::Report;

/// Features that are shown.
pub(super) const SHOWN: usize = 15;

/// By each measure; the first one sorts and has the bars.
pub(super) fn section(report: &Report<'_>) -> Markup {
    let Some((first, others)) = report.fitted.importances.split_first() else {
        return html! {};
    };
    let values = &first.values;
    let order = used(values);
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
            p { (meaning(first, others)) }
            div class="bars" style=(format!("grid-template-columns:minmax(60px,max-content) minmax(0,1fr) repeat({},max-content)", others.len() + 1)) {
                @if !others.is_empty() {
                    span class="name" {}
                    span {}
                    span class="value" { (first.name) }
                    @for other in others { span class="value" { (other.name) } }
                }
                @for feature in order.iter().take(SHOWN) {
                    @let name = report.input.training.table.features.name(*feature);
                    span class="name" title=(name) { (name) }
                    span class="bar" { i style=(format!("width:{:.2}%", values[*feature] / most * 100.0)) {} }
                    span class="value" { (percent(values[*feature])) }
                    @for other in others { span class="value" { (percent(other.values[*feature])) } }
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

/// The features whose values are above 0, the greatest first.
pub(super) fn used(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.retain(|feature| values[*feature] > 0.0);
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
    order
}

fn meaning(first: &Importances, others: &[Importances]) -> Markup {
    html! {
        @if others.is_empty() {
            (first.meaning)
        } @else {
            @for (at, measure) in std::iter::once(first).chain(others).enumerate() {
                @if at > 0 { br; }
                b { (measure.name) } ": " (measure.meaning)
            }
        }
    }
}
