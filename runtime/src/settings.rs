//! The environment variables of `serve`, read and checked once.
//!
//! `serve` runs `gateway --print-settings`, which checks them all and prints them resolved; gateway and
//! workers then read the same variables through this module. An empty variable counts as not set.

mod batch;
mod environment;
mod ports;

use std::{
    net::{IpAddr, Ipv4Addr},
    num::NonZeroUsize,
    path::PathBuf,
    time::Duration,
};

pub use batch::{Batch, Strategy};
pub use environment::SettingError;

use crate::cpus::Cpus;
use environment::Environment;

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
    /// `SAGEMAKER_BATCH` and the rest of what a batch transform job tells.
    pub batch: Batch,
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

impl Settings {
    /// Reads every setting; `env` looks a variable up.
    ///
    /// # Errors
    /// The first value that can't be used, with what is allowed.
    pub fn read(env: impl Fn(&str) -> Option<String>) -> Result<Self, SettingError> {
        let env = Environment(env);
        let workers = env.number(&WORKERS, 1, MAX_WORKERS)?;
        let timeout = env.number(
            &[
                "MODEL_SERVER_TIMEOUT",
                "SAGEMAKER_MODEL_SERVER_TIMEOUT",
                "SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS",
            ],
            1,
            3600,
        )?;
        let megabytes = env.number(&["SAGEMAKER_MAX_PAYLOAD_IN_MB"], 0, MAX_PAYLOAD_MB)?;
        let megabytes = match megabytes {
            None => 100,
            // "Unlimited", in a batch transform job.
            Some(0) => MAX_PAYLOAD_MB,
            Some(megabytes) => megabytes,
        };
        let queue = env.number(&["MODEL_SERVER_QUEUE"], 1, 1_000_000)?;
        let http_port = ports::http(&env)?;
        Ok(Self {
            workers: workers
                .and_then(NonZeroUsize::new)
                .unwrap_or_else(default_workers),
            timeout: Duration::from_secs(timeout.unwrap_or(60)),
            http_port,
            grpc_host: env
                .parsed("MODEL_SERVER_GRPC_HOST", "an IP address")?
                .unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            grpc_port: ports::grpc(&env, http_port)?,
            max_payload: megabytes << 20,
            batch: Batch::read(&env)?,
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
            ("SAGEMAKER_BATCH", self.batch.is_on.to_string()),
            ("SAGEMAKER_BATCH_STRATEGY", self.batch.strategy.to_string()),
        ];
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

const WORKERS: [&str; 2] = ["MODEL_SERVER_WORKERS", "SAGEMAKER_MODEL_SERVER_WORKERS"];

/// Largest `SAGEMAKER_MAX_PAYLOAD_IN_MB`.
const MAX_PAYLOAD_MB: usize = 1024;

/// What the number of workers comes from, for the log.
pub fn workers_source(env: impl Fn(&str) -> Option<String>) -> String {
    let env = Environment(env);
    match WORKERS.into_iter().find(|name| env.text(name).is_some()) {
        Some(name) => name.to_owned(),
        None => Cpus::available().to_string(),
    }
}

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

/// A worker for each CPU that the container may use.
fn default_workers() -> NonZeroUsize {
    let cpus = Cpus::available().count;
    NonZeroUsize::new(MAX_WORKERS).map_or(cpus, |most| cpus.min(most))
}

#[cfg(test)]
mod tests;
