//! What a learner of boosted trees hands over comes back from the loaders, of both formats.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use algorithm::{Absent, Contributions, Features, Output, Predictor, Rows, Scores};
use proptest::{prelude::*, sample::select};
use trees::{BoostedModel, BoostedNode, BoostedSplit, Model, Objective};

fn objectives() -> Vec<Objective> {
    vec![
        Objective::SquaredError,
        Objective::SquaredLogError,
        Objective::AbsoluteError,
        Objective::PseudoHuber { slope: 1.5 },
        Objective::Quantile {
            alphas: vec![0.1, 0.5],
        },
        Objective::Logistic,
        Objective::Poisson {
            max_delta_step: 0.7,
        },
        Objective::Gamma,
        Objective::Tweedie {
            variance_power: 1.3,
        },
        Objective::BinaryLogistic,
        Objective::BinaryLogitRaw,
        Objective::BinaryHinge,
        Objective::Softmax { n_classes: 2 },
        Objective::SoftProb { n_classes: 4 },
    ]
}

/// Values on and beside the thresholds of [`grown`].
fn values() -> impl Strategy<Value = f32> {
    let near = [-1.5_f32, 0.0, -0.0, 0.7, f32::MAX].map(|x| [x.next_down(), x, x.next_up()]);
    let finite = near.as_flattened().iter().copied();
    select(
        finite
            .filter(|x| x.is_finite())
            .chain([f32::NAN])
            .collect::<Vec<_>>(),
    )
}

type Splits = Vec<(prop::sample::Index, u32, f32, bool, [f32; 2])>;

fn splits(least: f32) -> impl Strategy<Value = (Splits, f32)> {
    let threshold = select(vec![f32::NEG_INFINITY, -1.5, 0.0, -0.0, 0.7, f32::MAX]);
    let split = (
        any::<prop::sample::Index>(),
        0..3_u32,
        threshold,
        any::<bool>(),
        [least..2.0, least..2.0],
    );
    (prop::collection::vec(split, 0..7), least..2.0)
}

/// A tree of random splits, one leaf after the other.
fn grown((splits, root): &(Splits, f32)) -> Vec<BoostedNode> {
    let leaf = |weight| BoostedNode {
        split: None,
        weight,
        sum_hessian: 1.0,
    };
    let (mut nodes, mut leaves) = (vec![leaf(*root)], vec![0]);
    for (place, feature, threshold, missing_goes_left, weights) in splits {
        let at = leaves.swap_remove(place.index(leaves.len()));
        let left = nodes.len() as u32;
        nodes[at].split = Some(BoostedSplit {
            feature: *feature,
            threshold: *threshold,
            missing_goes_left: *missing_goes_left,
            left,
            right: left + 1,
            gain: 3.5,
        });
        nodes.extend(weights.map(leaf));
        leaves.extend([left as usize, left as usize + 1]);
    }
    for at in (0..nodes.len()).rev() {
        if let Some(split) = nodes[at].split {
            nodes[at].sum_hessian = [split.left, split.right]
                .iter()
                .map(|child| nodes[*child as usize].sum_hessian)
                .sum();
        }
    }
    nodes
}

fn models() -> impl Strategy<Value = BoostedModel> {
    let parts = (
        select(objectives()),
        1..3_usize,
        1..4_usize,
        // With no value below 0, ONNX takes another form.
        select(vec![-2.0_f32, 0.0]),
    );
    let parts = parts.prop_flat_map(|(objective, parallel, rounds, least)| {
        let n_outputs = objective.n_outputs();
        (
            Just((objective, parallel)),
            prop::collection::vec(0.05_f32..0.95, n_outputs),
            prop::collection::vec(splits(least), rounds * parallel * n_outputs),
            any::<bool>(),
        )
    });
    parts.prop_map(
        |((objective, num_parallel_tree), base_score, trees, named)| {
            let features = if named {
                Features::named(["a", "été", "c d"].map(String::from).to_vec())
            } else {
                Features::unnamed(3)
            };
            BoostedModel {
                base_score,
                num_parallel_tree,
                trees: trees.iter().map(grown).collect(),
                attributes: vec![("best_iteration".into(), "0".into())],
                absent: Some(Absent::Missing),
                ..BoostedModel::new(objective, features)
            }
        },
    )
}

/// The index of the leaf of a row, by the definition.
fn leaf_of(tree: &[BoostedNode], row: &[f32]) -> u32 {
    let mut at = 0;
    while let Some(split) = tree[at as usize].split {
        let x = row[split.feature as usize];
        let goes_left = x <= split.threshold || x.is_nan() && split.missing_goes_left;
        at = if goes_left { split.left } else { split.right };
    }
    at
}

fn predict(model: &Model, rows: &[f32]) -> Scores {
    let mut scores = Scores::new();
    model.predict(Rows::F32(rows), &mut scores).unwrap();
    scores
}

