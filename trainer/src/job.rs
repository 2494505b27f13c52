//! The training job as SageMaker lays it out below `/opt/ml`: what to train on, where results go.
//!
//! | path | |
//! | --- | --- |
//! | `input/config/hyperparameters.json` | `{name: text}` |
//! | `input/config/inputdataconfig.json` | `{channel: {"ContentType", "TrainingInputMode", ...}}`, every key optional |
//! | `input/config/resourceconfig.json` | `{"current_host", "hosts", ...}` |
//! | `input/config/checkpointconfig.json` | `{"LocalPath", ...}`: where checkpoints are kept |
//! | `input/data/CHANNEL/` | files; `CHANNEL_0` is a FIFO in Pipe mode |
//! | `model/` | the model file |
//! | `output/data/` | reports |
//! | `output/failure`, `output/success` | how it ended |
//!
//! Any of the files of `input/config` may be missing.

mod channels;
pub mod checkpoints;
mod config;
mod environment;
mod hyperparameters;
pub mod outcome;
pub mod stop;

use std::{io, path::PathBuf};

use algorithm::{Absent, Learner, Settings, Share, Task};
use thiserror::Error;

use self::{checkpoints::Checkpoints, environment::Environment};
use crate::{
    data::Channel,
    parameters::{Parameters, ParametersError},
};

pub use hyperparameters::text_of;

/// A training job.
pub struct Job {
    /// The algorithm that learns.
    pub learner: &'static dyn Learner,
    /// The hyperparameters, all valid.
    pub settings: Settings,
    /// What the learner wants to know about each row.
    pub task: Task,
    /// The meaning of a value that a sparse record leaves out.
    pub absent: Absent,
    /// Whether a value may be missing.
    pub takes_missing: bool,
    /// The channel `training` or `train`.
    pub training: Channel,
    /// The channel `validation` or `test`.
    pub validation: Option<Channel>,
    /// Which of the job's machines this is.
    pub host: Host,
    /// What this machine learns; `None` if it has nothing to do.
    pub share: Option<Share>,
    /// Where checkpoints are kept, if they are.
    pub checkpoints: Option<Checkpoints>,
    /// Where things are.
    pub paths: Paths,
    /// What the user calls the job.
    pub name: Option<String>,
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
    /// All names, sorted; empty if they are not known.
    pub all: Vec<String>,
}

/// The job's files can't be used.
#[derive(Debug, Error)]
pub enum JobError {
    /// A file can't be read.
    #[error("{file} can't be read: {source}")]
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
    Parameters(#[from] ParametersError),
    /// The rows to train on are spread over the hosts.
    #[error("{0}")]
    Sharded(String),
}

/// What a job is to train, before anything else of it is known.
pub struct Order {
    /// The algorithm that learns.
    pub learner: &'static dyn Learner,
    /// The hyperparameters, as text by name.
    given: Vec<(String, String)>,
}

impl Order {
    /// Reads the hyperparameters and chooses the learner.
    ///
    /// # Errors
    /// The file can't be read, or no learner has all names.
    pub fn read(
        parameters: &Parameters,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, JobError> {
        let paths = Paths::new(&env);
        let given = hyperparameters::given(&paths, &Environment(env), parameters)?;
        let learner = parameters.choose(&given)?;
        Ok(Self { learner, given })
    }
}

impl Job {
    /// Reads the job's files; `env` looks a variable up.
    ///
    /// # Errors
    /// The first thing that can't be used.
    pub fn read(
        order: &Order,
        parameters: &Parameters,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, JobError> {
        let paths = Paths::new(&env);
        let env = Environment(env);
        let learner = order.learner;
        let settings = parameters.parse(learner, &order.given)?;
        let host = config::host(&paths, &env)?;
        let channels = channels::find(&paths, &env, learner, &settings)?;
        let shares_work = learner.shares_work(&settings);
        if channels.is_sharded && host.all.len() > 1 {
            return Err(JobError::Sharded(
                host.sharded(&channels.training, shares_work),
            ));
        }
        Ok(Self {
            task: learner.task(&settings),
            absent: learner.absent(&settings),
            takes_missing: learner.takes_missing(&settings),
            share: host.share(shares_work),
            checkpoints: Checkpoints::read(&paths, learner.checkpoint_name())?,
            learner,
            settings,
            training: channels.training,
            validation: channels.validation,
            host,
            paths,
            name: env.job_name(),
        })
    }
}

impl Paths {
    /// The directories below `SAGEMAKER_BASE_DIR`, or those that `SM_*` variables name.
    pub fn new(env: impl Fn(&str) -> Option<String>) -> Self {
        let env = Environment(env);
        let base = env.base();
        let input = env.input().unwrap_or_else(|| base.join("input"));
        let output = base.join("output");
        Self {
            config: env.config().unwrap_or_else(|| input.join("config")),
            data: input.join("data"),
            model: env.model().unwrap_or_else(|| base.join("model")),
            output_data: env.output_data().unwrap_or_else(|| output.join("data")),
            output,
        }
    }
}

impl Host {
    /// What this machine learns; `None` if the first of all in sorted order learns alone, and it is another one.
    pub fn share(&self, shares_work: bool) -> Option<Share> {
        let index = self.all.iter().position(|name| *name == self.name);
        match (index, shares_work) {
            (Some(index), true) => Some(Share {
                index,
                count: self.all.len(),
            }),
            (None | Some(0), _) => Some(Share::ALL),
            (Some(_), false) => None,
        }
    }

    /// The sentence about rows that are spread over the machines.
    fn sharded(&self, channel: &Channel, shares_work: bool) -> String {
        let Channel { name, .. } = channel;
        let n_hosts = self.all.len();
        match shares_work {
            true => format!(
                "the {name} channel is sharded over {n_hosts} hosts, but each of them needs all rows: use FullyReplicated"
            ),
            false => format!(
                "the {name} channel is sharded over {n_hosts} hosts, this image trains on one: use one instance or FullyReplicated"
            ),
        }
    }
}

#[cfg(test)]
mod tests;
