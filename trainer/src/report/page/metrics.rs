//! All metrics, and the time that the job has taken.

use maud::{Markup, html};

use algorithm::report::format::count;

use super::format::seconds;
use crate::{evaluate::Evaluation, report::Report};

pub(super) fn section(report: &Report<'_>) -> Markup {
    let validation = report.validation.as_ref();
    let metric = |evaluation: Option<&Evaluation>, name: &str| {
        let mut metrics = evaluation
            .into_iter()
            .flat_map(|evaluation| &evaluation.metrics);
        let found = metrics.find(|(of, _)| *of == name);
        found.map_or_else(|| "–".to_owned(), |(_, value)| format!("{value:.5}"))
    };
    let rows = |evaluation: Option<&Evaluation>| {
        evaluation.map_or_else(|| "–".to_owned(), |evaluation| count(evaluation.n_rows))
    };
    // Only one of the channels may have an area under the curve.
    let mut names: Vec<&str> = report.train.metrics.iter().map(|metric| metric.0).collect();
    for (name, _) in validation.iter().flat_map(|evaluation| &evaluation.metrics) {
        if !names.contains(name) {
            names.push(name);
        }
    }
    html! {
        section {
            h2 { "Figures" }
            @if report.fitted.metrics.is_empty() && !names.is_empty() { p { "As scikit-learn defines them." } }
            table {
                tr { th { "metric" } th class="n" { "training" } th class="n" { "validation" } }
                tr {
                    td { "rows" }
                    td class="n" { (rows(Some(&report.train))) }
                    td class="n" { (rows(validation)) }
                }
                @for name in names {
                    tr {
                        td { (name) }
                        td class="n" { (metric(Some(&report.train), name)) }
                        td class="n" { (metric(validation, name)) }
                    }
                }
            }
            h3 { "Time" }
            table {
                @for (phase, taken) in report.phases.seconds() {
                    tr { td { (phase) } td class="n" { (seconds(*taken)) } }
                }
            }
        }
    }
}
