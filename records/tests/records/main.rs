//! Training and serving read the same records, whatever the format.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a failure is to end the test"
)]

mod dialect;
mod formats;
mod reference;
mod seeds;
mod support;
mod training;
mod writers;
