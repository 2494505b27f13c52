//! What the trainer hands over comes back from the loader.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use algorithm::{Absent, Features, InputType, Labels, Output, Predictor, Rows, Scores, Values};
use proptest::prelude::*;
use trees::{Model, PostTransform, TreeModel, TreeNode};

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

fn leaf(values: &[(u32, f32)]) -> TreeNode {
    TreeNode::Leaf {
        values: values.to_vec(),
    }
}

/// The tree of `write_example.py`, with its answers.
fn example(labels: Labels, leaves: [&[(u32, f32)]; 3]) -> TreeModel {
    TreeModel {
        trees: vec![vec![
            split(0, 0.1_f32.next_down(), [1, 2], true),
            leaf(leaves[0]),
            split(1, -2.5, [3, 4], false),
            leaf(leaves[1]),
            leaf(leaves[2]),
        ]],
        output: Output::Classes(labels),
        features: Features::named(vec!["a".into(), "b, \"quoted\" ü".into()]),
        metadata: vec![("n_rows".into(), "5".into())],
        ..TreeModel::default()
    }
}

fn text(labels: &[&str]) -> Labels {
    Labels::Text(labels.iter().map(|label| (*label).to_owned()).collect())
}

const ROWS: [f32; 10] = [0.0, 0.0, 0.1, 0.0, 1.0, -2.5, 1.0, 0.0, f32::NAN, 0.0];

fn score(tree: &TreeModel, rows: &[f32]) -> (Model, Scores) {
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
    assert_eq!(model.signature().output, tree.output);
    assert_eq!(model.signature().features, tree.features);
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
    assert_eq!(model.signature().output, tree.output);
}

