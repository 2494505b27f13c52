//! The seeds of the fuzz target, whole and damaged at every byte, through the same checks, without
//! libFuzzer.

use std::{fs, path::Path};

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
        let mut file = fs::read(path).unwrap();
        load::check(&file);
        for at in 0..file.len() {
            load::check(&file[..at]);
            let byte = file[at];
            for damage in DAMAGES {
                file[at] = damage(byte);
                load::check(&file);
            }
            file[at] = byte;
        }
        inputs += 1;
    }
    assert!(inputs >= 12, "only {inputs} files");
}
