//! Answers SageMaker's HTTP calls and balances them over the model-workers.
//!
//! The process, and what it does besides serving:
//!
//! | module | does |
//! | --- | --- |
//! | `process` | command line, settings, start and stop: [`main`] |
//! | `print_settings` | `--print-settings`: what `serve` must know before it starts anything |
//! | `check` | `--check`: a client of `/ping` |
//!
//! The modules that a request passes, in order:
//!
//! | module | does |
//! | --- | --- |
//! | [`http`] | connections: accept, serve, drain |
//! | `request_rules` | HTTP/1.1 rules that hyper does not enforce |
//! | `linger` | lets a client that is still sending read a refusal |
//! | [`routes`] | `/ping`, `/invocations`, and the limits around them |
//! | `execution_parameters` | what a batch transform job may send |
//! | [`inference_id`], `access_log` | an invocation's name in the logs, and the log line about it |
//! | `payload_budget` | bounds the memory that payloads take |
//! | [`invocation`] | what the routes hand to the pool: headers and an opaque body |
//! | [`pool`] | picks the least loaded worker, moves invocations off dead workers |
//! | `pool::worker` | keeps one worker connected and knows whether it can score |
//! | `pool::health` | when a worker counts as stalled, and when it is killed |
//! | `pool::stream` | opens the connection and its streams |
//! | `pool::connection` | many invocations on one stream |
//! | `pool::reservation` | an invocation's place on a connection |
//! | `pool::in_flight` | the invocations that wait for an answer on that stream |
//! | [`loss`] | how an invocation loses its worker |
//! | `sent_body` | an answer's body, which counts towards the payload budget until it is sent |
//! | [`error`] | every way to fail, and its HTTP status: no other file names an error status |
//!
//! The gateway never parses a payload and does not know the model.

mod access_log;
mod check;
pub mod error;
mod execution_parameters;
pub mod http;
pub mod inference_id;
pub mod invocation;
mod linger;
pub mod loss;
mod payload_budget;
pub mod pool;
mod print_settings;
mod process;
mod request_rules;
pub mod routes;
mod sent_body;

pub use process::main;
