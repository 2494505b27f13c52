//! The environment variables of `serve`, read and checked once.
//!
//! `serve` runs `gateway --print-settings`, which checks them all and prints them resolved; gateway and
//! workers then read the same variables through this module. An empty variable counts as not set.

use std::{
    net::{IpAddr, Ipv4Addr},
    num::NonZeroUsize,
    path::PathBuf,
    str::FromStr,
    thread,
    time::Duration,
};

use thiserror::Error;

/// Most workers that one gateway balances over.
pub const MAX_WORKERS: usize = 256;

/// The settings of `serve`, all valid.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// `MODEL_SERVER_WORKERS`: model-worker processes.
    pub workers: NonZeroUsize,
    /// `MODEL_SERVER_TIMEOUT`: how long an invocation may take.
    pub timeout: Duration,
    /// `SAGEMAKER_BIND_TO_PORT`: the gateway's HTTP port; 0 takes a free one.
    pub http_port: u16,
    /// `MODEL_SERVER_GRPC_HOST`: where the direct gRPC port listens.
    pub grpc_host: IpAddr,
    /// `MODEL_SERVER_GRPC_PORT`: direct gRPC scoring, one port for all workers.
    pub grpc_port: Option<u16>,
    /// `SAGEMAKER_MAX_PAYLOAD_IN_MB`, in bytes.
    pub max_payload: usize,
    /// `MODEL_SERVER_QUEUE`: invocations in flight or waiting.
    pub queue: NonZeroUsize,
    /// `SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT`: the answer's type where the request leaves it open.
    pub default_accept: String,
    /// `SAGEMAKER_INFERENCE_OUTPUT`: what an answer holds; the model's main output where it is not set.
    pub inference_output: Option<String>,
    /// `SAGEMAKER_BASE_DIR`: the job's directory tree.
    pub base_dir: PathBuf,
    /// `MODEL_NAME`: the model's name in the Open Inference Protocol.
    pub model_name: String,
    /// `MODEL_SERVER_RUN_DIR`: the directory of the workers' sockets. `serve` makes one.
    pub run_dir: PathBuf,
}

/// A variable whose value can't be used.
#[derive(Debug, Error, PartialEq)]
#[error("{name}={value}: expected {expected}")]
pub struct SettingError {
    name: &'static str,
    value: String,
    expected: String,
}

impl Settings {
    /// Reads every setting; `env` looks a variable up.
    ///
    /// # Errors
    /// The first value that can't be used, with what is allowed.
    pub fn read(env: impl Fn(&str) -> Option<String>) -> Result<Self, SettingError> {
        let env = Environment(env);
        let workers = env.number(
            &["MODEL_SERVER_WORKERS", "SAGEMAKER_MODEL_SERVER_WORKERS"],
            1,
            MAX_WORKERS,
        )?;
        let timeout = env.number(
            &[
                "MODEL_SERVER_TIMEOUT",
                "SAGEMAKER_MODEL_SERVER_TIMEOUT",
                "SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS",
            ],
            1,
            3600,
        )?;
        let megabytes = env.number(&["SAGEMAKER_MAX_PAYLOAD_IN_MB"], 1, 1024)?;
        let queue = env.number(&["MODEL_SERVER_QUEUE"], 1, 1_000_000)?;
        Ok(Self {
            workers: workers
                .and_then(NonZeroUsize::new)
                .unwrap_or_else(available_cores),
            timeout: Duration::from_secs(timeout.unwrap_or(60)),
            http_port: env
                .number(&["SAGEMAKER_BIND_TO_PORT"], 0, u16::MAX)?
                .unwrap_or(8080),
            grpc_host: env
                .parsed("MODEL_SERVER_GRPC_HOST", "an IP address")?
                .unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            grpc_port: env.number(&["MODEL_SERVER_GRPC_PORT"], 1, u16::MAX)?,
            max_payload: megabytes.unwrap_or(100) << 20,
            queue: queue.and_then(NonZeroUsize::new).unwrap_or(DEFAULT_QUEUE),
            default_accept: env
                .text("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT")
                .unwrap_or_else(|| "text/csv".to_owned()),
            inference_output: env.text("SAGEMAKER_INFERENCE_OUTPUT"),
            base_dir: base_dir(&env.0),
            model_name: env.text("MODEL_NAME").unwrap_or_else(|| "model".to_owned()),
            run_dir: env
                .text("MODEL_SERVER_RUN_DIR")
                .map_or_else(|| std::env::temp_dir().join("model-server"), PathBuf::from),
        })
    }

    /// The resolved settings as `(variable, value)`, as `serve` exports them.
    pub fn resolved(&self) -> Vec<(&'static str, String)> {
        let mut pairs = vec![
            ("MODEL_SERVER_WORKERS", self.workers.to_string()),
            ("MODEL_SERVER_TIMEOUT", self.timeout.as_secs().to_string()),
            ("SAGEMAKER_BIND_TO_PORT", self.http_port.to_string()),
            ("MODEL_SERVER_GRPC_HOST", self.grpc_host.to_string()),
            (
                "SAGEMAKER_MAX_PAYLOAD_IN_MB",
                (self.max_payload >> 20).to_string(),
            ),
            ("MODEL_SERVER_QUEUE", self.queue.to_string()),
            (
                "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT",
                self.default_accept.clone(),
            ),
            ("SAGEMAKER_BASE_DIR", self.base_dir.display().to_string()),
            ("MODEL_NAME", self.model_name.clone()),
        ];
        if let Some(output) = &self.inference_output {
            pairs.push(("SAGEMAKER_INFERENCE_OUTPUT", output.clone()));
        }
        if let Some(port) = self.grpc_port {
            pairs.push(("MODEL_SERVER_GRPC_PORT", port.to_string()));
        }
        pairs
    }

