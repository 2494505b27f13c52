//! The contract between an algorithm and the container.
//!
//! An algorithm is a crate with a [`Learner`], which `trainer` runs in a training job, and a [`Predictor`],
//! which `model-worker` serves. Everything else comes from the container: content types, answers, batch
//! transform, gRPC, failover, limits, reports and metrics. A payload that is not a table is served one level
//! below, by a [`Handler`]: bytes in, bytes out.
//!
//! | module | holds |
//! | --- | --- |
//! | `features`, `labels` | names of columns and of classes |
//! | `signature` | what a model takes and gives |
//! | `rows`, `float_rows`, `scores` | what a predictor is handed and fills in |
//! | `largest` | which class a row of values stands for |
//! | `decision` | one rule of an explanation |
//! | `predictor` | [`Predictor`] |
//! | `model_format` | [`ModelFormat`]: how a model file becomes one |
//! | `cancellation` | whether anybody still waits for an answer |
//! | `handler` | [`Handler`]: the level of bytes |
//! | `table` | training data |
//! | `parameter`, `kind`, `settings` | hyperparameters: a table for each learner |
//! | `channels` | the channels of a job |
//! | `watch` | [`Watch`]: the job as a learner sees it |
//! | `learner` | [`Learner`] |
//! | `report` | what a learner adds to the job's report |
//! | `text` | how messages quote and list |

mod cancellation;
mod channels;
mod decision;
mod features;
mod float_rows;
mod handler;
mod kind;
mod labels;
mod largest;
mod learner;
mod model_format;
mod parameter;
mod predict_error;
mod predictor;
pub mod report;
mod rows;
mod scores;
mod settings;
mod signature;
mod table;
pub mod text;
mod watch;

pub use cancellation::Cancellation;
pub use channels::{ChosenChannel, ChosenChannels, FoundChannel};
pub use decision::{Decision, Relation, Threshold};
pub use features::Features;
pub use handler::{Answer, Handler, Refusal, Request};
pub use kind::{Amount, Kind, Value};
pub use labels::Labels;
pub use largest::first_largest;
pub use learner::{FitError, Fitted, Learner};
pub use model_format::{LoadError, Loaded, ModelFormat, Part, Parts};
pub use parameter::Parameter;
pub use predict_error::PredictError;
pub use predictor::Predictor;
pub use rows::{InputType, Rows};
pub use scores::{Buffers, Scores};
pub use settings::{Settings, SettingsError};
pub use signature::{Absent, Contributions, Output, Signature, Values};
pub use table::{Data, Table, Target, Task};
pub use watch::{Checkpoint, Share, Watch};
