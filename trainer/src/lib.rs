//! The SageMaker training job. The modules in the order in which a job passes through them:
//!
//! | module | holds |
//! | --- | --- |
//! | [`run`] | the way of a job |
//! | [`job`] | the job's files and directories |
//! | [`hyperparameters`] | what the tree is grown by |
//! | [`data`] | CSV files into a table |
//! | [`grow`] | the engine that the job names: [`exact`], or linfa-trees |
//! | [`tree`] | what they grow |
//! | [`evaluate`] | how well it does |
//! | [`progress`] | how far each of these is |
//! | [`report`] | what people get to see of it |
//! | [`model_file`] | the tree as ONNX, put in place whole |

pub mod data;
pub mod evaluate;
pub mod exact;
pub mod grow;
pub mod hyperparameters;
pub mod job;
pub mod model_file;
pub mod progress;
pub mod report;
pub mod run;
pub mod tree;
