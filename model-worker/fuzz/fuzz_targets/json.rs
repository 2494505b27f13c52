//! In `model-worker/`: `cargo +nightly fuzz run json fuzz/corpus/json fuzz/seeds/json`

#![no_main]

mod check;

libfuzzer_sys::fuzz_target!(|body: &[u8]| check::answer("application/json", body));
