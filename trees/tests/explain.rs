//! What a signature says about a model, the decisions on a row's way, and the leaf at its end.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use algorithm::{
    Absent, Decision, Features, Labels, Output, Predictor, Relation, Rows, Scores, Threshold,
    Values,
};
use proptest::prelude::*;
use trees::{
    Model, TreeModel,
    TreeNode::{self, *},
};

/// Feature 1 at most 0.5: class 0. Else by feature 0.
fn tree(missing_goes_true: bool) -> Model {
    let split = |feature, threshold, true_child, missing_goes_true| Split {
        feature,
        threshold,
        true_child,
        false_child: true_child + 1,
        missing_goes_true,
    };
    let leaf = |class, probability| Leaf {
        values: vec![(class, probability), (class + 1, 1.0 - probability)],
    };
    let tree = TreeModel {
        trees: vec![vec![
            split(1, 0.5, 1, missing_goes_true),
            leaf(0, 1.0),
            split(0, -2.0, 3, false),
            leaf(1, 0.75),
            leaf(1, 0.25),
        ]],
        output: Output::Classes(Labels::Integers(vec![3, 5, 8])),
        features: Features::named(vec!["width".into(), "length".into()]),
        ..TreeModel::default()
    };
    Model::load(&tree.to_onnx().unwrap()).unwrap()
}

#[test]
fn a_path_is_the_decisions_from_the_root_to_the_leaf() {
    let model = tree(true);
    let rows = [9.0, 0.5, -2.0, 0.6, -1.9, 9.0, 0.0, f32::NAN];
    let words = |row: usize| -> Option<Vec<String>> {
        let names = model.signature().features.names();
        let path = model
            .path(Rows::F32(rows.get(2 * row..2 * row + 2)?))
            .ok()?;
        Some(
            path.iter()
                .map(|step| step.describe(&names[step.feature]))
                .collect(),
        )
    };
    assert_eq!(words(0).unwrap(), ["length <= 0.5"]);
    assert_eq!(words(1).unwrap(), ["length > 0.5", "width <= -2.0"]);
    assert_eq!(words(2).unwrap(), ["length > 0.5", "width > -2.0"]);
    assert_eq!(words(3).unwrap(), ["length is missing"]);
    assert_eq!(words(4), None);
    assert!(model.path(Rows::F64(&[0.0; 2])).is_err());
    assert!(model.path(Rows::F32(&[0.0; 4])).is_err());
}

#[test]
fn a_decision_tree_gives_probabilities_and_may_track_missing_values() {
    assert_eq!(tree(true).signature().values, Values::Probabilities);
    assert!(tree(true).signature().gives_path);
    assert_eq!(tree(true).signature().absent, Absent::Missing);
    assert_eq!(tree(false).signature().absent, Absent::Zero);
}

/// The interval or point that the relations allow contains the value.
fn allows(decision: &Decision, row: &[f32]) -> bool {
    let x = row[decision.feature];
    match decision.relation {
        Relation::Missing => x.is_nan(),
        Relation::AtMost(Threshold::Single(t)) => x <= t,
        Relation::Above(Threshold::Single(t)) => x > t,
        _ => false,
    }
}

/// Where a row ends in a tree that is written as it is here.
fn naive_leaf(nodes: &[TreeNode], row: &[f32]) -> u32 {
    let mut index = 0_u32;
    loop {
        match nodes[index as usize] {
            Leaf { .. } => return index,
            Split {
                feature,
                threshold,
                true_child,
                false_child,
                missing_goes_true,
            } => {
                let x = row[feature as usize];
                let goes_true = x <= threshold || (x.is_nan() && missing_goes_true);
                index = if goes_true { true_child } else { false_child };
            }
        }
    }
}

/// A tree of random splits; its nodes stand in the order in which they were grown.
fn grown(splits: &[(prop::sample::Index, u32, f32, bool)]) -> TreeModel {
    let leaf = |class: u32| Leaf {
        values: vec![(class % 3, 1.0)],
    };
    let (mut nodes, mut leaves) = (vec![leaf(0)], vec![0]);
    for (place, feature, threshold, missing_goes_true) in splits {
        let split = place.index(leaves.len());
        let true_child = nodes.len() as u32;
        nodes[leaves.swap_remove(split)] = Split {
            feature: *feature,
            threshold: *threshold,
            true_child,
            false_child: true_child + 1,
            missing_goes_true: *missing_goes_true,
        };
        nodes.extend([leaf(true_child), leaf(true_child + 1)]);
        leaves.extend([true_child as usize, true_child as usize + 1]);
    }
    TreeModel {
        trees: vec![nodes],
        output: Output::Classes(Labels::Integers(vec![3, 5, 8])),
        features: Features::unnamed(2),
        ..TreeModel::default()
    }
}

fn values() -> impl Strategy<Value = f32> {
    prop::sample::select(vec![-1.0, -0.5, 0.0, 0.5, 1.0, f32::NAN])
}

proptest! {
    #[test]
    fn a_leaf_is_its_index_among_the_written_nodes(
        splits in prop::collection::vec((any::<prop::sample::Index>(), 0..2_u32, -1.0_f32..1.0, any::<bool>()), 0..60),
        rows in prop::collection::vec(prop::array::uniform2(values()), 0..600),
    ) {
        let tree = grown(&splits);
        let model = Model::load(&tree.to_onnx().unwrap()).unwrap();
        let mut leaves = Vec::new();
        model.leaves(Rows::F32(rows.as_flattened()), &mut leaves).unwrap();
        let expected: Vec<u32> = rows.iter().map(|row| naive_leaf(&tree.trees[0], row)).collect();
        prop_assert_eq!(leaves, expected);
    }

    #[test]
    fn rows_of_one_path_have_one_answer(rows in prop::collection::vec(prop::array::uniform2(prop_oneof![(-4_f32..4.0), Just(f32::NAN)]), 1..40)) {
        let model = tree(true);
        let flat = rows.as_flattened();
        let mut scores = Scores::new();
        model.predict(Rows::F32(flat), &mut scores).unwrap();
        let mut answers = std::collections::HashMap::new();
        for (i, row) in rows.iter().enumerate() {
            let path = model.path(Rows::F32(row)).unwrap();
            prop_assert!(path.iter().all(|decision| allows(decision, row)));
            let answer = answers.entry(format!("{path:?}")).or_insert(scores.labels()[i]);
            prop_assert_eq!(*answer, scores.labels()[i]);
        }
    }
}
