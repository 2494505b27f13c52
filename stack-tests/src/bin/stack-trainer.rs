//! The trainer of the jobs under test: the real one, built with the tests, with an own algorithm beside the tree.

use std::process::ExitCode;

fn main() -> ExitCode {
    trainer::main(&[&learners::DecisionTree, &k_means::KMeans])
}
