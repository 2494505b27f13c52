//! `../checks/hyperparameters.rs` on bytes that libFuzzer makes up.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../checks/hyperparameters.rs"]
mod hyperparameters;
#[path = "../../tests/support/learners.rs"]
mod learners;

fuzz_target!(|data: &[u8]| hyperparameters::check(data));
