//! Contributions of whole models: their sum, their shape, and what a model without any says.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use algorithm::{Contributions, Features, Labels, Output, Predictor, Rows, Scores, Signature};
use trees::{
    Model, PostTransform, TreeModel,
    TreeNode::{self, Leaf, Split},
};

/// Two splits, on both features; the leaves have 2, 3 and 5 of 10 rows.
fn tree(leaves: [&[(u32, f32)]; 3]) -> Vec<TreeNode> {
    let leaf = |values: &[(u32, f32)]| Leaf {
        values: values.to_vec(),
    };
    let split = |feature, threshold, true_child, false_child| Split {
        feature,
        threshold,
        true_child,
        false_child,
        missing_goes_true: true,
    };
    vec![
        split(0, 0.5, 1, 2),
        leaf(leaves[0]),
        split(1, 1.5, 3, 4),
        leaf(leaves[1]),
        leaf(leaves[2]),
    ]
}

const COVERS: [f32; 5] = [10.0, 2.0, 8.0, 3.0, 5.0];

fn model(trees: Vec<Vec<TreeNode>>, output: Output) -> TreeModel {
    TreeModel {
        covers: vec![COVERS.to_vec(); trees.len()],
        trees,
        output,
        features: Features::unnamed(2),
        ..TreeModel::default()
    }
}

fn load(model: &TreeModel) -> Model {
    Model::load(&model.to_onnx().unwrap()).unwrap()
}

/// The contributions of a row, a list for each output.
fn contributions(model: &Model, row: &[f32]) -> Vec<Vec<f64>> {
    let mut contributions = Vec::new();
    model
        .contributions(Rows::F32(row), &mut contributions)
        .unwrap();
    let lists = contributions.chunks_exact(model.signature().features.len() + 1);
    lists.map(<[f64]>::to_vec).collect()
}

const ROWS: [[f32; 2]; 5] = [
    [0.0, 0.0],
    [1.0, 1.0],
    [1.0, 2.0],
    [f32::NAN, 2.0],
    [1.0, f32::NAN],
];

#[test]
fn contributions_add_up_to_the_values() {
    let binary = tree([&[(0, 0.75), (1, 0.25)], &[(0, 0.5), (1, 0.5)], &[(1, 1.0)]]);
    let three = tree([&[(0, 0.25), (2, 0.75)], &[(1, 1.0)], &[(0, 0.5), (1, 0.5)]]);
    let targets = tree([&[(0, 1.0), (1, 4.0)], &[(0, -2.0)], &[(1, 3.0)]]);
    let classes = |n: i64| Output::Classes(Labels::Integers((0..n).collect()));
    for (tree, output, outputs) in [
        (binary, classes(2), 1),
        (three, classes(3), 3),
        (targets, Output::Targets(2), 2),
    ] {
        let model = load(&model(vec![tree], output));
        assert_eq!(
            model.signature().contributions,
            Contributions::Given { outputs }
        );
        for row in ROWS {
            let mut scores = Scores::new();
            model.predict(Rows::F32(&row), &mut scores).unwrap();
            let values = scores.row(0).unwrap();
            let found = contributions(&model, &row);
            assert_eq!(found.len(), outputs);
            // Of two classes the second, whose sum is the only one.
            let values = &values[values.len() - outputs..];
            for (found, value) in found.iter().zip(values) {
                let sum: f64 = found.iter().sum();
                assert!((sum - f64::from(*value)).abs() < 1e-6, "{sum}, {value}");
            }
        }
    }
}

#[test]
fn a_contribution_is_worked_out_by_hand() {
    let model = load(&model(
        vec![tree([&[(0, 10.0)], &[(0, 20.0)], &[(0, 40.0)]])],
        Output::Targets(1),
    ));
    // Known of [1, 1]: nothing, 28; feature 0, (3 * 20 + 5 * 40) / 8 = 32.5; feature 1, 2 + 0.8 * 20 = 18; both, 20.
    let [found] = &contributions(&model, &[1.0, 1.0])[..] else {
        unreachable!("one target")
    };
    let expected = [
        ((32.5 - 28.0) + (20.0 - 18.0)) / 2.0,
        ((18.0 - 28.0) + (20.0 - 32.5)) / 2.0,
        28.0,
    ];
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-12, "{found}, {expected}");
    }
}