#[test]
fn a_single_leaf() {
    let tree = TreeModel {
        trees: vec![vec![leaf(&[(1, 0.25), (2, 0.75)])]],
        output: Output::Classes(text(&["a", "b", "c"])),
        features: Features::unnamed(3),
        ..TreeModel::default()
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
    let tree = TreeModel {
        trees: vec![nodes],
        output: Output::Classes(Labels::Integers(vec![0, 1, 2])),
        features: Features::unnamed(1),
        ..TreeModel::default()
    };
    let (_, scores) = score(&tree, &[0.5, -1.0, -99_998.5, -1e9]);
    assert_eq!(scores.labels(), [0, 2, 99_999 % 3, 2]);
}

/// A tree of one split, or of a leaf alone.
fn stump(split_at: Option<f32>, leaves: [Vec<(u32, f32)>; 2]) -> Vec<TreeNode> {
    let [first, second] = leaves.map(|values| leaf(&values));
    match split_at {
        Some(threshold) => vec![split(0, threshold, [1, 2], true), first, second],
        None => vec![first],
    }
}

/// What a tree of [`stump`] adds for a row, by target.
fn values(stump: &[TreeNode], x: f32) -> &[(u32, f32)] {
    let index = match stump[0] {
        TreeNode::Split { threshold, .. } if x <= threshold || x.is_nan() => 1,
        TreeNode::Split { .. } => 2,
        TreeNode::Leaf { .. } => 0,
    };
    let TreeNode::Leaf { values } = &stump[index] else {
        unreachable!("a stump has no second split");
    };
    values
}

/// Stumps, some of whose leaves leave targets below `n` out; values are those of the strategy.
fn stumps(
    n: u32,
    value: impl Strategy<Value = f32> + Clone,
) -> impl Strategy<Value = Vec<Vec<TreeNode>>> {
    let leaf = prop::collection::btree_map(0..n, value, 1..=n as usize);
    let parts = (
        prop::option::of(prop::sample::select(vec![-1.0_f32, 0.0, 0.5])),
        [leaf.clone(), leaf],
    );
    let stump = parts.prop_map(|(split_at, leaves)| {
        stump(split_at, leaves.map(|leaf| leaf.into_iter().collect()))
    });
    prop::collection::vec(stump, 1..20)
}

proptest! {
    /// Several trees add up, in their order.
    #[test]
    fn regressors_sum_up(
        (n, trees) in (1..4_u32).prop_flat_map(|n| (Just(n), stumps(n, -10.0_f32..10.0))),
        rows in prop::collection::vec(prop::sample::select(vec![-1.0_f32, 0.1, 0.7, f32::NAN]), 1..30),
    ) {
        let n = n as usize;
        let model = TreeModel {
            trees,
            output: Output::Targets(n),
            features: Features::unnamed(1),
            ..TreeModel::default()
        };
        let (loaded, scores) = score(&model, &rows);
        prop_assert_eq!(&loaded.signature().output, &model.output);
        prop_assert_eq!(loaded.signature().values_name.as_deref(), Some("variable"));
        prop_assert_eq!(loaded.n_trees(), model.trees.len());
        for (row, x) in rows.iter().enumerate() {
            let mut sums = vec![0.0_f32; n];
            for tree in &model.trees {
                values(tree, *x).iter().for_each(|(target, value)| sums[*target as usize] += value);
            }
            prop_assert_eq!(scores.row(row).unwrap(), sums);
        }
    }

    /// A forest's label is the first class with the largest sum of probabilities.
    #[test]
    fn classifiers_sum_up(
        (n, trees) in (2..5_u32).prop_flat_map(|n| (Just(n), stumps(n, 1.0_f32..9.0))),
        rows in prop::collection::vec(prop::sample::select(vec![-1.0_f32, 0.1, 0.7, f32::NAN]), 1..30),
    ) {
        let n_trees = trees.len() as f32;
        let share = |leaf: TreeNode| match leaf {
            TreeNode::Leaf { values } => {
                let total: f32 = values.iter().map(|(_, value)| value).sum();
                let values = values.into_iter().map(|(class, value)| (class, value / total / n_trees));
                TreeNode::Leaf { values: values.collect() }
            }
            split => split,
        };
        let trees = trees.into_iter().map(|tree| tree.into_iter().map(share).collect());
        let model = TreeModel {
            trees: trees.collect(),
            output: Output::Classes(Labels::Integers((0..i64::from(n)).collect())),
            features: Features::unnamed(1),
            ..TreeModel::default()
        };
        let (loaded, scores) = score(&model, &rows);
        prop_assert_eq!(loaded.signature().values, Values::Probabilities);
        for (row, x) in rows.iter().enumerate() {
            let mut sums = vec![0.0_f32; n as usize];
            for tree in &model.trees {
                values(tree, *x).iter().for_each(|(class, value)| sums[*class as usize] += value);
            }
            if n == 2 {
                sums[0] = 1.0 - sums[1];
            }
            let largest = sums.iter().copied().fold(0.0, f32::max);
            let label = sums.iter().position(|sum| *sum == largest).unwrap();
            prop_assert_eq!(scores.row(row).unwrap(), sums);
            prop_assert_eq!(scores.labels()[row] as usize, label);
        }
    }
}

/// Stumps with one value a leaf for the sum `sum`, with answers for the rows -1, 0.1 and NaN.
fn answers(
    output: Output,
    post_transform: PostTransform,
    trees: &[(u32, [f32; 2])],
) -> (Vec<u32>, Vec<f32>) {
    let trees = trees
        .iter()
        .map(|(sum, values)| stump(Some(0.0), values.map(|value| vec![(*sum, value)])));
    let model = TreeModel {
        trees: trees.collect(),
        output,
        post_transform,
        features: Features::unnamed(1),
        ..TreeModel::default()
    };
    let (loaded, scores) = score(&model, &[-1.0, 0.1, f32::NAN]);
    assert_eq!(loaded.signature().output, model.output);
    (scores.labels().to_vec(), scores.values().to_vec())
}

fn is_close(found: &[f32], expected: &[f32]) -> bool {
    let mut pairs = found.iter().zip(expected);
    found.len() == expected.len() && pairs.all(|(a, b)| (a - b).abs() <= 1e-6 * b.abs())
}

fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

#[test]
fn regressors_transform_their_sums() {
    let trees = [(0, [0.25, -0.5]), (0, [1.0, -1.5])];
    let values = |post_transform| answers(Output::Targets(1), post_transform, &trees).1;
    assert_eq!(values(PostTransform::Sum), [1.25, -2.0, 1.25]);
    assert_eq!(values(PostTransform::Average), [0.625, -1.0, 0.625]);
    let exp = [1.25, -2.0, 1.25].map(f32::exp);
    assert!(is_close(&values(PostTransform::Exp), &exp));
    let shares = [1.25, -2.0, 1.25].map(logistic);
    assert!(is_close(&values(PostTransform::Logistic), &shares));
}

/// Class 1 is where the sum is above 0, whether a leaf is negative or none is.
#[test]
fn two_classes_by_the_sign_of_a_sum() {
    let classes = || Output::Classes(Labels::Integers(vec![0, 1]));
    for (trees, sums) in [
        (
            [(0, [0.25, -0.5]), (0, [0.125, -1.5])],
            [0.375, -2.0, 0.375],
        ),
        ([(0, [0.25, 0.0]), (0, [0.125, 0.0])], [0.375, 0.0, 0.375]),
        ([(0, [-0.25, 0.0]), (0, [0.25, 0.0])], [0.0, 0.0, 0.0]),
    ] {
        let labels = sums.map(|sum| u32::from(sum > 0.0));
        let (found, values) = answers(classes(), PostTransform::Logistic, &trees);
        assert_eq!(found, labels);
        let expected = sums.map(|sum| [logistic(-sum), logistic(sum)]);
        assert!(is_close(&values, expected.as_flattened()), "{values:?}");
        let (found, values) = answers(classes(), PostTransform::Margin, &trees);
        assert_eq!(found, labels);
        assert_eq!(values, sums.map(|sum| [-sum, sum]).as_flattened());
    }
}

#[test]
fn classes_by_the_largest_of_several_sums() {
    let softmax = |row: &[f32]| -> Vec<f32> {
        let sum: f32 = row.iter().map(|value| value.exp()).sum();
        row.iter().map(|value| value.exp() / sum).collect()
    };
    // Both sums are above 0 and both below, and neither decides.
    let classes = Output::Classes(Labels::Integers(vec![0, 1]));
    let trees = [(0, [0.5, -0.5]), (1, [0.25, -0.25])];
    let (labels, values) = answers(classes, PostTransform::Softmax, &trees);
    assert_eq!(labels, [0, 1, 0]);
    let rows = [[0.5, 0.25], [-0.5, -0.25], [0.5, 0.25]];
    assert!(is_close(&values, &rows.map(|row| softmax(&row)).concat()));

    let classes = Output::Classes(text(&["a", "b", "c"]));
    let trees = [(0, [0.5, -0.5]), (1, [0.25, -0.75]), (2, [-1.0, -0.25])];
    let (labels, values) = answers(classes, PostTransform::Softmax, &trees);
    assert_eq!(labels, [0, 2, 0]);
    let rows = [[0.5, 0.25, -1.0], [-0.5, -0.75, -0.25], [0.5, 0.25, -1.0]];
    assert!(is_close(&values, &rows.map(|row| softmax(&row)).concat()));
}

#[test]
fn sparse_records_mean_what_the_file_says() {
    let absent = |absent| {
        let model = TreeModel {
            absent,
            ..example(
                text(&["no", "yes"]),
                [&[(0, 1.0)], &[(1, 1.0)], &[(1, 1.0)]],
            )
        };
        score(&model, &[]).0.signature().absent
    };
    assert_eq!(absent(Some(Absent::Zero)), Absent::Zero);
    assert_eq!(absent(Some(Absent::Missing)), Absent::Missing);
    // A branch sends missing values to its true side.
    assert_eq!(absent(None), Absent::Missing);
}

#[test]
fn trees_that_break_a_rule_are_not_written() {
    let good = || {
        example(
            text(&["no", "yes"]),
            [&[(0, 1.0)], &[(1, 1.0)], &[(1, 1.0)]],
        )
    };
    let refused = |change: &dyn Fn(&mut TreeModel), message: &str| {
        let mut tree = good();
        change(&mut tree);
        let error = tree.to_onnx().unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
        assert!(!error.contains('\n'));
    };
    assert!(good().to_onnx().is_ok());
    refused(
        &|tree| tree.output = Output::Classes(text(&["one"])),
        "found 1 labels",
    );
    refused(&|tree| tree.output = Output::Targets(0), "found 0 targets");
    refused(
        &|tree| tree.features = Features::unnamed(0),
        "found 0 features",
    );
    refused(
        &|tree| tree.features = Features::unnamed(1),
        "tree 0: node 2: found feature 1",
    );
    refused(&|tree| tree.trees.clear(), "found 0 trees");
    refused(
        &|tree| tree.trees.push(vec![]),
        "tree 1: found 0 nodes, allowed are 1 or more",
    );
    refused(
        &|tree| {
            tree.output = Output::Targets(2);
            tree.trees[0][1] = leaf(&[(0, f32::INFINITY)]);
        },
        "node 1: found value inf, allowed are finite numbers",
    );
    refused(
        &|tree| {
            tree.output = Output::Targets(2);
            tree.trees[0][1] = leaf(&[(2, 1.0)]);
        },
        "node 1: found other targets than ascending ones, allowed are 0 to 1",
    );
    for key in ["feature_names", "sparse_absent"] {
        refused(&|tree| tree.metadata[0].0 = key.into(), "is taken");
    }
    refused(
        &|tree| tree.post_transform = PostTransform::Exp,
        "post_transform: found Exp, allowed for two classes are Sum, Logistic, Margin, Softmax",
    );
    refused(
        &|tree| {
            tree.output = Output::Targets(1);
            tree.post_transform = PostTransform::Softmax;
        },
        "post_transform: found Softmax, allowed for targets are Sum, Average, Exp, Logistic",
    );
    refused(
        &|tree| tree.post_transform = PostTransform::Logistic,
        "node 3: found other sums",
    );
    refused(&|tree| tree.trees[0].clear(), "tree 0: found 0 nodes");
    refused(
        &|tree| tree.trees[0][0] = split(0, f32::NAN, [1, 2], true),
        "threshold NaN",
    );
    refused(
        &|tree| tree.trees[0][2] = split(0, 0.0, [3, 0], true),
        "found child 0",
    );
    refused(
        &|tree| tree.trees[0][2] = split(0, 0.0, [3, 3], true),
        "found child 3",
    );
    refused(
        &|tree| tree.trees[0][2] = split(0, 0.0, [3, 5], true),
        "found child 5",
    );
    refused(
        &|tree| tree.trees[0].push(leaf(&[(0, 1.0)])),
        "node 5: no node before it",
    );
    refused(
        &|tree| tree.trees[0][1] = leaf(&[]),
        "at least one of them above 0",
    );
    refused(
        &|tree| tree.trees[0][1] = leaf(&[(0, 1.5)]),
        "found values that are no probabilities",
    );
    refused(
        &|tree| tree.trees[0][1] = leaf(&[(1, 0.5), (0, 0.5)]),
        "found other classes than ascending ones",
    );
    refused(
        &|tree| tree.trees[0][1] = leaf(&[(2, 1.0)]),
        "allowed are 0 to 1",
    );
}
