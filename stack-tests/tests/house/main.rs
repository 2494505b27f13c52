//! The rules that hold for the whole workspace and that no compiler checks.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod circles;
mod dependencies;
mod doc_examples;
mod layout;
mod module_source;
mod tree_words;
mod workspace;

use std::collections::BTreeMap;

/// What breaks a rule, by a short name, with an explanation.
type Violations = BTreeMap<String, String>;

/// Fails for each violation.
fn assert_none(violations: &Violations) {
    let lines: Vec<String> = violations
        .iter()
        .map(|(name, explanation)| format!("{name}: {explanation}"))
        .collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}
