//! The `exact` engine against a naive builder of the same tree, and against itself under other
//! orders of the rows and numbers of threads.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests are not tests to clippy"
)]

mod data;
mod deep;
mod naive;
mod numbers;
mod order;
#[path = "../support/random.rs"]
mod random;
mod reference;
mod threads;
