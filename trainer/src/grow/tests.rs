use ::linfa::DatasetBase;
use ndarray::{Array1, Array2};
use proptest::prelude::*;

use super::*;
use crate::{data::Header, exact::Samples, hyperparameters::ClassWeight, tree::Leaves};

fn dataset(rows: &[(Vec<f32>, usize)]) -> Dataset {
    let n_features = rows[0].0.len();
    let values = rows.iter().flat_map(|row| row.0.clone()).collect();
    let records = Array2::from_shape_vec((rows.len(), n_features), values).unwrap();
    DatasetBase::new(
        records,
        rows.iter().map(|row| row.1).collect::<Array1<usize>>(),
    )
}

fn classes(n: usize) -> Classes {
    Classes::Integers((0..n as i64).collect())
}

fn grown(dataset: &Dataset, n_classes: usize, settings: &Hyperparameters) -> Result<Tree, String> {
    grow(dataset, &classes(n_classes), settings, Arc::default()).map_err(|error| error.to_string())
}

fn linfa() -> Hyperparameters {
    Hyperparameters {
        engine: Engine::Linfa,
        ..Hyperparameters::default()
    }
}

fn accuracy(tree: &Tree, dataset: &Dataset) -> f64 {
    let leaves = Leaves::of(tree);
    let reached = tree.apply(&dataset.records);
    let right = reached
        .iter()
        .zip(&dataset.targets)
        .filter(|(leaf, target)| leaves.class(**leaf) as usize == **target);
    right.count() as f64 / dataset.targets.len() as f64
}

#[test]
fn linfas_tree_goes_the_way_of_its_training_rows() {
    // The midpoint of 1 and 3 is a value of a training row, which linfa trains to the left.
    let rows = dataset(&[(vec![1.0], 0), (vec![3.0], 1), (vec![2.0], 0)]);
    let tree = grown(&rows, 2, &linfa()).unwrap();
    assert_eq!(accuracy(&tree, &rows), 1.0);
    let split = tree.nodes[0].split.unwrap();
    assert_eq!(
        (split.feature, split.threshold, split.left, split.right),
        (0, 2.5, 1, 2)
    );
    assert_eq!(tree.nodes[1].class_weights, [(0, 2.0)]);
    assert_eq!(tree.nodes[0].n_node_samples, 3);
    assert!(split.missing_go_to_left);
}

#[test]
fn what_linfa_cannot_express_is_refused() {
    let rows = dataset(&[(vec![1.0], 0), (vec![3.0], 1)]);
    let weights = rows.clone().with_weights(Array1::from_vec(vec![1.0, 2.0]));
    for (name, settings, rows) in [
        (
            "max_leaf_nodes",
            Hyperparameters {
                max_leaf_nodes: Some(2),
                ..linfa()
            },
            &rows,
        ),
        (
            "max_features",
            Hyperparameters {
                max_features: Some(exact::MaxFeatures::Sqrt),
                ..linfa()
            },
            &rows,
        ),
        (
            "ccp_alpha",
            Hyperparameters {
                ccp_alpha: 0.1,
                ..linfa()
            },
            &rows,
        ),
        (
            "random_state",
            Hyperparameters {
                random_state: Some(1),
                ..linfa()
            },
            &rows,
        ),
        (
            "min_samples_leaf",
            Hyperparameters {
                min_samples_leaf: Samples::Count(2),
                ..linfa()
            },
            &weights,
        ),
    ] {
        let error = grown(rows, 2, &settings).unwrap_err();
        assert_eq!(
            error,
            format!(
                "hyperparameter {name}: engine=linfa cannot express it, expected its default, or engine=exact"
            )
        );
    }
    let missing = dataset(&[(vec![1.0], 0), (vec![f32::NAN], 1)]);
    assert!(
        grown(&missing, 2, &linfa())
            .unwrap_err()
            .starts_with("engine=linfa cannot learn from missing values")
    );
}

#[test]
fn linfa_does_not_recurse_without_end() {
    // Neighbouring float32 whose midpoint rounds up to the larger: linfa's split leaves a side empty.
    let (low, high) = (16_777_218.0_f32, 16_777_220.0_f32);
    let rows = dataset(&[(vec![low], 0), (vec![high], 1)]);
    assert!(grown(&rows, 2, &linfa()).unwrap().nodes.len() <= 3);
    let staircase: Vec<_> = (0..3000)
        .map(|step| (vec![(step * step) as f32], step % 2))
        .collect();
    let _ = grown(&dataset(&staircase), 2, &linfa());
}

