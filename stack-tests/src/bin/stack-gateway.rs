//! The gateway that the stack under test runs: the real one, built with the tests.

use std::process::ExitCode;

fn main() -> ExitCode {
    gateway::main()
}
