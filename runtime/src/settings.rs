//! The environment variables of `serve`, read and checked once.
//!
//! Nothing else of gateway, model-worker and runtime reads the environment. `serve` runs
//! `gateway --print-settings`, which checks all variables and prints the resolved settings; gateway and
//! workers then read those through this module. An empty variable counts as not set.

mod allocator;
mod batch;
mod dialect;
mod environment;
mod log_filter;
mod ports;
mod worker_command;
mod workers;

use std::{
    net::{IpAddr, Ipv4Addr},
    num::NonZeroUsize,
    path::PathBuf,
    time::Duration,
};

pub use allocator::frugal_allocator;
pub use batch::{Batch, Strategy};
pub use dialect::Dialect;
pub use environment::{SettingError, process_env};
pub use log_filter::LogFilter;
pub use workers::workers_source;

use environment::Environment;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// Largest `MODEL_SERVER_TIMEOUT`, in seconds.
const MAX_TIMEOUT: u64 = 3600;

const DEFAULT_PROBE_TIMEOUT: Duration = Duration::from_secs(1);

const DEFAULT_QUEUE: NonZeroUsize = NonZeroUsize::new(1024).unwrap();

const MAX_QUEUE: NonZeroUsize = NonZeroUsize::new(1_000_000).unwrap();

const DEFAULT_PAYLOAD_MB: usize = 100;

/// Largest `SAGEMAKER_MAX_PAYLOAD_IN_MB`.
const MAX_PAYLOAD_MB: usize = 1024;

/// The settings of `serve`, all valid.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// `MODEL_SERVER_WORKERS`: model-worker processes.
    pub workers: NonZeroUsize,
    /// `MODEL_SERVER_WORKER_COMMAND`: what runs instead of the model-worker binary, in a shell's words.
    pub worker_command: Option<String>,
    /// `MODEL_SERVER_TIMEOUT`: how long an invocation may take.
    pub timeout: Duration,
    /// `MODEL_SERVER_PROBE_TIMEOUT`: a worker without a sign of life for this long is stalled. Never more
    /// than `timeout`.
    pub probe_timeout: Duration,
    /// `SAGEMAKER_BIND_TO_PORT`: the gateway's HTTP port; 0 stands for any free port.
    pub http_port: u16,
    /// `MODEL_SERVER_GRPC_HOST`: the address that the direct gRPC port listens on.
    pub grpc_host: IpAddr,
    /// `MODEL_SERVER_GRPC_PORT`: direct gRPC scoring, one port for all workers.
    pub grpc_port: Option<u16>,
    /// The smaller of `SAGEMAKER_MAX_PAYLOAD_IN_MB` and `MAX_CONTENT_LENGTH`, in bytes.
    pub max_payload: usize,
    /// `MODEL_SERVER_QUEUE`: invocations in flight or waiting.
    pub queue: NonZeroUsize,
    /// `SAGEMAKER_BATCH` and the other variables of a batch transform job.
    pub batch: Batch,
    /// `SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT`: the type of an answer if the request allows any.
    pub default_accept: String,
    /// `SAGEMAKER_INFERENCE_OUTPUT`: what an answer holds; `None` stands for the model's main output.
    pub inference_output: Option<String>,
    /// `MODEL_SERVER_DIALECT`: what payloads and answers look like; `None` leaves that to the model.
    pub dialect: Option<Dialect>,
    /// `SAGEMAKER_INFERENCE_ENSEMBLE`: several model files are one ensemble; if not, one of them is served.
    pub ensemble: bool,
    /// `SAGEMAKER_BASE_DIR`: the job's directory tree.
    pub base_dir: PathBuf,
    /// `MODEL_NAME`: the model's name in the Open Inference Protocol.
    pub model_name: String,
    /// `MODEL_SERVER_RUN_DIR`: the directory of the workers' sockets, which `serve` makes.
    pub run_dir: PathBuf,
    /// `RUST_LOG` or `SM_LOG_LEVEL`: which log lines are written.
    pub log_filter: LogFilter,
}

impl Settings {
    /// Reads every setting from the environment of this process.
    ///
    /// # Errors
    /// The first value that can't be used, with what is allowed.
    pub fn from_env() -> Result<Self, SettingError> {
        Self::read(process_env)
    }

