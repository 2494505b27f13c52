//! Thousands of small data sets, grown by the engine and by the naive reference.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use algorithm::Amount;
use learners::{
    ClassWeight, Tree,
    exact::{MaxFeatures, Params},
};
use linfa::{ParamGuard, traits::Fit};
use linfa_trees::SplitQuality;
use ndarray::array;

use crate::{
    data::{Data, Random, settings},
    naive::{self, Criterion, Naive, Settings},
};

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + a.abs())
}

/// Compares the tree with the naive tree, node by node in preorder; panics at the first difference.
pub(crate) fn assert_same(tree: &Tree, naive: &Naive, case: &str) {
    let mut pending = vec![(0, naive)];
    let mut next = 0;
    while let Some((at, naive)) = pending.pop() {
        assert_eq!(at, next, "{case}: not in preorder");
        next += 1;
        let node = &tree.nodes[at];
        let place = format!("{case}, node {at}: {node:?}\nshould be {naive:?}");
        assert_eq!(node.n_node_samples, naive.rows.len(), "{place}");
        assert!(
            close(node.weighted_n_node_samples, naive.weight()),
            "{place}"
        );
        assert!(close(node.impurity, naive.impurity), "{place}");
        match (&node.split, &naive.branch) {
            (None, None) if tree.n_classes == 0 => {
                assert!(close(node.mean().unwrap(), naive.mean), "{place}");
            }
            (None, None) => {
                let weights = naive.weights.iter().enumerate().filter(|(_, w)| **w > 0.0);
                let expected: Vec<(u32, f64)> = weights.map(|(c, w)| (c as u32, *w)).collect();
                assert_eq!(expected.len(), node.class_weights().len(), "{place}");
                for (found, expected) in node.class_weights().iter().zip(expected) {
                    assert!(
                        found.0 == expected.0 && close(found.1, expected.1),
                        "{place}"
                    );
                }
            }
            (Some(split), Some(branch)) => {
                assert!(node.class_weights().is_empty(), "{place}");
                let found = (split.feature, split.threshold, split.missing_go_to_left);
                assert_eq!(
                    found,
                    (branch.feature, branch.threshold, branch.missing_go_to_left),
                    "{place}"
                );
                pending.push((split.right, &branch.right));
                pending.push((split.left, &branch.left));
            }
            _ => panic!("{place}"),
        }
    }
    assert_eq!(
        next,
        tree.nodes.len(),
        "{case}: nodes that nothing leads to"
    );
}

#[test]
fn grows_the_naive_tree_on_six_thousand_data_sets() {
    for seed in 0..6_000 {
        let mut r = Random(seed);
        let data = Data::random(&mut r);
        let rows = data.rows();
        let (settings, params) = settings(&mut r, &rows);
        let tree = params.fit(&data.dataset()).unwrap();
        let case = format!("seed {seed} {settings:?} {data:?}");
        assert_same(&tree, &naive::grow(&rows, &settings), &case);
    }
}

/// Weights that no small unit divides: the wide criterion.
#[test]
fn grows_the_naive_tree_with_fractional_weights() {
    for seed in 0..2_000 {
        let mut r = Random(seed ^ 0xf00);
        let mut data = Data::random(&mut r);
        data.w = data.y.iter().map(|_| (0.01 + r.share()) as f32).collect();
        let rows = data.rows();
        let (settings, params) = settings(&mut r, &rows);
        let tree = params.fit(&data.dataset()).unwrap();
        let case = format!("seed {seed} {settings:?} {data:?}");
        assert_same(&tree, &naive::grow(&rows, &settings), &case);
    }
}

#[test]
fn class_weights_multiply_the_rows_weights() {
    for seed in 0..1_000 {
        let mut r = Random(seed ^ 0xc1a55);
        let data = Data::random(&mut r);
        let mut rows = data.rows();
        let (class_weight, factors): (_, Vec<f64>) = if r.once_in(2) {
            let count = |class| data.y.iter().filter(|y| **y == class).count().max(1);
            let all = data.y.len() as f64;
            let factor = |class| all / (data.n_classes as f64 * count(class) as f64);
            (
                ClassWeight::Balanced,
                (0..data.n_classes).map(factor).collect(),
            )
        } else {
            let factors: Vec<f64> = (0..data.n_classes)
                .map(|_| (1 + r.below(8)) as f64 / 4.0)
                .collect();
            (ClassWeight::PerClass(factors.clone()), factors)
        };
        for (w, y) in rows.w.iter_mut().zip(&rows.y) {
            *w *= factors[*y as usize];
        }
        let (settings, mut params) = settings(&mut r, &rows);
        params.class_weight = Some(class_weight);
        let tree = params.fit(&data.dataset()).unwrap();
        let case = format!("seed {seed} {settings:?} {data:?}");
        assert_same(&tree, &naive::grow(&rows, &settings), &case);
    }
}

