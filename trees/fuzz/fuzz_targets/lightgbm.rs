//! `../checks/lightgbm.rs` on bytes that libFuzzer makes up.
//!
//! In `trees/`, with some of the LightGBM corpus as seeds:
//! `cargo +nightly fuzz run lightgbm fuzz/corpus/lightgbm tests/lightgbm/4.7.0 -- -max_len=20000`

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../checks/lightgbm.rs"]
mod lightgbm;

fuzz_target!(|file: &[u8]| lightgbm::check(file));
