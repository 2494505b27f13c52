//! Replays the seeds of the fuzz targets, and every beginning of each.

use std::{fs, path::Path};

#[path = "../../fuzz/checks/serving.rs"]
mod serving;
#[path = "../../fuzz/checks/training.rs"]
mod training;

const FORMATS: [(&str, &str); 6] = [
    ("csv", "text/csv"),
    ("json", "application/json"),
    ("jsonlines", "application/jsonlines"),
    ("libsvm", "text/libsvm"),
    ("npy", "application/x-npy"),
    ("recordio", "application/x-recordio-protobuf"),
];

/// Calls `check` with all beginnings of all seeds in a folder.
fn replay(folder: &str, check: impl Fn(&[u8])) {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let mut n_seeds = 0;
    for seed in fs::read_dir(seeds.join(folder)).unwrap() {
        let path = seed.unwrap().path();
        println!("{}", path.display());
        let bytes = fs::read(path).unwrap();
        for end in 0..=bytes.len() {
            check(&bytes[..end]);
        }
        n_seeds += 1;
    }
    assert!(n_seeds >= 5, "only {n_seeds} seeds in {folder}");
}

#[test]
fn every_payload_is_decoded_or_refused() {
    for (folder, content_type) in FORMATS {
        replay(folder, |bytes| serving::check(content_type, bytes));
    }
}

#[test]
fn every_training_file_is_read_or_refused() {
    for (folder, content_type) in FORMATS {
        let folder = format!("train_{folder}");
        replay(&folder, |bytes| training::check(content_type, bytes));
    }
}

/// Training reads what is served, too.
#[test]
fn every_payload_is_a_training_file_or_refused() {
    for (folder, content_type) in FORMATS {
        replay(folder, |bytes| {
            for choice in [0x0c, 0xb0] {
                training::check(content_type, &[&[choice], bytes].concat());
            }
        });
    }
}