fn contributions(model: &Model, rows: &[f32]) -> Vec<f64> {
    let mut contributions = Vec::new();
    let given = model.contributions(Rows::F32(rows), &mut contributions);
    given.unwrap();
    contributions
}

proptest! {
    #[test]
    fn both_files_hold_the_model(
        model in models(),
        rows in prop::collection::vec([values(), values(), values()], 1..30),
    ) {
        let n_outputs = model.objective.n_outputs();
        let file = model.to_xgboost().unwrap();
        prop_assert_eq!(&file, &model.clone().to_xgboost().unwrap());
        let loaded = Model::load_xgboost(&file).unwrap();
        let signature = loaded.signature();
        prop_assert_eq!(&signature.features, &model.features);
        prop_assert_eq!(signature.objective.as_deref(), Some(model.objective.name()));
        prop_assert_eq!(signature.absent, Absent::Missing);
        prop_assert_eq!(signature.contributions, Contributions::Given { outputs: n_outputs });

        // Leaves and margins, bit for bit.
        let flat = rows.as_flattened();
        let (mut leaves, mut margins) = (Vec::new(), Vec::new());
        loaded.leaves(Rows::F32(flat), &mut leaves).unwrap();
        loaded.raw_scores(Rows::F32(flat), &mut margins).unwrap();
        let base = model.objective.margins(&model.base_score);
        for (row, (leaves, margins)) in rows.iter().zip(
            leaves.chunks(model.trees.len()).zip(margins.chunks(n_outputs)),
        ) {
            let mut expected = base.clone();
            for (i, tree) in model.trees.iter().enumerate() {
                let leaf = leaf_of(tree, row);
                prop_assert_eq!(leaves[i], leaf);
                let output = i / model.num_parallel_tree % n_outputs;
                expected[output] += tree[leaf as usize].weight;
            }
            let expected: Vec<f64> = expected.into_iter().map(f64::from).collect();
            prop_assert_eq!(margins, expected);
        }

        // The same from ONNX.
        let onnx = Model::load(&model.to_onnx().unwrap()).unwrap();
        prop_assert_eq!(&onnx.signature().output, &signature.output);
        prop_assert_eq!(&onnx.signature().features, &signature.features);
        let (ours, theirs) = (predict(&loaded, flat), predict(&onnx, flat));
        let mut same_leaves = Vec::new();
        onnx.leaves(Rows::F32(flat), &mut same_leaves).unwrap();
        prop_assert_eq!(same_leaves, leaves);
        prop_assert_eq!(ours.labels(), theirs.labels());
        let gives_margins = matches!(model.objective, Objective::BinaryHinge);
        for (row, (a, b)) in ours.values().iter().zip(theirs.values()).enumerate() {
            let expected = match gives_margins {
                true if row % 2 == 0 => -margins[row / 2] as f32,
                true => margins[row / 2] as f32,
                false => *a,
            };
            let is_close = (expected - b).abs() <= 1e-5 * expected.abs().max(0.01);
            prop_assert!(is_close, "{}: {expected}, {b}", model.objective.name());
        }
        // Two classes have one sum there, or two that are opposites.
        if onnx.signature().contributions == signature.contributions && n_outputs != 2 {
            let pairs = contributions(&loaded, flat);
            let pairs = pairs.iter().zip(contributions(&onnx, flat));
            for (a, b) in pairs {
                prop_assert!((a - b).abs() <= 1e-5, "{a}, {b}");
            }
        }
    }
}

fn stump() -> BoostedModel {
    let leaf = |weight| BoostedNode {
        split: None,
        weight,
        sum_hessian: 2.0,
    };
    let split = BoostedSplit {
        feature: 1,
        threshold: 0.5,
        missing_goes_left: false,
        left: 1,
        right: 2,
        gain: 1.0,
    };
    let root = BoostedNode {
        split: Some(split),
        weight: 0.0,
        sum_hessian: 4.0,
    };
    BoostedModel {
        trees: vec![vec![root, leaf(-1.0), leaf(1.0)]],
        ..BoostedModel::new(Objective::SquaredError, Features::unnamed(2))
    }
}

/// That 0 is meant must be said, since XGBoost means a missing value.
#[test]
fn sparse_records_mean_what_the_model_says() {
    for (absent, expected) in [
        (None, Absent::Missing),
        (Some(Absent::Missing), Absent::Missing),
        (Some(Absent::Zero), Absent::Zero),
    ] {
        let model = BoostedModel { absent, ..stump() };
        let loaded = Model::load_xgboost(&model.to_xgboost().unwrap()).unwrap();
        assert_eq!(loaded.signature().absent, expected);
        if absent.is_some() {
            let loaded = Model::load(&model.to_onnx().unwrap()).unwrap();
            assert_eq!(loaded.signature().absent, expected);
        }
    }
}

