//! Answers the seeds of the decoders' fuzz targets, and every beginning of each.

use std::{fs, path::Path};

#[path = "support/check.rs"]
#[expect(
    clippy::expect_used,
    clippy::panic,
    reason = "it panics if the property does not hold"
)]
mod check;

#[test]
fn every_seed_is_answered_or_refused() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../records/fuzz/seeds");
    for (folder, content_type) in [
        ("csv", "text/csv"),
        ("json", "application/json"),
        ("jsonlines", "application/jsonlines"),
        ("libsvm", "text/libsvm"),
        ("npy", "application/x-npy"),
        ("recordio", "application/x-recordio-protobuf"),
    ] {
        let mut n_seeds = 0;
        for seed in fs::read_dir(seeds.join(folder)).unwrap() {
            let body = fs::read(seed.unwrap().path()).unwrap();
            for end in 0..=body.len() {
                check::answer(content_type, &body[..end]);
            }
            n_seeds += 1;
        }
        assert!(n_seeds >= 5, "{n_seeds} seeds in {folder}");
    }
}
