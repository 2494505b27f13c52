use learners::{
    bins::Bins,
    histogram::{Grown, grow, leaf_of},
};

use crate::{
    data::{Data, Random, params},
    naive::{Naive, Node},
};

/// The grown tree in the naive grower's words.
fn described(grown: &Grown) -> Vec<Node> {
    let mut nodes: Vec<Node> = grown
        .nodes
        .iter()
        .map(|node| Node {
            split: node.split.as_ref().map(|split| {
                let children = [split.left as usize, split.right as usize];
                (
                    split.feature,
                    split.threshold,
                    split.missing_goes_left,
                    split.gain,
                    children,
                )
            }),
            weight: node.weight,
            rows: Vec::new(),
        })
        .collect();
    grown
        .leaves()
        .for_each(|(at, rows)| nodes[at].rows = rows.to_vec());
    nodes
}

#[test]
fn the_tree_is_that_of_a_naive_grower() {
    let mut splits = 0;
    for seed in 0..2_000 {
        let mut r = Random(seed);
        let n_features = 1 + r.below(6);
        let most = [10, 60, 200][r.below(3)];
        let n_rows = 1 + r.below(most);
        let data = Data::random(&mut r, n_rows, n_features);
        let params = params(&mut r, n_features);
        let bins = Bins::new(data.x.view(), [256, 256, 4, 16][r.below(4)]);
        let rows: Option<Vec<u32>> = r
            .once_in(3)
            .then(|| (0..n_rows as u32).filter(|_| !r.once_in(3)).collect());
        let grown = grow(&bins, &data.gradients, rows.as_deref(), &params, seed);
        let naive = Naive {
            data: &data,
            bins: &bins,
            params: &params,
        };
        let mut expected = naive.grow(rows.unwrap_or_else(|| (0..n_rows as u32).collect()));
        for (node, expected) in grown.nodes.iter().zip(&expected) {
            assert_eq!(node.n_rows as usize, expected.rows.len());
            let h: f64 = expected
                .rows
                .iter()
                .map(|&row| f64::from(data.gradients[row as usize].h))
                .sum();
            assert_eq!(node.sum_hessian, h);
        }
        for (at, node) in expected.iter_mut().enumerate() {
            if node.split.is_some() {
                node.rows.clear();
                splits += 1;
            }
            for &row in &node.rows {
                assert_eq!(
                    leaf_of(&grown.nodes, &bins, row as usize),
                    at,
                    "seed {seed}"
                );
            }
        }
        assert_eq!(described(&grown), expected, "seed {seed} {params:?}");
    }
    assert!(splits > 3_000, "{splits}");
}

/// Subtracted sums, sums of blocks and rows that are parted in blocks: every node is checked by the naive
/// grower's rule on the node's own rows.
#[test]
fn large_nodes_are_split_as_small_ones() {
    let mut r = Random(5);
    let data = Data::random(&mut r, 70_000, 18);
    let mut params = params(&mut r, 18);
    (params.max_depth, params.max_leaves) = (3, 0);
    let bins = Bins::new(data.x.view(), 16);
    let grown = grow(&bins, &data.gradients, None, &params, 0);
    let naive = Naive {
        data: &data,
        bins: &bins,
        params: &params,
    };
    let mut expected = naive.grow((0..70_000).collect());
    for node in expected.iter_mut().filter(|node| node.split.is_some()) {
        node.rows.clear();
    }
    assert!(expected.len() > 9);
    assert_eq!(described(&grown), expected);
}

#[test]
fn odd_tables_give_leaves() {
    let none = Bins::new(ndarray::Array2::zeros((0, 3)).view(), 256);
    assert_eq!(
        grow(&none, &[], None, &Default::default(), 0).nodes.len(),
        1
    );
    let data = Data::random(&mut Random(1), 10, 2);
    let bins = Bins::new(ndarray::Array2::zeros((10, 0)).view(), 256);
    assert_eq!(
        grow(&bins, &data.gradients, None, &Default::default(), 0)
            .nodes
            .len(),
        1
    );
    let bins = Bins::new(data.x.view(), 256);
    let no_rows = grow(&bins, &data.gradients, Some(&[]), &Default::default(), 0);
    assert_eq!((no_rows.nodes.len(), no_rows.nodes[0].weight), (1, 0.0));
}
