//! What the trainer hands over comes back from the loader.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use algorithm::{InputType, Labels, Output, Predictor, Rows, Scores};
use trees::{DecisionTree, Model, TreeNode};

fn split(feature: u32, threshold: f32, children: [u32; 2], missing_goes_true: bool) -> TreeNode {
    let [true_child, false_child] = children;
    TreeNode::Split {
        feature,
        threshold,
        true_child,
        false_child,
        missing_goes_true,
    }
}

fn leaf(probabilities: &[(u32, f32)]) -> TreeNode {
    TreeNode::Leaf {
        probabilities: probabilities.to_vec(),
    }
}

/// The tree of `write_example.py`, with its answers.
fn example(labels: Labels, leaves: [&[(u32, f32)]; 3]) -> DecisionTree {
    DecisionTree {
        nodes: vec![
            split(0, 0.1_f32.next_down(), [1, 2], true),
            leaf(leaves[0]),
            split(1, -2.5, [3, 4], false),
            leaf(leaves[1]),
            leaf(leaves[2]),
        ],
        labels,
        n_features: 2,
        feature_names: vec!["a".into(), "b, \"quoted\" ü".into()],
        metadata: vec![("n_rows".into(), "5".into())],
    }
}

fn text(labels: &[&str]) -> Labels {
    Labels::Text(labels.iter().map(|label| (*label).to_owned()).collect())
}

const ROWS: [f32; 10] = [0.0, 0.0, 0.1, 0.0, 1.0, -2.5, 1.0, 0.0, f32::NAN, 0.0];

fn score(tree: &DecisionTree, rows: &[f32]) -> (Model, Scores) {
    let model = Model::load(&tree.to_onnx().unwrap()).unwrap();
    let mut scores = Scores::new();
    model.predict(Rows::F32(rows), &mut scores).unwrap();
    (model, scores)
}

#[test]
fn two_classes_with_text_labels() {
    let tree = example(
        text(&["no", "yes, \"sure\" ✓"]),
        [&[(0, 0.75), (1, 0.25)], &[(0, 0.5), (1, 0.5)], &[(1, 1.0)]],
    );
    let (model, scores) = score(&tree, &ROWS);
    assert_eq!(scores.labels(), [0, 1, 0, 1, 0]);
    assert_eq!(
        scores.values(),
        [0.75, 0.25, 0.0, 1.0, 0.5, 0.5, 0.0, 1.0, 0.75, 0.25]
    );
    assert_eq!(
        &model.signature().output,
        &Output::Classes(tree.labels.clone())
    );
    assert_eq!(model.signature().features.names(), tree.feature_names);
    assert_eq!(
        (
            model.signature().features.len(),
            model.signature().input_type
        ),
        (2, InputType::F32)
    );
    let names = (
        model.signature().input_name.clone(),
        model.signature().label_name.as_deref(),
        model.signature().values_name.as_deref(),
    );
    assert_eq!(
        (names.0.as_str(), names.1, names.2),
        ("X", Some("label"), Some("probabilities"))
    );
}

#[test]
fn three_classes_with_integer_labels() {
    let tree = example(
        Labels::Integers(vec![3, -5, i64::MAX]),
        [
            &[(0, 0.7), (1, 0.2), (2, 0.1)],
            &[(1, 0.5), (2, 0.5)],
            &[(2, 1.0)],
        ],
    );
    let (model, scores) = score(&tree, &ROWS);
    assert_eq!(scores.labels(), [0, 2, 1, 2, 0]);
    assert_eq!(scores.row(2), Some(&[0.0, 0.5, 0.5][..]));
    assert_eq!(
        &model.signature().output,
        &Output::Classes(tree.labels.clone())
    );
}

