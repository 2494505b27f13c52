//! The seeds of the fuzz targets, whole and damaged at every byte, through the same checks, without
//! libFuzzer.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::{
    fs,
    path::{Path, PathBuf},
};

#[path = "../fuzz/checks/lightgbm.rs"]
mod lightgbm;
#[path = "../fuzz/checks/load.rs"]
mod load;
#[path = "../fuzz/checks/xgboost.rs"]
mod xgboost;

/// What a byte becomes: other wire types and field numbers, longer and shorter lengths, signs.
const DAMAGES: [fn(u8) -> u8; 4] = [|_| 0, |_| 0xff, |byte| byte ^ 1, |byte| byte ^ 0x80];

/// The files of a folder below `tests` of which `is_seed` holds.
fn seeds(folder: &str, is_seed: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(folder);
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| is_seed(path));
    paths.sort();
    paths
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).unwrap().len()
}

/// The file as it is, cut off at every byte, and with every byte damaged.
fn check(path: &Path, check: fn(&[u8])) {
    println!("{}", path.display());
    let mut file = fs::read(path).unwrap();
    check(&file);
    for at in 0..file.len() {
        check(&file[..at]);
        let byte = file[at];
        for damage in DAMAGES {
            file[at] = damage(byte);
            check(&file);
        }
        file[at] = byte;
    }
}

#[test]
fn golden_files_and_damaged_ones() {
    let is_model = |path: &Path| {
        path.extension()
            .is_some_and(|extension| extension == "onnx")
    };
    let seeds = seeds("golden", is_model);
    for path in &seeds {
        check(path, load::check);
    }
    assert!(seeds.len() >= 8, "only {} files", seeds.len());
}

#[test]
fn parts_of_forests_and_damaged_ones() {
    let seeds = seeds("parts", |_| true);
    for path in &seeds {
        check(path, load::check);
    }
    assert_eq!(seeds.len(), 2);
}

#[test]
fn xgboost_files_and_damaged_ones() {
    let mut n_seeds = 0;
    for format in ["bin", "json", "ubj", "pickle0", "pickle2", "pickle4"] {
        let mut seeds = seeds("xgboost/models", |path| {
            path.extension()
                .is_some_and(|extension| extension == format)
        });
        // Small files of every kind: what is in the large ones is more of the same.
        for kind in ["", "-categories-", "-vectors", "-dart"] {
            seeds.sort_by_key(|path| length(path));
            let of_kind = |path: &&PathBuf| path.display().to_string().contains(kind);
            let smallest = seeds.iter().find(of_kind);
            if let Some(path) = smallest.filter(|path| kind.is_empty() || length(path) < 4_000) {
                check(path, xgboost::check);
                n_seeds += 1;
            }
        }
    }
    assert!(n_seeds >= 8, "only {n_seeds} files");
}

#[test]
fn lightgbm_files_and_damaged_ones() {
    let names = [
        "binary.txt",
        "categorical.txt",
        "continued.txt",
        "custom_three.txt",
        "linear.txt",
        "one_tree.txt",
        "rf_multiclass.txt",
    ];
    let seeds = seeds("lightgbm/4.7.0", |path| {
        names
            .iter()
            .any(|name| path.file_name() == Some(name.as_ref()))
    });
    assert_eq!(seeds.len(), names.len());
    for path in &seeds {
        check(path, lightgbm::check);
    }
}
