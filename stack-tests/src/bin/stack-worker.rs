//! The model-worker that the stack under test runs: the real one, with faults on demand.

use std::process::ExitCode;

fn main() -> ExitCode {
    model_worker::main_wrapped(&[trees::ONNX], stack_tests::faults::wrap)
}
