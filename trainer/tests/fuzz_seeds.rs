//! The kept inputs of the fuzz targets, through the same checks, without libFuzzer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::{fs, path::Path};

#[path = "../fuzz/checks/hyperparameters.rs"]
mod hyperparameters;
#[path = "support/learners.rs"]
mod learners;

/// Checks every input of a target's seeds, whole and cut short at every byte.
fn replay(target: &str, at_least: usize, check: impl Fn(&[u8])) {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let mut inputs = 0;
    for entry in fs::read_dir(seeds.join(target)).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        let input = fs::read(path).unwrap();
        for length in (0..=input.len()).rev() {
            check(&input[..length]);
        }
        inputs += 1;
    }
    assert!(inputs >= at_least, "only {inputs} inputs");
}

#[test]
fn hyperparameters_corpus() {
    replay("hyperparameters", 7, hyperparameters::check);
}
