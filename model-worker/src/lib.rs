//! Decodes, scores and encodes invocations behind gRPC.
//!
//! The files in the order of an invocation's way:
//!
//! | module | does |
//! | --- | --- |
//! | [`server`] | listeners (unix socket, TCP), the gRPC services on them, shutdown |
//! | [`invocations`] | the gateway's stream: frames in, frames out |
//! | [`open_inference`] | direct scoring by the Open Inference Protocol |
//! | `invocation_log` | a line about each of its payloads |
//! | [`scorer`] | one payload: decode, score, encode |
//! | [`format`] | the formats' names |
//! | [`payload`] | Content-Type to rows |
//! | [`answer`] | Accept to text |
//! | `answer_memory` | bounds the memory that answers take |
//! | `threads` | score a large payload together |
//! | [`model_file`] | finds and loads the model |
//!
//! For another algorithm, change [`payload`], [`answer`] and the crate `model`.

pub mod answer;
mod answer_memory;
pub mod faults;
mod invocation_log;
pub mod invocations;
pub mod model_file;
pub mod open_inference;
pub mod scorer;
pub mod server;
mod threads;
