//! A SageMaker training job around any [`Learner`](algorithm::Learner).
//!
//! A binary hands its learners to [`main`] and is complete. The modules in the order in which a job
//! passes through them:
//!
//! | module | holds |
//! | --- | --- |
//! | `command` | [`main`]: the command line, and how a job ends |
//! | [`run`] | the steps of a job |
//! | [`parameters`] | the hyperparameters of the job and of each learner |
//! | [`job`] | the job's files, directories and variables |
//! | [`data`] | the files of a channel into a table |
//! | [`input`] | the tables of a job's channels |
//! | [`fitting`] | the job as a learner sees it |
//! | [`progress`] | how far the job is, and how long each phase takes |
//! | [`evaluate`] | how well the predictor that will be served does |
//! | [`model_file`] | the model file, put in place whole |
//! | [`report`] | what people get to see of it |

mod command;
pub mod data;
pub mod evaluate;
pub mod fitting;
pub mod input;
pub mod job;
pub mod model_file;
pub mod parameters;
pub mod progress;
pub mod report;
pub mod run;

pub use command::main;

#[cfg(test)]
#[path = "../tests/support/learners.rs"]
mod learners;