/// Attributes are sorted by their keys, as XGBoost does it.
#[test]
fn the_order_of_attributes_is_that_of_their_keys() {
    let with = |keys: [&str; 2]| BoostedModel {
        attributes: keys.map(|key| (key.to_owned(), "1".to_owned())).to_vec(),
        ..stump()
    };
    let [a, b] = [["a", "b"], ["b", "a"]].map(|keys| with(keys).to_xgboost().unwrap());
    assert_eq!(a, b);
}

#[test]
fn a_regressor_of_counts_answers_with_a_count() {
    let model = BoostedModel {
        base_score: vec![2.0],
        ..BoostedModel {
            objective: Objective::Poisson {
                max_delta_step: 0.7,
            },
            ..stump()
        }
    };
    let loaded = Model::load(&model.to_onnx().unwrap()).unwrap();
    assert_eq!(loaded.signature().output, Output::Targets(1));
    let expected = 2.0 * 1.0_f32.exp();
    let found = predict(&loaded, &[0.0, 1.0]).values()[0];
    assert!((found - expected).abs() < 1e-5, "{found}");
    assert_eq!(
        loaded.signature().contributions,
        Contributions::Given { outputs: 1 }
    );
}

#[test]
fn models_that_break_a_rule_are_not_written() {
    let refused = |change: &dyn Fn(&mut BoostedModel), message: &str| {
        let mut model = stump();
        change(&mut model);
        let error = model.to_xgboost().unwrap_err();
        assert_eq!(model.to_onnx().as_ref(), Err(&error));
        let error = error.to_string();
        assert!(error.ends_with(message), "{error}");
    };
    let split = |model: &mut BoostedModel, change: &dyn Fn(&mut BoostedSplit)| {
        change(model.trees[0][0].split.as_mut().unwrap());
    };
    refused(
        &|model| model.features = Features::unnamed(0),
        "found 0 features, allowed are 1 or more",
    );
    refused(
        &|model| model.num_parallel_tree = 0,
        "num_parallel_tree: found 0, allowed are numbers from 1",
    );
    refused(
        &|model| model.num_parallel_tree = 2,
        "found 1 trees, allowed are multiples of 2, those of a round",
    );
    refused(
        &|model| model.trees.clear(),
        "found 0 trees, allowed are multiples of 1, those of a round",
    );
    refused(
        &|model| model.objective = Objective::Softmax { n_classes: 1 },
        "num_class: found 1, allowed are numbers from 2",
    );
    refused(
        &|model| model.objective = Objective::Quantile { alphas: vec![] },
        "quantile_alpha: found no numbers, allowed are 1 or more",
    );
    refused(
        &|model| model.base_score = vec![0.5, 0.5],
        "base_score: found 2 numbers, expected 1, one an output",
    );
    refused(
        &|model| {
            model.objective = Objective::BinaryLogistic;
            model.base_score = vec![1.5];
        },
        "base_score: found 1.5, which is no answer of binary:logistic",
    );
    refused(
        &|model| {
            model.objective = Objective::Gamma;
            model.base_score = vec![0.0];
        },
        "base_score: found 0, which is no answer of reg:gamma",
    );
    for key in ["feature_names", "sparse_absent"] {
        let line = format!("metadata: the key {key} is taken");
        refused(
            &|model| model.attributes = vec![(key.into(), String::new())],
            &line,
        );
    }
    refused(
        &|model| model.attributes = vec![("a".into(), String::new()); 2],
        "attributes: found a twice, allowed is once",
    );
    refused(
        &|model| split(model, &|split| split.feature = 2),
        "tree 0: node 0: found feature 2, allowed are 0 to 1",
    );
    refused(
        &|model| split(model, &|split| split.threshold = f32::NAN),
        "tree 0: node 0: found threshold NaN, allowed are numbers",
    );
    refused(
        &|model| split(model, &|split| split.threshold = f32::INFINITY),
        "tree 0: node 0: found threshold inf, allowed are numbers below it",
    );
    refused(
        &|model| split(model, &|split| split.gain = f32::NAN),
        "tree 0: node 0: found gain NaN, allowed are numbers",
    );
    refused(
        &|model| split(model, &|split| split.right = 1),
        "tree 0: node 0: found child 1, allowed are 1 to 2 that are no other node's child",
    );
    refused(
        &|model| model.trees[0][2].weight = f32::INFINITY,
        "tree 0: node 2: found weight inf, allowed are finite numbers",
    );
    refused(
        &|model| model.trees[0][1].sum_hessian = -1.0,
        "tree 0: node 1: found sum_hessian -1, allowed are finite numbers from 0 up",
    );
    refused(
        &|model| model.trees[0].clear(),
        "tree 0: found 0 nodes, allowed are 1 or more",
    );
}
