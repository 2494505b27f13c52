//! The gateway against workers whose behaviour each test chooses.

// A test that can't be set up must fail at once, in helper functions too.
#![allow(clippy::unwrap_used)]

mod balancing;
mod error_statuses;
mod failover;
mod fake_worker;
mod faults;
mod framing;
mod harness;
mod limits;
mod log;
mod protocol;
mod routes;