/// With features drawn at random each split is the best one of its own feature, at least as many
/// different features are used as are drawn in one node, and another state draws others.
#[test]
fn drawn_features_are_split_at_their_best() {
    let mut differ = 0;
    for seed in 0..500 {
        let mut r = Random(seed ^ 0xd4a2);
        let data = Data::random(&mut r);
        let rows = data.rows();
        let grown = |random_state| {
            let params = Params {
                max_features: Some(MaxFeatures::Amount(Amount::Count(1))),
                n_classes: Some(data.n_classes),
                random_state,
                ..Params::default()
            };
            params.fit(&data.dataset()).unwrap()
        };
        let (tree, other) = (grown(seed), grown(seed + 1));
        differ += usize::from(tree != other);
        let settings = Settings {
            criterion: Criterion::Classes(SplitQuality::Gini),
            max_depth: usize::MAX,
            min_samples_split: 2,
            min_samples_leaf: 1,
            min_weight_leaf: 0.0,
            max_leaf_nodes: Some(1),
            min_impurity_decrease: 0.0,
            ccp_alpha: 0.0,
        };
        let root = naive::grow(&rows, &settings);
        let total = root.weight();
        let mut pending = vec![(0, root)];
        while let Some((at, node)) = pending.pop() {
            let Some(split) = &tree.nodes[at].split else {
                let splits = |f| naive::best_of(&rows, &settings, &node, total, f).is_some();
                let can_split = node.impurity > 0.0 && (0..rows.x[0].len()).any(splits);
                assert!(!can_split, "seed {seed}: node {at} could be split");
                continue;
            };
            let (branch, _) =
                naive::best_of(&rows, &settings, &node, total, split.feature).unwrap();
            let found = (split.threshold, split.missing_go_to_left);
            assert_eq!(
                found,
                (branch.threshold, branch.missing_go_to_left),
                "seed {seed}, node {at}"
            );
            pending.push((split.left, *branch.left));
            pending.push((split.right, *branch.right));
        }
    }
    assert!(
        differ > 100,
        "only {differ} of 500 trees depend on random_state"
    );
}

/// If `ccp_alpha` is exactly what a branch is worth, the branch is cut: people take the values from
/// scikit-learn's `cost_complexity_pruning_path`.
#[test]
fn branches_worth_exactly_ccp_alpha_are_cut() {
    for seed in 0..500 {
        let mut r = Random(seed ^ 0xcc9);
        let data = Data::random(&mut r);
        let rows = data.rows();
        let (mut settings, mut params) = settings(&mut r, &rows);
        settings.ccp_alpha = 0.0;
        let full = naive::grow(&rows, &settings);
        let Some(weakest) = naive::weakest_link(&full, full.weight()) else {
            continue;
        };
        settings.ccp_alpha = weakest.max(1e-15);
        params.ccp_alpha = settings.ccp_alpha;
        let tree = params.fit(&data.dataset()).unwrap();
        let case = format!("seed {seed} {settings:?} {data:?}");
        assert_same(&tree, &naive::grow(&rows, &settings), &case);
    }
}

#[test]
fn progress_ends_at_the_number_of_rows() {
    let data = Data::random(&mut Random(12));
    for leaves in [None, Some(4)] {
        let progress = Arc::new(AtomicUsize::new(7));
        let params = Params {
            max_leaf_nodes: leaves,
            progress: Some(Arc::clone(&progress)),
            ..Params::default()
        };
        let tree = params.fit(&data.dataset()).unwrap();
        assert_eq!(
            progress.load(Ordering::Relaxed),
            tree.nodes[0].n_node_samples
        );
    }
}

#[test]
fn linfa_parameters_say_the_same() {
    let data = Data::random(&mut Random(5));
    let linfa = linfa_trees::DecisionTree::<f64, usize>::params()
        .split_quality(SplitQuality::Entropy)
        .max_depth(Some(3))
        .min_weight_leaf(2.0)
        .min_impurity_decrease(0.01)
        .check()
        .unwrap();
    let ours = Params {
        criterion: SplitQuality::Entropy,
        max_depth: Some(3),
        min_samples_leaf: Amount::Count(2),
        min_impurity_decrease: 0.01,
        ..Params::default()
    };
    let fit = |params: Params| params.fit(&data.dataset()).unwrap();
    assert_eq!(fit(Params::from(&linfa)), fit(ours));
}

#[test]
fn refusals_say_where_and_what() {
    let refusal = |x: ndarray::Array2<f32>, y: ndarray::Array1<usize>, w: ndarray::Array1<f32>| {
        let dataset = linfa::DatasetBase::new(x, y).with_weights(w);
        let params = Params {
            n_classes: Some(2),
            ..Params::default()
        };
        params.fit(&dataset).unwrap_err().to_string()
    };
    let none = ndarray::Array1::<f32>::default(0);
    assert_eq!(
        refusal(
            array![[1.0, 2.0], [3.0, f32::INFINITY]],
            array![0, 1],
            none.clone()
        ),
        "row 2: found inf in feature_1, expected a finite number or NaN"
    );
    assert_eq!(
        refusal(array![[1.0], [3.0]], array![0, 2], none.clone()),
        "row 2: found the class 2, expected 0 to 1"
    );
    assert_eq!(
        refusal(array![[1.0], [3.0]], array![0, 1], array![1.0, -1.0]),
        "row 2: found the weight -1, expected a finite number from 0"
    );
    assert_eq!(
        refusal(array![[1.0], [3.0]], array![0, 1], array![0.0, 0.0]),
        "found no rows with a weight above 0 to learn from, expected at least one"
    );
}
