//! `../checks/load.rs` on bytes that libFuzzer makes up.
//!
//! In `trees/`, with the golden files and the ONNX corpus as seeds:
//! `cargo +nightly fuzz run load fuzz/corpus/load tests/golden tests/corpus -- -max_len=20000`

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../checks/load.rs"]
mod load;

fuzz_target!(|file: &[u8]| load::check(file));
