//! The histogram grower against a naive one, and its promises about order and threads.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests are not tests to clippy"
)]

mod data;
mod naive;

mod order;
#[path = "../support/random.rs"]
mod random;
mod reference;
