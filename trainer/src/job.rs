//! The training job as SageMaker lays it out below `/opt/ml`: what to train on, where results go.
//!
//! | path | |
//! | --- | --- |
//! | `input/config/hyperparameters.json` | `{name: text}` |
//! | `input/config/inputdataconfig.json` | `{channel: {"ContentType", "TrainingInputMode", ...}}`, every key optional |
//! | `input/config/resourceconfig.json` | `{"current_host", "hosts", ...}` |
//! | `input/data/CHANNEL/` | files; `CHANNEL_0` is a FIFO in Pipe mode |
//! | `model/` | the model file |
//! | `output/data/` | reports |
//! | `output/failure`, `output/success` | how it ended |
//!
//! Any of the files of `input/config` may be missing. The `SM_*` variables, which SageMaker's toolkits
//! set inside their own containers, are overrides here and never needed.

mod channels;
mod config;
pub mod outcome;
pub mod stop;

use std::{collections::BTreeMap, io, path::PathBuf};

use thiserror::Error;

use crate::{
    data::Channel,
    hyperparameters::{self, HyperparameterError, Hyperparameters},
};

/// A training job.
#[derive(Clone, Debug)]
pub struct Job {
    /// What the tree is grown by.
    pub hyperparameters: Hyperparameters,
    /// The channel `training` or `train`.
    pub training: Channel,
    /// The channel `validation` or `test`.
    pub validation: Option<Channel>,
    /// Which of the job's machines this is.
    pub host: Host,
    /// Where things are.
    pub paths: Paths,
}

/// The directories of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// `input/config`.
    pub config: PathBuf,
    /// `input/data`.
    pub data: PathBuf,
    /// `model`.
    pub model: PathBuf,
    /// `output`.
    pub output: PathBuf,
    /// `output/data`.
    pub output_data: PathBuf,
}

/// Which of a job's machines this is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// All names, sorted; empty where nothing tells them.
    pub all: Vec<String>,
}

/// The job can't be told from its files.
#[derive(Debug, Error)]
pub enum JobError {
    /// A file can't be read.
    #[error("{file} cannot be read: {source}")]
    Read {
        /// Its path.
        file: String,
        /// The cause.
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{file}, line {line}, column {column}: {what}")]
    Json {
        /// Its path.
        file: String,
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// What was found and what is expected.
        what: String,
    },
    /// A channel is missing, or of a kind that can't be read.
    #[error("{0}")]
    Channel(String),
    /// A hyperparameter can't be used.
    #[error(transparent)]
    Hyperparameter(#[from] HyperparameterError),
}

impl Job {
    /// Reads the job's files; `env` looks a variable up.
    ///
    /// # Errors
    /// The first thing that can't be used.
    pub fn read(env: impl Fn(&str) -> Option<String>) -> Result<Self, JobError> {
        let paths = Paths::new(&env);
        let mut given: BTreeMap<String, String> = config::object(&paths, "hyperparameters.json")?
            .iter()
            .map(|(name, value)| (name.clone(), hyperparameters::text_of(value)))
            .collect();
        for name in hyperparameters::NAMES {
            if let Some(value) = env(&format!("SM_HP_{}", name.to_ascii_uppercase())) {
                let value = hyperparameters::text_of(&serde_json::Value::String(value));
                given.insert(name.to_owned(), value);
            }
        }
        let hyperparameters = Hyperparameters::parse(&given)?;
        let host = config::host(&paths, &env)?;
        let channels = channels::find(&paths, &env)?;
        Ok(Self {
            hyperparameters,
            training: channels.training,
            validation: channels.validation,
            host,
            paths,
        })
    }
}

impl Paths {
    /// The directories below `SAGEMAKER_BASE_DIR`, or where `SM_*` variables put them.
    pub fn new(env: impl Fn(&str) -> Option<String>) -> Self {
        let base = runtime::settings::base_dir(&env);
        let over = |name: &str| env(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        let input = over("SM_INPUT_DIR").unwrap_or_else(|| base.join("input"));
        let output = base.join("output");
        Self {
            config: over("SM_INPUT_CONFIG_DIR").unwrap_or_else(|| input.join("config")),
            data: input.join("data"),
            model: over("SM_MODEL_DIR").unwrap_or_else(|| base.join("model")),
            output_data: over("SM_OUTPUT_DATA_DIR").unwrap_or_else(|| output.join("data")),
            output,
        }
    }
}

impl Host {
    /// Whether this machine trains: the first of all in sorted order does.
    pub fn trains(&self) -> bool {
        self.all.first().is_none_or(|first| *first == self.name)
    }
}

#[cfg(test)]
mod tests;
