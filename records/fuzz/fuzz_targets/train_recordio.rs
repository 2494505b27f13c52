//! Any bytes as a training file of application/x-recordio-protobuf, after a byte that chooses the options.

#![no_main]

#[path = "../checks/training.rs"]
mod training;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| training::check("application/x-recordio-protobuf", bytes));