/// A link behind the sums changes nothing about them.
#[test]
fn a_link_behind_the_sums_is_left_out() {
    let of = |post_transform| {
        let trees = vec![tree([&[(0, 0.5)], &[(0, -2.0)], &[(0, 1.5)]]); 2];
        let model = TreeModel {
            post_transform,
            ..model(trees, Output::Targets(1))
        };
        contributions(&load(&model), &[1.0, 2.0])
    };
    let sums = of(PostTransform::Sum);
    assert_eq!(of(PostTransform::Exp), sums);
    assert_eq!(of(PostTransform::Logistic), sums);
    let means = of(PostTransform::Average);
    assert!(
        sums[0]
            .iter()
            .zip(&means[0])
            .all(|(sum, mean)| (sum / 2.0 - mean).abs() < 1e-12)
    );
}

#[test]
fn a_model_says_why_it_gives_none() {
    let reason = |covers: Vec<f32>| {
        let with = TreeModel {
            covers: if covers.is_empty() {
                vec![]
            } else {
                vec![covers]
            },
            ..model(
                vec![tree([&[(0, 1.0)], &[(0, 2.0)], &[(0, 3.0)]])],
                Output::Targets(1),
            )
        };
        let model = load(&with);
        let error = model.contributions(Rows::F32(&[1.0, 1.0]), &mut Vec::new());
        assert_eq!(model.signature().contributions_in_row(), 0);
        error.unwrap_err().to_string()
    };
    let no_covers = "the model gives no contributions: its file has no covers of the nodes";
    assert_eq!(reason(vec![]), no_covers);
    // What most exporters write.
    assert_eq!(reason(vec![1.0; 5]), no_covers);
    assert_eq!(reason(vec![10.0, 2.0, 8.0, 3.0, 4.0]), no_covers);
    assert_eq!(
        reason(vec![0.0; 5]),
        "the model gives no contributions: the covers of its nodes are no weights of training rows"
    );
}

#[test]
fn covers_are_written_for_all_nodes_or_none() {
    let line = |covers: Vec<Vec<f32>>| {
        let tree = tree([&[(0, 1.0)], &[(0, 2.0)], &[(0, 3.0)]]);
        let model = TreeModel {
            covers,
            ..model(vec![tree], Output::Targets(1))
        };
        model.to_onnx().unwrap_err().to_string()
    };
    let other = "covers: found other numbers than one a node, allowed are that or none";
    assert!(line(vec![vec![1.0; 4]]).ends_with(other));
    assert!(line(vec![vec![1.0; 5]; 2]).ends_with(other));
    let negative = "covers: found -1, allowed are finite numbers from 0 up";
    assert!(line(vec![vec![-1.0; 5]]).ends_with(negative));
}

#[test]
fn a_model_is_a_predictor_of_its_signature() {
    let model = load(&model(
        vec![tree([&[(0, 1.0)], &[(0, 2.0)], &[(0, 3.0)]]); 3],
        Output::Targets(1),
    ));
    let Signature { leaves, .. } = *model.signature();
    assert_eq!((leaves, model.signature().contributions_in_row()), (3, 3));
    // Rows in blocks of lanes give what rows alone give.
    let rows: Vec<f32> = (0..77)
        .flat_map(|i| [(i % 3) as f32, (i % 5) as f32])
        .collect();
    let mut all = Vec::new();
    model.contributions(Rows::F32(&rows), &mut all).unwrap();
    for (row, found) in rows.chunks_exact(2).zip(all.chunks_exact(3)) {
        let alone = contributions(&model, row).concat();
        for (found, alone) in found.iter().zip(alone) {
            assert!((found - alone).abs() < 1e-12);
        }
    }
}
