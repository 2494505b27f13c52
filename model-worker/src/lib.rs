//! Answers invocations and direct gRPC calls with any predictor, or with any handler of bytes.
//!
//! A binary is three lines: [`main`] for predictors of tables, [`main_bytes`] for payloads of any kind.
//!
//! | module | does |
//! | --- | --- |
//! | `process` | command line, settings, start and stop |
//! | [`model_file`] | finds and loads the model files |
//! | `voting` | several models that answer as one |
//! | [`headers`] | which payloads and answers the headers allow, for handlers of bytes |
//! | `server`, `listeners` | the gRPC services, the sockets that they listen on |
//!
//! The modules that a call passes, in order:
//!
//! | module | does |
//! | --- | --- |
//! | `invocations` | the gateway's stream: frames in, frames out |
//! | `open_inference` | direct scoring by the Open Inference Protocol: tensors in, tensors out |
//! | `large` | puts large work on a thread, cancels it, ends the process if it takes too long |
//! | `call` | does the work of a call: catches a panic, logs a line (`invocation_log`) |
//! | [`scorer`] | a payload of rows: decode (crate `records`), score, encode |
//! | `threads` | several threads for a large payload |
//! | `blocks` | rows to scores in blocks, and checks the predictor's scores |
//! | `details` | raw scores, leaves and contributions of a block, if an answer holds them |
//! | `answer` | scores to bytes, by Accept |
//! | `dialect` | payloads and answers as those of AWS's XGBoost container |
//! | `answer_memory` | bounds the memory that answers take |
//! | `outcome`, `status` | refusals as the gateway and as gRPC clients see them |

mod answer;
mod answer_memory;
mod blocks;
mod call;
mod details;
mod dialect;
pub mod headers;
mod invocation_log;
mod invocations;
mod large;
mod listeners;
pub mod model_file;
mod open_inference;
mod outcome;
mod process;
pub mod scorer;
mod server;
mod status;
#[cfg(test)]
mod testing;
mod threads;
mod voting;

pub use process::{main, main_bytes, main_wrapped};
