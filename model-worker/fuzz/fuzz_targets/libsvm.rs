//! In `model-worker/`: `cargo +nightly fuzz run libsvm fuzz/corpus/libsvm fuzz/seeds/libsvm`

#![no_main]

mod check;

libfuzzer_sys::fuzz_target!(|body: &[u8]| check::answer("text/libsvm", body));
