//! Exit codes that tell the supervisor whether a restart can help (names from sysexits.h), and the line on
//! stderr that goes with them.

use std::{
    fmt::Display,
    io::{self, Write as _},
    process::ExitCode,
};

/// A restart can't help: an unusable setting, or a model file that does not load. `supervisord.conf`
/// lists it in `exitcodes`, so the process is not restarted.
pub const CONFIG: u8 = 78;

/// A failure that may not happen again: the supervisor restarts the process.
pub const FAILURE: u8 = 1;

/// Writes to stderr, in one line, why `program` ends; returns `code` for `main`.
pub fn fail(program: &str, code: u8, error: &dyn Display) -> ExitCode {
    // If stderr is closed, nobody is listening.
    let _ = writeln!(io::stderr(), "{program}: {error}");
    ExitCode::from(code)
}
