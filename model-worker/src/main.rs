//! The `model-worker` binary: serves the formats of its list.

use std::process::ExitCode;

fn main() -> ExitCode {
    model_worker::main(&trees::FORMATS)
}
