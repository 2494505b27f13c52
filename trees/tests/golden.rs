//! Small model files that stay in the repository, with their answers: what once loaded and scored must
//! always do so.
//!
//! `written-*` are this crate's own files. The others are from scikit-learn and hand-made, their answers
//! from onnxruntime 1.31.1.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

use std::fs;
use std::path::{Path, PathBuf};

use algorithm::{Features, Labels, Output};
use trees::{Model, TreeModel, TreeNode};

#[path = "support/answers.rs"]
mod answers;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name)
}

#[test]
fn golden_files_give_the_answers_that_they_gave() {
    let names = [
        "modes-eq-neq-reg",
        "pipe-imp-norm-std-minmax-dtr",
        "quirk-two-columns-bin",
        "skl-ada-3c-str",
        "skl-adar",
        "skl-bag-bin-features",
        "skl-dt-3c-raw",
        "skl-dt-single-leaf",
        "ties-4c",
        "v5-member",
        "written-binary",
        "written-three-classes",
        // Written before files had covers.
        "written-three-classes-without-covers",
    ];
    for name in names {
        let model = Model::load(&fs::read(golden(&format!("{name}.onnx"))).unwrap()).unwrap();
        let rows = fs::read(golden(&format!("{name}.csv"))).unwrap();
        let expected = fs::read(golden(&format!("{name}.expected.csv"))).unwrap();
        if let Err(error) = answers::compare(&model, &rows, &expected, 0.0) {
            panic!("{name}: {error}");
        }
    }
}

/// A change of the written bytes is a change of the file format: make it on purpose, and keep the old
/// file as one more that must load.
#[test]
fn written_bytes_stay() {
    for (name, tree) in [
        ("written-binary", binary()),
        ("written-three-classes", three_classes()),
    ] {
        let written = tree.to_onnx().unwrap();
        let golden = fs::read(golden(&format!("{name}.onnx"))).unwrap();
        assert!(written == golden, "{name}");
    }
}

fn nodes(leaves: [&[(u32, f32)]; 3]) -> Vec<TreeNode> {
    let leaf = |values: &[(u32, f32)]| TreeNode::Leaf {
        values: values.to_vec(),
    };
    vec![
        TreeNode::Split {
            feature: 0,
            threshold: 0.099_999_994,
            true_child: 1,
            false_child: 2,
            missing_goes_true: true,
        },
        leaf(leaves[0]),
        TreeNode::Split {
            feature: 1,
            threshold: -2.5,
            true_child: 3,
            false_child: 4,
            missing_goes_true: false,
        },
        leaf(leaves[1]),
        leaf(leaves[2]),
    ]
}

fn binary() -> TreeModel {
    TreeModel {
        trees: vec![nodes([
            &[(0, 0.75), (1, 0.25)],
            &[(0, 0.5), (1, 0.5)],
            &[(1, 1.0)],
        ])],
        output: Output::Classes(Labels::Text(vec!["no".into(), "yes, été".into()])),
        features: Features::named(vec!["a".into(), "b".into()]),
        metadata: vec![("n_rows".into(), "12".into())],
        ..TreeModel::default()
    }
}

fn three_classes() -> TreeModel {
    TreeModel {
        covers: vec![vec![10.0, 4.0, 6.0, 2.5, 3.5]],
        trees: vec![nodes([
            &[(0, 0.7), (1, 0.2), (2, 0.1)],
            &[(1, 0.5), (2, 0.5)],
            &[(2, 1.0)],
        ])],
        output: Output::Classes(Labels::Integers(vec![-3, 5, 9])),
        features: Features::unnamed(2),
        ..TreeModel::default()
    }
}
