//! `trainer`, which is `train` in the image: runs one training job with the image's algorithms and exits.

use std::process::ExitCode;

fn main() -> ExitCode {
    trainer::main(&[
        &learners::DecisionTree,
        &learners::RandomForest,
        &learners::ExtraTrees,
        &learners::GradientBoosting,
    ])
}
