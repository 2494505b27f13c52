//! In `model-worker/`: `cargo +nightly fuzz run recordio fuzz/corpus/recordio fuzz/seeds/recordio`

#![no_main]

mod check;

libfuzzer_sys::fuzz_target!(|body: &[u8]| check::answer("application/x-recordio-protobuf", body));
