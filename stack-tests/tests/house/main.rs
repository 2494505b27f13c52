//! The rules that hold for the whole workspace and that no compiler checks.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod circles;
mod dependencies;
mod exceptions;
mod layout;
mod module_source;
mod tree_words;
mod workspace;

use std::collections::BTreeMap;

/// What breaks a rule, by a short name, with an explanation.
type Violations = BTreeMap<String, String>;

/// Fails for each violation that is no exception, and for each exception that is no violation any more.
fn assert_only(violations: &Violations, exceptions: &[&str]) {
    let mut lines = Vec::new();
    for (name, explanation) in violations {
        if !exceptions.contains(&name.as_str()) {
            lines.push(format!("{name}: {explanation}"));
        }
    }
    for name in exceptions {
        if !violations.contains_key(*name) {
            lines.push(format!(
                "{name}: no exception is needed any more; delete it from exceptions.rs"
            ));
        }
    }
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}