#[test]
fn a_single_leaf() {
    let tree = DecisionTree {
        nodes: vec![leaf(&[(1, 0.25), (2, 0.75)])],
        labels: text(&["a", "b", "c"]),
        n_features: 3,
        feature_names: vec![],
        metadata: vec![],
    };
    let (model, scores) = score(&tree, &[1.0, 2.0, 3.0]);
    assert_eq!(
        (scores.labels(), scores.values()),
        (&[2][..], &[0.0, 0.25, 0.75][..])
    );
    assert!(model.signature().features.names().is_empty());
    assert_eq!(score(&tree, &[]).1.n_rows(), 0);
}

#[test]
fn equal_trees_give_equal_bytes() {
    let tree = || {
        example(
            text(&["no", "yes"]),
            [&[(0, 1.0)], &[(1, 1.0)], &[(0, 0.5), (1, 0.5)]],
        )
    };
    assert_eq!(tree().to_onnx(), tree().to_onnx());
}

/// A list of 100,000 levels, written, loaded and walked on a test thread's 2 MB stack.
#[test]
fn a_very_deep_tree() {
    let depth = 100_000_u32;
    let mut nodes = Vec::new();
    for level in 0..depth {
        nodes.push(split(
            0,
            -(level as f32),
            [2 * level + 2, 2 * level + 1],
            false,
        ));
        nodes.push(leaf(&[(level % 3, 1.0)]));
    }
    nodes.push(leaf(&[(2, 1.0)]));
    let tree = DecisionTree {
        nodes,
        labels: Labels::Integers(vec![0, 1, 2]),
        n_features: 1,
        feature_names: vec![],
        metadata: vec![],
    };
    let (_, scores) = score(&tree, &[0.5, -1.0, -99_998.5, -1e9]);
    assert_eq!(scores.labels(), [0, 2, 99_999 % 3, 2]);
}

#[test]
fn trees_that_break_a_rule_are_not_written() {
    let good = || {
        example(
            text(&["no", "yes"]),
            [&[(0, 1.0)], &[(1, 1.0)], &[(1, 1.0)]],
        )
    };
    let refused = |change: &dyn Fn(&mut DecisionTree), message: &str| {
        let mut tree = good();
        change(&mut tree);
        let error = tree.to_onnx().unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
        assert!(!error.contains('\n'));
    };
    assert!(good().to_onnx().is_ok());
    refused(&|tree| tree.labels = text(&["one"]), "found 1 labels");
    refused(&|tree| tree.n_features = 0, "found 0 features");
    refused(&|tree| tree.n_features = 1, "feature names");
    refused(
        &|tree| (tree.n_features, tree.feature_names) = (1, vec![]),
        "node 2: found feature 1",
    );
    refused(
        &|tree| tree.metadata[0].0 = "feature_names".into(),
        "is taken",
    );
    refused(&|tree| tree.nodes.clear(), "found no node");
    refused(
        &|tree| tree.nodes[0] = split(0, f32::NAN, [1, 2], true),
        "threshold NaN",
    );
    refused(
        &|tree| tree.nodes[2] = split(0, 0.0, [3, 0], true),
        "found child 0",
    );
    refused(
        &|tree| tree.nodes[2] = split(0, 0.0, [3, 3], true),
        "found child 3",
    );
    refused(
        &|tree| tree.nodes[2] = split(0, 0.0, [3, 5], true),
        "found child 5",
    );
    refused(
        &|tree| tree.nodes.push(leaf(&[(0, 1.0)])),
        "node 5: no node before it",
    );
    refused(
        &|tree| tree.nodes[1] = leaf(&[]),
        "at least one of them above 0",
    );
    refused(&|tree| tree.nodes[1] = leaf(&[(0, 1.5)]), "must be 0 to 1");
    refused(
        &|tree| tree.nodes[1] = leaf(&[(1, 0.5), (0, 0.5)]),
        "must ascend",
    );
    refused(
        &|tree| tree.nodes[1] = leaf(&[(2, 1.0)]),
        "allowed are 0 to 1",
    );
}
