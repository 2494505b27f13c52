//! Logging to stderr that never blocks the caller.
//!
//! Lines pass through a bounded queue to a thread that writes them. If the reader of stderr stalls, the
//! queue fills up and further lines are dropped: a server must go on answering.

use std::io::{self, IsTerminal};

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use crate::settings::LogFilter;

/// Most log lines that wait to be written; further lines are dropped.
const QUEUED_LINES: usize = 8192;

/// Writes the lines that are still queued when it is dropped; `main` holds it to its end.
#[must_use = "dropping it ends the logging"]
pub struct Telemetry {
    _writer: WorkerGuard,
}

/// Starts logging the lines that `filter` lets through. To be called once a process.
pub fn start(filter: &LogFilter) -> Telemetry {
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(QUEUED_LINES)
        .finish(io::stderr());
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter.as_str()))
        .with_writer(writer)
        .with_ansi(io::stderr().is_terminal())
        .init();
    Telemetry { _writer: guard }
}
