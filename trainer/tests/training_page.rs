//! docs/training.md documents the hyperparameters as the program does.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use algorithm::{Data, FitError, Fitted, Learner, Parameter, Settings, Watch};
use trainer::parameters::Parameters;

/// The name of one of the image's algorithms.
struct Named(&'static str);

impl Learner for Named {
    fn name(&self) -> &'static str {
        self.0
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[]
    }

    fn fit(&self, _: Data<'_>, _: &Settings, _: &dyn Watch) -> Result<Fitted, FitError> {
        unreachable!("only its name is asked for")
    }
}

/// The rows of all tables of hyperparameters in a text.
fn rows(text: &str) -> Vec<&str> {
    let mut rows = Vec::new();
    let mut lines = text.lines();
    while lines.any(|line| line.starts_with("| hyperparameter |")) {
        rows.extend(lines.by_ref().take_while(|line| line.starts_with('|')));
    }
    rows.retain(|row| row.starts_with("| `"));
    rows
}

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/training.md");
    fs::read_to_string(path).unwrap()
}

#[test]
fn the_rows_of_every_job_are_on_the_page() {
    let page = page();
    let printed = Parameters::new(&[
        &Named("decision_tree"),
        &Named("random_forest"),
        &Named("extra_trees"),
        &Named("gradient_boosting"),
    ])
    .markdown();
    let (found, expected) = (rows(&page), rows(&printed));
    assert_eq!(found[..expected.len()], expected);
}

#[cfg(feature = "decision-tree")]
#[test]
fn the_rows_of_the_binary_are_those_of_the_page() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_trainer"))
        .arg("--print-parameters")
        .output()
        .unwrap();
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(rows(&page()), rows(&printed));
}
