//! Shapes that break engines: very deep, very wide, very many classes, next to nothing.

use learners::{Tree, exact::Params};
use linfa::traits::Fit;
use ndarray::{Array1, Array2};

fn fit(params: &Params, x: Array2<f32>, y: Vec<usize>) -> Tree {
    params
        .fit(&linfa::DatasetBase::new(x, Array1::from(y)))
        .unwrap()
}

/// Classes alternate along one feature: the best split always takes one row off an end.
#[test]
fn a_staircase_of_many_levels() {
    let n = 20_001;
    let staircase = || {
        let x = Array2::from_shape_fn((n, 1), |(i, _)| i as f32);
        (x, (0..n).map(|i| i % 2).collect::<Vec<_>>())
    };
    let (x, y) = staircase();
    let tree = fit(&Params::default(), x, y);
    assert_eq!(tree.nodes.len(), 2 * n - 1);
    assert!(tree.depth() > n / 3, "{}", tree.depth());
    let (x, y) = staircase();
    assert_eq!(
        fit(
            &Params {
                max_leaf_nodes: Some(n),
                ..Params::default()
            },
            x,
            y
        )
        .nodes
        .len(),
        2 * n - 1
    );
    let (x, y) = staircase();
    let pruned = fit(
        &Params {
            ccp_alpha: 1.0,
            ..Params::default()
        },
        x,
        y,
    );
    assert_eq!(pruned.nodes.len(), 1);
    assert_eq!(
        pruned.nodes[0].class_weights(),
        [(0, 10_001.0), (1, 10_000.0)]
    );
}

#[test]
fn a_million_rows_of_one_class_are_one_leaf() {
    let n = 1_000_000;
    let tree = fit(
        &Params::default(),
        Array2::from_shape_fn((n, 2), |(i, j)| (i * 7 + j) as f32),
        vec![0; n],
    );
    assert_eq!(tree.nodes.len(), 1);
    assert_eq!(tree.nodes[0].class_weights(), [(0, 1e6)]);
}

#[test]
fn one_row_is_one_leaf() {
    let tree = fit(&Params::default(), Array2::zeros((1, 3)), vec![1]);
    assert_eq!((tree.nodes.len(), tree.n_classes), (1, 2));
    assert_eq!(tree.nodes[0].class_weights(), [(1, 1.0)]);
}

#[test]
fn ten_thousand_features() {
    let (n, d) = (300, 10_000);
    // Only the last feature tells the classes apart.
    let x = Array2::from_shape_fn((n, d), |(i, j)| match j == d - 1 {
        true => (i % 3) as f32,
        false => ((i * 31 + j * 17) % 101 % 2) as f32,
    });
    let tree = fit(&Params::default(), x, (0..n).map(|i| i % 3).collect());
    assert_eq!(tree.nodes.len(), 5);
    assert_eq!(tree.nodes[0].split.unwrap().feature, d - 1);
}

#[test]
fn five_thousand_classes() {
    let n = 20_000;
    let class = |i: usize| (i * 7_919) % 5_000;
    let x = Array2::from_shape_fn((n, 2), |(i, j)| {
        (class(i) / if j == 0 { 100 } else { 1 } % 100) as f32
    });
    let tree = fit(&Params::default(), x, (0..n).map(class).collect());
    assert_eq!(
        tree.nodes
            .iter()
            .filter(|node| node.split.is_none())
            .count(),
        5_000
    );
    assert!(
        tree.nodes
            .iter()
            .all(|node| node.split.is_some() || node.class_weights().len() == 1)
    );
}
