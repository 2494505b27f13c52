//! Exit codes that tell the supervisor whether a restart can help (names from sysexits.h), and the one line
//! that goes with them.

use std::{
    fmt::Display,
    io::{self, Write as _},
    process::ExitCode,
};

/// A restart can't help: an unusable setting, or a model file that does not load. `supervisord.conf`
/// lists it in `exitcodes`, so the process is not restarted.
pub const CONFIG: u8 = 78;

/// Something failed that may go away: the supervisor restarts the process.
pub const FAILURE: u8 = 1;

/// Says on stderr why `program` ends, in one line, and gives the exit code to return from `main`.
pub fn fail(program: &str, code: u8, error: &dyn Display) -> ExitCode {
    // Where stderr is gone there is nobody left to tell.
    let _ = writeln!(io::stderr(), "{program}: {error}");
    ExitCode::from(code)
}
