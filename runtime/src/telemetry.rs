//! Logging to stderr that never blocks the caller.
//!
//! Lines pass through a bounded queue to a thread that writes them. Where the reader of stderr stalls,
//! the queue fills up and further lines are dropped: a server must go on answering.

use std::io::{self, IsTerminal};

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

/// Log lines that wait to be written; beyond this they are dropped.
const QUEUED_LINES: usize = 8192;

/// Writes what is still queued when dropped; `main` holds it to its end.
#[must_use = "dropping it ends the logging"]
pub struct Telemetry {
    _writer: WorkerGuard,
}

/// Starts logging. The filter is `RUST_LOG` where set, else the level in `SM_LOG_LEVEL` (a name as in
/// `RUST_LOG`, or Python's number as the SageMaker toolkits send it), else `info`. A filter that can't
/// be read counts as not set.
pub fn start(env: impl Fn(&str) -> Option<String>) -> Telemetry {
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(QUEUED_LINES)
        .finish(io::stderr());
    tracing_subscriber::fmt()
        .with_env_filter(filter(env))
        .with_writer(writer)
        .with_ansi(io::stderr().is_terminal())
        .init();
    Telemetry { _writer: guard }
}

fn filter(env: impl Fn(&str) -> Option<String>) -> EnvFilter {
    env("RUST_LOG")
        .and_then(|directives| directives.parse().ok())
        .or_else(|| EnvFilter::try_new(level(&env("SM_LOG_LEVEL")?)?).ok())
        .unwrap_or_else(|| EnvFilter::new("info"))
}

/// A level's name, from a name or from the numbers of Python's `logging` module.
fn level(text: &str) -> Option<&'static str> {
    Some(match text.trim().to_ascii_lowercase().as_str() {
        "trace" => "trace",
        "debug" | "10" => "debug",
        "info" | "20" => "info",
        "warn" | "warning" | "30" => "warn",
        "error" | "critical" | "40" | "50" => "error",
        "off" => "off",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter_of(pairs: &[(&str, &str)]) -> String {
        let find = |name: &str| {
            let pair = pairs.iter().find(|(key, _)| *key == name)?;
            Some(pair.1.to_owned())
        };
        filter(find).to_string()
    }

    #[test]
    fn rust_log_wins_then_sm_log_level_then_info() {
        assert_eq!(filter_of(&[]), "info");
        assert_eq!(filter_of(&[("SM_LOG_LEVEL", "10")]), "debug");
        assert_eq!(filter_of(&[("SM_LOG_LEVEL", "Warning")]), "warn");
        assert_eq!(filter_of(&[("SM_LOG_LEVEL", "loud")]), "info");
        assert_eq!(
            filter_of(&[("SM_LOG_LEVEL", "10"), ("RUST_LOG", "error")]),
            "error"
        );
    }
}
