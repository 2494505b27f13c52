//! In `model-worker/`: `cargo +nightly fuzz run npy fuzz/corpus/npy fuzz/seeds/npy`

#![no_main]

mod check;

libfuzzer_sys::fuzz_target!(|body: &[u8]| check::answer("application/x-npy", body));
