use linfa::DatasetBase;
use ndarray::{Array1, Array2};

use super::*;
use crate::tree::{Node, Split};

/// Values 0 to 9 in a tree `x <= 2 ? A : x <= 6 ? B : C`, with the class weights of its leaves.
fn tree(weights: [&[(u32, f64)]; 3], n_classes: usize) -> Tree {
    let leaf = |weights: &[(u32, f64)]| {
        let total = weights.iter().map(|pair| pair.1).sum::<f64>();
        let purity: f64 = weights.iter().map(|pair| (pair.1 / total).powi(2)).sum();
        Node {
            split: None,
            impurity: 1.0 - purity,
            n_node_samples: total as usize,
            weighted_n_node_samples: total,
            class_weights: weights.to_vec(),
        }
    };
    let branch = |threshold, left, right, below: &[&[(u32, f64)]]| {
        let mut sums = vec![0.0; n_classes];
        for (class, weight) in below.iter().copied().flatten() {
            sums[*class as usize] += weight;
        }
        let all: Vec<(u32, f64)> = sums.into_iter().zip(0..).map(|(w, c)| (c, w)).collect();
        let split = Some(Split {
            feature: 0,
            threshold,
            missing_go_to_left: false,
            left,
            right,
        });
        Node {
            split,
            class_weights: vec![],
            ..leaf(&all)
        }
    };
    let [a, b, c] = weights;
    let nodes = vec![
        branch(2.0, 1, 2, &[a, b, c]),
        leaf(a),
        branch(6.0, 3, 4, &[b, c]),
        leaf(b),
        leaf(c),
    ];
    Tree { nodes, n_classes }
}

fn dataset(rows: &[(f32, usize)]) -> Dataset {
    let values = rows.iter().map(|row| row.0).collect();
    let records = Array2::from_shape_vec((rows.len(), 1), values).unwrap();
    DatasetBase::new(
        records,
        rows.iter().map(|row| row.1).collect::<Array1<usize>>(),
    )
}

fn close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() < 1e-12,
        "found {found}, expected {expected}"
    );
}

#[test]
fn figures_of_three_classes_are_those_of_scikit_learn() {
    let tree = tree(
        [&[(0, 3.0), (1, 1.0)], &[(1, 4.0)], &[(1, 1.0), (2, 1.0)]],
        4,
    );
    // The last label is one that training did not have.
    let rows = [
        (1.0, 0),
        (1.0, 1),
        (2.0, 0),
        (3.0, 1),
        (6.0, 2),
        (7.0, 2),
        (9.0, 1),
        (9.0, 4),
    ];
    let leaves = Leaves::of(&tree);
    let evaluation = Evaluation::of(&tree, &dataset(&rows));
    let metrics = Metrics::of(&evaluation, &leaves);
    // y_true = [0,1,0,1,2,2,1,4], y_pred = [0,0,0,1,1,1,1,1]
    close(metrics.accuracy, 0.5);
    close(
        metrics.balanced_accuracy,
        (1.0 + 2.0 / 3.0 + 0.0 + 0.0) / 4.0,
    );
    close(metrics.f1_macro, (0.8 + 0.5 + 0.0 + 0.0) / 4.0);
    let clipped = -f64::EPSILON.ln();
    let sure = -(1.0 - f64::EPSILON).ln();
    let losses =
        -2.0 * 0.75_f64.ln() - 0.25_f64.ln() + sure + clipped - 2.0 * 0.5_f64.ln() + clipped;
    close(metrics.logloss, losses / 8.0);
    assert_eq!(metrics.auc, None);
    let expected = vec![(0, 0, 2), (1, 0, 1), (1, 1, 2), (2, 1, 2), (4, 1, 1)];
    assert_eq!(evaluation.confusion(&leaves), expected);
}

#[test]
fn the_area_under_the_curve_counts_equal_scores_half() {
    let tree = tree(
        [&[(0, 3.0), (1, 1.0)], &[(0, 1.0), (1, 1.0)], &[(1, 2.0)]],
        2,
    );
    let rows = [(1.0, 0), (1.0, 1), (5.0, 0), (5.0, 1), (9.0, 1)];
    let leaves = Leaves::of(&tree);
    let metrics = Metrics::of(&Evaluation::of(&tree, &dataset(&rows)), &leaves);
    // Pairs: (1: .5 + 0), (5: 1 + .5), (9: 2) of 3 * 2.
    close(metrics.auc.unwrap(), 4.0 / 6.0);
    // One half each is the first class.
    close(metrics.accuracy, 3.0 / 5.0);
    let one_class = Evaluation::of(&tree, &dataset(&[(1.0, 1)]));
    assert_eq!(Metrics::of(&one_class, &leaves).auc, None);
}

#[test]
fn the_tree_unfolds_by_the_largest_decrease_and_ends_as_it_is() {
    let tree = tree([&[(0, 3.0), (1, 1.0)], &[(1, 4.0)], &[(2, 4.0)]], 3);
    let rows = [(0.0, 0), (0.0, 0), (0.0, 0), (0.0, 1), (5.0, 1), (9.0, 2)];
    let train = Evaluation::of(&tree, &dataset(&rows));
    let validation = Evaluation::of(&tree, &dataset(&[(0.0, 0), (9.0, 2)]));
    let points = growth(&tree, &train, Some(&validation));
    let sizes: Vec<usize> = points.iter().map(|point| point.n_leaves).collect();
    assert_eq!(sizes, [1, 2, 3]);
    // The whole predicts 1 (weight 5); of the two children, 0 and 1 (the first of equals).
    close(points[0].train, 2.0 / 6.0);
    close(points[1].train, 4.0 / 6.0);
    close(points[2].train, 5.0 / 6.0);
    assert_eq!(
        points
            .iter()
            .map(|point| point.validation)
            .collect::<Vec<_>>(),
        [Some(0.0), Some(0.5), Some(1.0)]
    );
    let last = points.last().unwrap().train;
    close(last, Metrics::of(&train, &Leaves::of(&tree)).accuracy);
}

#[test]
fn calibration_bins_hold_every_row_once() {
    let tree = tree(
        [&[(0, 3.0), (1, 1.0)], &[(1, 4.0)], &[(0, 1.0), (1, 1.0)]],
        2,
    );
    let rows = [(0.0, 0), (0.0, 1), (5.0, 1), (9.0, 0)];
    let leaves = Leaves::of(&tree);
    let bins = calibration(&Evaluation::of(&tree, &dataset(&rows)), &leaves);
    let found: Vec<_> = bins
        .iter()
        .map(|bin| (bin.count, bin.mean_probability, bin.accuracy))
        .collect();
    assert_eq!(found, [(1, 0.5, 1.0), (2, 0.75, 0.5), (1, 1.0, 1.0)]);
}

#[test]
fn importances_are_normalised() {
    let tree = tree([&[(0, 4.0)], &[(1, 4.0)], &[(2, 4.0)]], 3);
    assert_eq!(feature_importances(&tree, 2), [1.0, 0.0]);
    let stump = Tree {
        nodes: tree.nodes[1..2].to_vec(),
        n_classes: 3,
    };
    assert_eq!(feature_importances(&stump, 2), [0.0, 0.0]);
}
