//! Trees of numbers: against the naive reference, and the same in any order of the rows.

use learners::{
    Tree,
    exact::{MaxFeatures, NumberCriterion, Params},
};
use linfa::traits::Fit;
use ndarray::array;

use crate::{
    data::{Data, Random, settings_by},
    naive::{self, Criterion},
    reference::assert_same,
    threads::{assert_same_trees, on_threads},
};

fn criterion(r: &mut Random) -> NumberCriterion {
    if r.once_in(3) {
        NumberCriterion::Poisson
    } else {
        NumberCriterion::SquaredError
    }
}

fn compare(seed: u64, weights: impl Fn(&mut Random, &mut Data)) {
    let mut r = Random(seed);
    let ours = criterion(&mut r);
    let mut data = Data::random_numbers(&mut r, ours);
    weights(&mut r, &mut data);
    let rows = data.rows();
    let (settings, params) = settings_by(&mut r, &rows, Criterion::Numbers(ours), ours);
    let tree = params.fit(&data.dataset_of_numbers()).unwrap();
    let case = format!("seed {seed} {settings:?} {data:?}");
    assert_same(&tree, &naive::grow(&rows, &settings), &case);
}

#[test]
fn grows_the_naive_tree_on_six_thousand_data_sets() {
    for seed in 0..6_000 {
        compare(seed ^ 0x4e0, |_, _| {});
    }
}

/// Weights that no small unit divides: the wide criterion.
#[test]
fn grows_the_naive_tree_with_fractional_weights() {
    for seed in 0..2_000 {
        compare(seed ^ 0xf10a7, |r, data| {
            data.w = data.y.iter().map(|_| (0.01 + r.share()) as f32).collect();
        });
    }
}

/// The mean and its distance from the numbers are as exact as they can be, however far from 0 they are.
#[test]
fn numbers_far_from_zero_are_told_apart() {
    let x = ndarray::Array2::from_shape_fn((64, 1), |(row, _)| row as f32);
    let y = ndarray::Array1::from_shape_fn(64, |row| 16_777_000.0 + (row / 32) as f32);
    let params = Params::defaults(NumberCriterion::SquaredError);
    let tree = params.fit(&linfa::DatasetBase::new(x, y)).unwrap();
    let means: Vec<f64> = tree.nodes.iter().filter_map(|node| node.mean()).collect();
    assert_eq!(means, [16_777_000.5, 16_777_000.0, 16_777_001.0]);
    assert_eq!(tree.nodes[0].impurity, 0.25);
    assert_eq!(tree.nodes[1].impurity, 0.0);
}

fn fit_on(threads: usize, params: &Params<NumberCriterion>, data: &Data) -> Tree {
    on_threads(threads, || params.fit(&data.dataset_of_numbers()).unwrap())
}

#[test]
fn small_data_in_any_order() {
    for seed in 0..1_000 {
        let mut r = Random(seed ^ 0x0bdf);
        let ours = criterion(&mut r);
        let mut data = Data::random_numbers(&mut r, ours);
        if r.once_in(3) {
            data.w = data.y.iter().map(|_| (0.01 + r.share()) as f32).collect();
        }
        if r.once_in(3) {
            // More digits than the unit has.
            let spread = |r: &mut Random| 2f32.powi(r.below(120) as i32 - 60);
            let numbers = data.numbers.iter_mut();
            numbers.for_each(|number| *number = (number.abs() + 0.1) * spread(&mut r));
        }
        let rows = data.rows();
        let (_, mut params) = settings_by(&mut r, &rows, Criterion::Numbers(ours), ours);
        if r.once_in(3) {
            params.max_features = Some(MaxFeatures::Sqrt);
            params.random_state = seed;
        }
        let tree = params.fit(&data.dataset_of_numbers()).unwrap();
        let again = params.fit(&data.shuffled(&mut r).dataset_of_numbers());
        assert_eq!(tree, again.unwrap(), "seed {seed}");
    }
}

/// Enough rows for every way of sharing the work: nodes on all threads, subtrees on one.
#[test]
fn large_data_in_any_order_on_any_number_of_threads() {
    let mut r = Random(4);
    let (n, d) = (20_000, 8);
    let x: Vec<Vec<f32>> = (0..n)
        .map(|_| {
            let grid = |r: &mut Random| (r.share() * 2_000.0).round() as f32 / 100.0;
            let mut row: Vec<f32> = (0..d).map(|_| grid(&mut r)).collect();
            if r.once_in(10) {
                row[3] = f32::NAN;
            }
            row
        })
        .collect();
    let numbers: Vec<f32> = x
        .iter()
        .map(|row| row[0] * row[1] + r.share() as f32)
        .collect();
    let plain = Data {
        y: vec![0; n],
        numbers,
        x,
        w: Vec::new(),
        n_classes: 0,
    };
    let weighted = Data {
        w: (0..n).map(|_| (0.01 + r.share()) as f32).collect(),
        ..plain.clone()
    };
    let squared = Params::defaults(NumberCriterion::SquaredError);
    let poisson = Params {
        min_samples_leaf: algorithm::Amount::Count(5),
        ..Params::defaults(NumberCriterion::Poisson)
    };
    let best_first = Params {
        max_leaf_nodes: Some(300),
        ..squared.clone()
    };
    let drawn = Params {
        max_features: Some(MaxFeatures::Sqrt),
        random_state: 5,
        ..squared.clone()
    };
    let pruned = Params {
        ccp_alpha: 1e-2,
        ..squared.clone()
    };
    let cases = [
        (&plain, &squared),
        (&plain, &poisson),
        (&weighted, &best_first),
        (&plain, &drawn),
        (&weighted, &squared),
        (&weighted, &pruned),
    ];
    assert_same_trees(&cases, [2, 7], &mut r, fit_on);
}

#[test]
fn refusals_say_where_and_what() {
    let refusal = |criterion, y: ndarray::Array1<f32>| {
        let dataset = linfa::DatasetBase::new(array![[1.0f32], [3.0]], y);
        Params::defaults(criterion)
            .fit(&dataset)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        refusal(NumberCriterion::SquaredError, array![1.0, f32::INFINITY]),
        "row 2: found the number inf, expected a finite number"
    );
    assert_eq!(
        refusal(NumberCriterion::Poisson, array![1.0, -0.5]),
        "row 2: found the number -0.5, expected a finite number from 0, as criterion=poisson needs"
    );
    assert_eq!(
        refusal(NumberCriterion::Poisson, array![0.0, 0.0]),
        "found no numbers above 0, as criterion=poisson needs, to learn from, expected at least one"
    );
}
