//! Every model of the corpus with the answers that onnxruntime gave, and every file to refuse.
//!
//! The corpus's README.md says how rows and answers are written and which models there are.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

use std::fs;
use std::path::{Path, PathBuf};

use trees::Model;

#[path = "support/answers.rs"]
mod answers;

/// Models with an `Exp` or `Sigmoid` node, whose values may differ by [`TOLERANCE`]: onnxruntime's vectorised
/// functions round differently. The answers of all other models are equal bit for bit.
const INEXACT: [&str; 3] = [
    "skl-ada-3c-str",
    "skl-gb-exponential-bin-str",
    "t2-lgb-poisson",
];

/// The largest relative error of such values.
const TOLERANCE: f64 = 2e-7;

/// The corpus's folder.
fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// The files whose names end in `.onnx`, without that ending, sorted.
fn models() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(corpus())
        .unwrap()
        .filter_map(|entry| {
            Some(
                entry
                    .unwrap()
                    .file_name()
                    .to_str()?
                    .strip_suffix(".onnx")?
                    .to_owned(),
            )
        })
        .collect();
    names.sort();
    names
}

fn read(name: &str) -> Vec<u8> {
    fs::read(corpus().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_model_gives_the_expected_answers() {
    let mut n_models = 0;
    let mut wrong = Vec::new();
    for name in models().iter().filter(|name| !name.starts_with("reject-")) {
        n_models += 1;
        let model = match Model::load(&read(&format!("{name}.onnx"))) {
            Ok(model) => model,
            Err(error) => {
                wrong.push(format!("{name}: {error}"));
                continue;
            }
        };
        let is_inexact = INEXACT.contains(&name.as_str());
        let tolerance = if is_inexact { TOLERANCE } else { 0.0 };
        for rows in ["", ".nan"] {
            let file = format!("{name}{rows}.csv");
            if corpus().join(&file).exists() {
                let expected = read(&format!("{name}{rows}.expected.csv"));
                if let Err(error) = answers::compare(&model, &read(&file), &expected, tolerance) {
                    wrong.push(format!("{file}: {error}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(n_models >= 96, "only {n_models} models");
}

#[test]
fn every_bad_file_is_refused_in_one_line() {
    let expected = [
        (
            "reject-class-id-range",
            "class_ids[0]: found 5, allowed are 0 to 2",
        ),
        ("reject-classifier-in-ml-opset-5", "found version 5"),
        (
            "reject-concat-shapes",
            "found a shape with another number of rows than the input's",
        ),
        ("reject-cycle", "cycle"),
        ("reject-dangling-child", "has no such node"),
        ("reject-empty", "the file is empty"),
        ("reject-garbage", "not an ONNX model file"),
        (
            "reject-gather-outside",
            "found position 9, allowed are -5 to 4",
        ),
        (
            "reject-mixed-types",
            "found inputs of types float32 and float64",
        ),
        (
            "reject-scaler-length",
            "scale: found 4 numbers, allowed are 5, one a column, or 1",
        ),
        (
            "reject-short-values",
            "nodes_values: found 2 entries, nodes_treeids has 3",
        ),
        (
            "reject-string-input",
            "input `X`: found a tensor of string, supported are float32, float64, int64, int32",
        ),
        ("reject-truncated", "cut short"),
        ("reject-unknown-mode", "found `BRANCH_FOO`"),
        ("reject-unknown-op", "is not supported; supported are"),
        ("reject-weight-without-node", "there is no such node"),
    ];
    let names = models();
    let found: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| name.starts_with("reject-"))
        .collect();
    assert_eq!(found, expected.map(|(name, _)| name));
    for (name, reason) in expected {
        let message = Model::load(&read(&format!("{name}.onnx")))
            .unwrap_err()
            .to_string();
        println!("{name}: {message}");
        assert!(message.contains(reason), "{name}: {message}");
        assert!(!message.contains('\n'), "{name}: {message}");
    }
}
