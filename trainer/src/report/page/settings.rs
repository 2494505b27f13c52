//! The hyperparameters.

use maud::{Markup, html};

use crate::report::Report;

pub(super) fn section(report: &Report<'_>) -> Markup {
    let settings = &report.job.settings;
    let changed = settings.changed();
    html! {
        section {
            h2 { "Settings" }
            p { "Hyperparameters; those that differ from their defaults stand out." }
            table {
                @for pair in settings.resolved() {
                    tr.changed[changed.contains(&pair)] {
                        td { code { (pair.0) } }
                        td class="n" { (pair.1) }
                    }
                }
            }
        }
    }
}
