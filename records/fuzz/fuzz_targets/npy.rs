//! Any bytes as a payload of application/x-npy.

#![no_main]

#[path = "../checks/serving.rs"]
mod serving;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| serving::check("application/x-npy", bytes));
