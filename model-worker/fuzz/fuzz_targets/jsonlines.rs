//! In `model-worker/`: `cargo +nightly fuzz run jsonlines fuzz/corpus/jsonlines fuzz/seeds/jsonlines`

#![no_main]

mod check;

libfuzzer_sys::fuzz_target!(|body: &[u8]| check::answer("application/jsonlines", body));