    /// Reads every setting; `env` looks a variable up.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    pub fn read(env: impl Fn(&str) -> Option<String>) -> Result<Self, SettingError> {
        let env = Environment(env);
        let workers = workers::read(&env)?;
        let timeout = env.number(
            &[
                "MODEL_SERVER_TIMEOUT",
                "SAGEMAKER_MODEL_SERVER_TIMEOUT",
                "SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS",
            ],
            1,
            MAX_TIMEOUT,
        )?;
        let timeout = timeout.map_or(DEFAULT_TIMEOUT, Duration::from_secs);
        let probe_timeout = env.number(&["MODEL_SERVER_PROBE_TIMEOUT"], 1, MAX_TIMEOUT)?;
        let queue = env.number(&["MODEL_SERVER_QUEUE"], NonZeroUsize::MIN, MAX_QUEUE)?;
        let http_port = ports::http(&env)?;
        Ok(Self {
            workers,
            worker_command: worker_command::read(&env)?,
            timeout,
            // An invocation that is moved later has no time left.
            probe_timeout: probe_timeout
                .map_or(DEFAULT_PROBE_TIMEOUT, Duration::from_secs)
                .min(timeout),
            http_port,
            grpc_host: env
                .parsed("MODEL_SERVER_GRPC_HOST", "an IP address")?
                .unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            grpc_port: ports::grpc(&env, http_port)?,
            max_payload: max_payload(&env)?,
            queue: queue.unwrap_or(DEFAULT_QUEUE),
            batch: Batch::read(&env)?,
            default_accept: env
                .text("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT")
                .unwrap_or_else(|| "text/csv".to_owned()),
            inference_output: env.text("SAGEMAKER_INFERENCE_OUTPUT"),
            dialect: Dialect::read(&env)?,
            ensemble: env.switch("SAGEMAKER_INFERENCE_ENSEMBLE")?.unwrap_or(true),
            base_dir: base_dir(&env.0),
            model_name: env.text("MODEL_NAME").unwrap_or_else(|| "model".to_owned()),
            run_dir: env
                .text("MODEL_SERVER_RUN_DIR")
                .map_or_else(|| std::env::temp_dir().join("model-server"), PathBuf::from),
            log_filter: LogFilter::read(&env),
        })
    }

    /// The resolved settings as `(variable, value)`, as `serve` exports them. The log filter is not among
    /// them: other programs read `RUST_LOG` too.
    pub fn resolved(&self) -> Vec<(&'static str, String)> {
        let mut pairs = vec![
            ("MODEL_SERVER_WORKERS", self.workers.to_string()),
            ("MODEL_SERVER_TIMEOUT", self.timeout.as_secs().to_string()),
            (
                "MODEL_SERVER_PROBE_TIMEOUT",
                self.probe_timeout.as_secs().to_string(),
            ),
            ("SAGEMAKER_BIND_TO_PORT", self.http_port.to_string()),
            ("MODEL_SERVER_GRPC_HOST", self.grpc_host.to_string()),
            (
                "SAGEMAKER_MAX_PAYLOAD_IN_MB",
                self.max_payload.div_ceil(1 << 20).to_string(),
            ),
            ("MAX_CONTENT_LENGTH", self.max_payload.to_string()),
            ("MODEL_SERVER_QUEUE", self.queue.to_string()),
            (
                "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT",
                self.default_accept.clone(),
            ),
            ("SAGEMAKER_INFERENCE_ENSEMBLE", self.ensemble.to_string()),
            ("SAGEMAKER_BASE_DIR", self.base_dir.display().to_string()),
            ("MODEL_NAME", self.model_name.clone()),
            ("SAGEMAKER_BATCH_STRATEGY", self.batch.strategy.to_string()),
        ];
        if self.batch.is_on {
            pairs.push(("SAGEMAKER_BATCH", true.to_string()));
        }
        if let Some(dialect) = self.dialect {
            pairs.push(("MODEL_SERVER_DIALECT", dialect.to_string()));
        }
        if let Some(command) = &self.worker_command {
            pairs.push(("MODEL_SERVER_WORKER_COMMAND", command.clone()));
        }
        if let Some(output) = &self.inference_output {
            pairs.push(("SAGEMAKER_INFERENCE_OUTPUT", output.clone()));
        }
        if let Some(port) = self.grpc_port {
            pairs.push(("MODEL_SERVER_GRPC_PORT", port.to_string()));
        }
        if let Some(concurrent) = self.batch.concurrent {
            pairs.push((
                "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS",
                concurrent.to_string(),
            ));
        }
        pairs
    }

    /// The socket on which worker `index`, counted from 0, listens.
    pub fn worker_socket(&self, index: usize) -> PathBuf {
        self.run_dir.join(format!("worker-{index}.sock"))
    }

    /// The sockets of all workers, in order.
    pub fn worker_sockets(&self) -> Vec<PathBuf> {
        (0..self.workers.get())
            .map(|index| self.worker_socket(index))
            .collect()
    }

    /// The directory of the model file.
    pub fn model_dir(&self) -> PathBuf {
        self.base_dir.join("model")
    }
}

/// The largest payload in bytes.
fn max_payload<F: Fn(&str) -> Option<String>>(env: &Environment<F>) -> Result<usize, SettingError> {
    let megabytes = env.number(&["SAGEMAKER_MAX_PAYLOAD_IN_MB"], 0, MAX_PAYLOAD_MB)?;
    let megabytes = megabytes.map(|megabytes| match megabytes {
        // A batch transform job says "unlimited" with it.
        0 => MAX_PAYLOAD_MB,
        megabytes => megabytes,
    });
    let bytes = env.number(&["MAX_CONTENT_LENGTH"], 1, usize::MAX)?;
    let bytes = bytes.map(|bytes| bytes.min(MAX_PAYLOAD_MB << 20));
    Ok(match (megabytes.map(|megabytes| megabytes << 20), bytes) {
        (Some(a), Some(b)) => a.min(b),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => DEFAULT_PAYLOAD_MB << 20,
    })
}

/// `SAGEMAKER_BASE_DIR`, else `/opt/ml`.
pub fn base_dir(env: impl Fn(&str) -> Option<String>) -> PathBuf {
    Environment(env)
        .text("SAGEMAKER_BASE_DIR")
        .map_or_else(|| PathBuf::from("/opt/ml"), PathBuf::from)
}

#[cfg(test)]
mod tests;
