//! The seeds of the fuzz targets, whole and damaged at every byte, through the same checks, without
//! libFuzzer.

use std::{fs, path::Path};

#[path = "../fuzz/checks/lightgbm.rs"]
mod lightgbm;
#[path = "../fuzz/checks/load.rs"]
mod load;

/// What a byte becomes: other wire types and field numbers, longer and shorter lengths, signs.
const DAMAGES: [fn(u8) -> u8; 4] = [|_| 0, |_| 0xff, |byte| byte ^ 1, |byte| byte ^ 0x80];

#[test]
fn golden_files_and_damaged_ones() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut inputs = 0;
    for entry in fs::read_dir(seeds).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "onnx") {
            continue;
        }
        println!("{}", path.display());
        damage(fs::read(path).unwrap(), load::check);
        inputs += 1;
    }
    assert!(inputs >= 8, "only {inputs} files");
}

#[test]
fn lightgbm_files_and_damaged_ones() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lightgbm/4.7.0");
    for name in [
        "binary",
        "categorical",
        "continued",
        "custom_three",
        "linear",
        "one_tree",
        "rf_multiclass",
    ] {
        println!("{name}");
        let file = fs::read(seeds.join(format!("{name}.txt"))).unwrap();
        damage(file, lightgbm::check);
    }
}

/// Checks a file whole, cut off after every byte, and with every byte changed.
fn damage(mut file: Vec<u8>, check: fn(&[u8])) {
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
