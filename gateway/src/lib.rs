//! Answers SageMaker's HTTP calls and balances them over the model-workers.
//!
//! The files in the order of a request's way:
//!
//! | module | does |
//! | --- | --- |
//! | [`http`] | connections: accept, serve, drain |
//! | [`routes`] | `/ping`, `/invocations`, and the limits around them |
//! | `execution_parameters` | what a batch transform job may send |
//! | `request_rules` | what HTTP/1.1 asks of a request and hyper lets pass |
//! | `payload_budget`, `sent_body` | bound the memory that payloads take |
//! | `linger` | lets a client that is still sending read a refusal |
//! | [`inference_id`], `access_log` | what an invocation is called in the logs, and the line about it |
//! | [`invocation`] | what the routes hand to the pool: headers and opaque body |
//! | [`pool`] | picks the worker with the least work in flight, moves invocations off dead ones |
//! | `pool::worker` | keeps one worker connected and tells whether it can score |
//! | `pool::health` | when a worker counts as stalled, and when it is killed |
//! | `pool::connection` | many invocations on one stream |
//! | [`print_settings`] | what `serve` has to know beforehand |
//! | [`check`] | a client of `/ping` |
//! | `pool::in_flight` | who waits for an answer on it |
//! | [`error`] | the only file that names HTTP error statuses |
//!
//! The gateway never parses a payload and does not know the model.

mod access_log;
pub mod check;
pub mod error;
mod execution_parameters;
pub mod http;
pub mod inference_id;
pub mod invocation;
mod linger;
mod payload_budget;
pub mod pool;
pub mod print_settings;
mod request_rules;
pub mod routes;
mod sent_body;
