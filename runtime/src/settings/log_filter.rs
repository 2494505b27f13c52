//! Which log lines are written.

use tracing_subscriber::EnvFilter;

use super::{environment::Environment, process_env};

/// Directives for an [`EnvFilter`], such as `info` or `gateway=debug,info`; always ones that parse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFilter(String);

impl LogFilter {
    /// Reads the filter from the environment of this process.
    pub fn from_env() -> Self {
        Self::read(&Environment(process_env))
    }

    /// `RUST_LOG` if set, else the level in `SM_LOG_LEVEL` (a name as in `RUST_LOG`, or Python's number, as
    /// the SageMaker toolkits send it), else `info`. A value that can't be used counts as not set: a job
    /// should not fail because of its logging.
    pub(super) fn read<F: Fn(&str) -> Option<String>>(env: &Environment<F>) -> Self {
        let directives = env
            .text("RUST_LOG")
            .filter(|directives| directives.parse::<EnvFilter>().is_ok());
        let level = || Some(level(&env.text("SM_LOG_LEVEL")?)?.to_owned());
        Self(
            directives
                .or_else(level)
                .unwrap_or_else(|| "info".to_owned()),
        )
    }

    /// The directives.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a level, from that name or from the number in Python's `logging` module.
fn level(text: &str) -> Option<&'static str> {
    Some(match text.to_ascii_lowercase().as_str() {
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
        LogFilter::read(&Environment(find)).as_str().to_owned()
    }

    #[test]
    fn rust_log_wins_then_sm_log_level_then_info() {
        assert_eq!(filter_of(&[]), "info");
        assert_eq!(filter_of(&[("SM_LOG_LEVEL", "10")]), "debug");
        assert_eq!(filter_of(&[("SM_LOG_LEVEL", " Warning ")]), "warn");
        assert_eq!(
            filter_of(&[("SM_LOG_LEVEL", "10"), ("RUST_LOG", "gateway=error,info")]),
            "gateway=error,info"
        );
    }

    #[test]
    fn a_filter_that_is_empty_or_unusable_counts_as_not_set() {
        assert_eq!(filter_of(&[("SM_LOG_LEVEL", "loud")]), "info");
        for unusable in ["", "gateway=loud"] {
            let pairs = [("SM_LOG_LEVEL", "10"), ("RUST_LOG", unusable)];
            assert_eq!(filter_of(&pairs), "debug", "{unusable}");
        }
    }
}
