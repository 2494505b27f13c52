//! How much each feature contributes to the answers, on average.

use algorithm::report::format::{count, counted};
use maud::{Markup, html};

use super::{
    format::number,
    importances::{SHOWN, used},
};
use crate::report::Report;

pub(super) fn section(report: &Report<'_>) -> Markup {
    let Some(contributions) = &report.contributions else {
        return html! {};
    };
    let values = &contributions.mean_absolute;
    let order = used(values);
    let most = order.first().map_or(1.0, |feature| values[*feature]);
    html! {
        section {
            h2 { "Mean absolute contributions" }
            p {
                "How far a feature moves the raw score, either way, on average over "
                (counted(contributions.n_rows, "training row"))
                @if contributions.n_rows < report.input.training.table.n_rows() { ", a sample" }
                @if contributions.n_outputs > 1 { ", summed over the " (contributions.n_outputs) " raw scores" }
                ": exact SHAP values, as an answer with the key " code { "contributions" } " has them."
            }
            div class="bars" {
                @for feature in order.iter().take(SHOWN) {
                    @let name = report.input.training.table.features.name(*feature);
                    span class="name" title=(name) { (name) }
                    span class="bar" { i style=(format!("width:{:.2}%", values[*feature] / most * 100.0)) {} }
                    span class="value" { (number(values[*feature])) }
                }
            }
            @if order.len() > SHOWN {
                @let rest: f64 = order.iter().skip(SHOWN).map(|feature| values[*feature]).sum();
                p class="note" style="margin:12px 0 0" {
                    (count((order.len() - SHOWN) as u64)) " more features have " (number(rest)) " together."
                }
            }
        }
    }
}
