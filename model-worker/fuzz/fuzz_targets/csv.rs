//! In `model-worker/`: `cargo +nightly fuzz run csv fuzz/corpus/csv fuzz/seeds/csv`

#![no_main]

mod check;

libfuzzer_sys::fuzz_target!(|body: &[u8]| check::answer("text/csv", body));
