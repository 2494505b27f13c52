//! The model-worker that the stack under test runs: the real one, with faults on demand. It serves the models of an
//! own algorithm too.

use std::process::ExitCode;

fn main() -> ExitCode {
    model_worker::main_wrapped(
        &[
            trees::ONNX,
            trees::XGBOOST,
            trees::LIGHTGBM,
            k_means::FORMAT,
        ],
        stack_tests::faults::wrap,
    )
}