    /// Where worker `index`, counted from 0, listens.
    pub fn worker_socket(&self, index: usize) -> PathBuf {
        self.run_dir.join(format!("worker-{index}.sock"))
    }

    /// Where the workers listen, in order.
    pub fn worker_sockets(&self) -> Vec<PathBuf> {
        (0..self.workers.get())
            .map(|index| self.worker_socket(index))
            .collect()
    }

    /// Where the model file is.
    pub fn model_dir(&self) -> PathBuf {
        self.base_dir.join("model")
    }
}

const DEFAULT_QUEUE: NonZeroUsize = NonZeroUsize::new(1024).unwrap();

/// `SAGEMAKER_BASE_DIR`, else `/opt/ml`; all that the trainer needs of the environment.
pub fn base_dir(env: impl Fn(&str) -> Option<String>) -> PathBuf {
    Environment(env)
        .text("SAGEMAKER_BASE_DIR")
        .map_or_else(|| PathBuf::from("/opt/ml"), PathBuf::from)
}

/// Looks a variable up in the process's environment; one that is not UTF-8 counts as not set.
pub fn process_env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Cores that this process may use: CPU affinity and cgroup quota count.
fn available_cores() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

struct Environment<F>(F);

impl<F: Fn(&str) -> Option<String>> Environment<F> {
    fn text(&self, name: &str) -> Option<String> {
        let value = (self.0)(name)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// The first of `names` that is set, as a number between `low` and `high`.
    fn number<N>(&self, names: &[&'static str], low: N, high: N) -> Result<Option<N>, SettingError>
    where
        N: FromStr + PartialOrd + std::fmt::Display + Copy,
    {
        let Some((name, value)) = names
            .iter()
            .find_map(|name| Some((*name, self.text(name)?)))
        else {
            return Ok(None);
        };
        match value.parse::<N>() {
            Ok(number) if low <= number && number <= high => Ok(Some(number)),
            _ => Err(SettingError {
                name,
                value,
                expected: format!("a whole number from {low} to {high}"),
            }),
        }
    }

    fn parsed<T: FromStr>(
        &self,
        name: &'static str,
        expected: &str,
    ) -> Result<Option<T>, SettingError> {
        let Some(value) = self.text(name) else {
            return Ok(None);
        };
        match value.parse() {
            Ok(parsed) => Ok(Some(parsed)),
            Err(_) => Err(SettingError {
                name,
                value,
                expected: expected.to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingError> {
        Settings::read(|name| {
            let pair = pairs.iter().find(|(key, _)| *key == name)?;
            Some(pair.1.to_owned())
        })
    }

    #[test]
    fn defaults_are_the_documented_ones() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.timeout, Duration::from_secs(60));
        assert_eq!(settings.http_port, 8080);
        assert_eq!(settings.grpc_port, None);
        assert_eq!(settings.max_payload, 100 * 1024 * 1024);
        assert_eq!(settings.queue.get(), 1024);
        assert_eq!(settings.default_accept, "text/csv");
        assert_eq!(settings.base_dir, PathBuf::from("/opt/ml"));
        assert_eq!(settings.workers, available_cores());
    }

    #[test]
    fn an_alias_counts_where_the_name_itself_is_not_set() {
        let alias = ("SAGEMAKER_MODEL_SERVER_WORKERS", "3");
        assert_eq!(read(&[alias]).unwrap().workers.get(), 3);
        let both = [alias, ("MODEL_SERVER_WORKERS", "5")];
        assert_eq!(read(&both).unwrap().workers.get(), 5);
        let empty = [alias, ("MODEL_SERVER_WORKERS", "")];
        assert_eq!(read(&empty).unwrap().workers.get(), 3);
    }

    #[test]
    fn an_unusable_value_names_the_variable_the_value_and_what_is_allowed() {
        for (name, value, message) in [
            (
                "MODEL_SERVER_WORKERS",
                "0",
                "MODEL_SERVER_WORKERS=0: expected a whole number from 1 to 256",
            ),
            (
                "MODEL_SERVER_TIMEOUT",
                "soon",
                "MODEL_SERVER_TIMEOUT=soon: expected a whole number from 1 to 3600",
            ),
            (
                "SAGEMAKER_BIND_TO_PORT",
                "65536",
                "SAGEMAKER_BIND_TO_PORT=65536: expected a whole number from 0 to 65535",
            ),
            (
                "MODEL_SERVER_GRPC_HOST",
                "here",
                "MODEL_SERVER_GRPC_HOST=here: expected an IP address",
            ),
        ] {
            assert_eq!(read(&[(name, value)]).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn resolved_settings_read_back_the_same() {
        let given = [
            ("MODEL_SERVER_GRPC_PORT", "9000"),
            ("MODEL_NAME", "leaf it"),
            ("SAGEMAKER_INFERENCE_OUTPUT", "predicted_label, path"),
        ];
        let settings = read(&given).unwrap();
        let resolved = settings.resolved();
        let again = Settings::read(|name| {
            let pair = resolved.iter().find(|(key, _)| *key == name)?;
            Some(pair.1.clone())
        });
        assert_eq!(again.unwrap(), settings);
    }
}
