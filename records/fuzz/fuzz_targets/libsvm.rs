//! Any bytes as a payload of text/libsvm.

#![no_main]

#[path = "../checks/serving.rs"]
mod serving;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| serving::check("text/libsvm", bytes));