#[test]
fn class_weights_weigh_rows_in_both_engines() {
    let rows = dataset(&[
        (vec![1.0], 0),
        (vec![1.0], 0),
        (vec![1.0], 1),
        (vec![2.0], 0),
    ]);
    let map = |label: &str, weight| ClassWeight::Map([(label.to_owned(), weight)].into());
    for engine in [Engine::Exact, Engine::Linfa] {
        let with = |class_weight| Hyperparameters {
            engine,
            class_weight,
            ..Hyperparameters::default()
        };
        let tree = grown(&rows, 2, &with(map("1", 3.0))).unwrap();
        let leaf = tree.apply(&rows.records)[0] as usize;
        assert_eq!(tree.nodes[leaf].class_weights, [(0, 2.0), (1, 3.0)]);
        let tree = grown(&rows, 2, &with(ClassWeight::Balanced)).unwrap();
        assert!((tree.nodes[0].weighted_n_node_samples - 4.0).abs() < 1e-5);
        let error = grown(&rows, 2, &with(map("7", 3.0))).unwrap_err();
        assert!(
            error.starts_with("hyperparameter class_weight: no row has the label \"7\""),
            "{error}"
        );
    }
}

#[test]
fn settings_of_the_data_do_not_matter_to_growing() {
    let rows = dataset(&[(vec![1.0], 0), (vec![3.0], 1)]);
    let settings = Hyperparameters {
        csv_weights: true,
        header: Header::No,
        ..Hyperparameters::default()
    };
    assert_eq!(
        grown(&rows, 2, &settings),
        grown(&rows, 2, &Hyperparameters::default())
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Without ties in the data, linfa skips no split: both engines fit the training rows alike.
    #[test]
    fn both_engines_fit_rows_without_ties_equally(
        labels in prop::collection::vec(0..3_usize, 2..40),
        multiplier in prop_oneof![Just(7_usize), Just(11), Just(13)],
        max_depth in prop_oneof![Just(None), (1..4_usize).prop_map(Some)],
        entropy in any::<bool>(),
    ) {
        // Distinct values in both columns, in different orders, far enough apart for linfa.
        let prime = 211;
        let rows: Vec<_> = labels.iter().enumerate().map(|(row, label)| {
            (vec![row as f32, ((row * multiplier * 5 + 3) % prime) as f32], *label)
        }).collect();
        let rows = dataset(&rows);
        let criterion = if entropy { Criterion::Entropy } else { Criterion::Gini };
        let with = |engine| Hyperparameters { engine, criterion, max_depth, ..Hyperparameters::default() };
        let by_linfa = grown(&rows, 3, &with(Engine::Linfa)).unwrap();
        let by_exact = grown(&rows, 3, &with(Engine::Exact)).unwrap();
        if max_depth.is_none() {
            prop_assert_eq!(accuracy(&by_linfa, &rows), 1.0);
            prop_assert_eq!(accuracy(&by_exact, &rows), 1.0);
        }
        for tree in [&by_linfa, &by_exact] {
            prop_assert_eq!(tree.nodes[0].n_node_samples, labels.len());
            prop_assert!(tree.depth() <= max_depth.unwrap_or(labels.len()));
        }
    }

    /// linfa's limit is one of a node, scikit-learn's one of the whole.
    #[test]
    fn min_impurity_decrease_is_the_same_in_both_engines(
        labels in prop::collection::vec(0..2_usize, 2..40),
        limit in 0.001..0.2_f64,
    ) {
        let rows: Vec<_> = labels.iter().enumerate().map(|(row, label)| (vec![row as f32], *label)).collect();
        let rows = dataset(&rows);
        let with = |engine| Hyperparameters { engine, min_impurity_decrease: limit, ..Hyperparameters::default() };
        let by_linfa = grown(&rows, 2, &with(Engine::Linfa)).unwrap();
        let total = labels.len() as f64;
        let weighted = |place: usize| by_linfa.nodes[place].weighted_n_node_samples * by_linfa.nodes[place].impurity;
        for (place, node) in by_linfa.nodes.iter().enumerate() {
            if let Some(split) = node.split {
                let decrease = (weighted(place) - weighted(split.left) - weighted(split.right)) / total;
                prop_assert!(decrease + 1e-9 >= limit);
            }
        }
    }
}
