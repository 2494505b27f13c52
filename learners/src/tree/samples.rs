//! Small trees for tests.

use super::{Node, Split, Targets, Tree};

pub(crate) fn leaf(class_weights: &[(u32, f64)]) -> Node {
    let total = class_weights.iter().map(|pair| pair.1).sum::<f64>();
    let purity: f64 = class_weights
        .iter()
        .map(|pair| (pair.1 / total).powi(2))
        .sum();
    Node {
        split: None,
        impurity: 1.0 - purity,
        n_node_samples: total as usize,
        weighted_n_node_samples: total,
        targets: Targets::Classes(class_weights.to_vec()),
    }
}

/// A branch of rows that weigh `class_weights`.
pub(crate) fn branch(
    feature: usize,
    threshold: f32,
    children: [usize; 2],
    class_weights: &[(u32, f64)],
) -> Node {
    let [left, right] = children;
    Node {
        split: Some(Split {
            feature,
            threshold,
            missing_go_to_left: false,
            left,
            right,
        }),
        targets: Targets::Classes(vec![]),
        ..leaf(class_weights)
    }
}

/// `x <= 2 ? A : x <= 6 ? B : C`, with the class weights of A, B and C.
pub(crate) fn two_splits(weights: [&[(u32, f64)]; 3], n_classes: usize) -> Tree {
    let [a, b, c] = weights;
    let below = |leaves: &[&[(u32, f64)]]| {
        let mut sums = vec![0.0; n_classes];
        for (class, weight) in leaves.iter().copied().flatten() {
            sums[*class as usize] += weight;
        }
        (0..).zip(sums).collect::<Vec<(u32, f64)>>()
    };
    let nodes = vec![
        branch(0, 2.0, [1, 2], &below(&[a, b, c])),
        leaf(a),
        branch(0, 6.0, [3, 4], &below(&[b, c])),
        leaf(b),
        leaf(c),
    ];
    Tree { nodes, n_classes }
}
