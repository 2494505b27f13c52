//! The trainer of the jobs under test: the real one, built with the tests.

use std::process::ExitCode;

fn main() -> ExitCode {
    trainer::main(&[&learners::DecisionTree])
}
