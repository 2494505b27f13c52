//! `../checks/load.rs` on bytes that libFuzzer makes up.
//!
//! In `trees/`, with the golden files, the ONNX corpus and the parts of a forest as seeds:
//! `cargo +nightly fuzz run load fuzz/corpus/load tests/golden tests/corpus tests/parts -- -max_len=20000`

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../checks/load.rs"]
mod load;

fuzz_target!(|file: &[u8]| load::check(file));
