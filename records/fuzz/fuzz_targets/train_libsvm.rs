//! Any bytes as a training file of text/libsvm, after a byte that chooses the options.

#![no_main]

#[path = "../checks/training.rs"]
mod training;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| training::check("text/libsvm", bytes));
