//! `../checks/xgboost.rs` on bytes that libFuzzer makes up.
//!
//! In `trees/`, with the corpus of XGBoost's files as seeds:
//! `cargo +nightly fuzz run xgboost fuzz/corpus/xgboost tests/xgboost/models -- -max_len=20000`

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../checks/xgboost.rs"]
mod xgboost;

fuzz_target!(|file: &[u8]| xgboost::check(file));
