use learners::{
    bins::Bins,
    histogram::{GrowPolicy, Node, Params, grow},
};
use rayon::ThreadPoolBuilder;

use crate::data::{Data, Random, params};

/// The tree, and the leaf of each row.
fn grown(data: &Data, params: &Params, threads: usize) -> (Vec<Node>, Vec<usize>) {
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    pool.install(|| {
        let bins = Bins::new(data.x.view(), 256);
        let grown = grow(&bins, &data.gradients, None, params, 3);
        let mut leaves = vec![0; data.gradients.len()];
        for (leaf, rows) in grown.leaves() {
            rows.iter().for_each(|&row| leaves[row as usize] = leaf);
        }
        (grown.nodes, leaves)
    })
}

fn check(r: &mut Random, data: &Data, params: &Params) {
    let (nodes, leaves) = grown(data, params, 1);
    for threads in [2, 7] {
        let mut order: Vec<u32> = (0..data.gradients.len() as u32).collect();
        order.sort_by_cached_key(|_| r.next());
        let (again, their_leaves) = grown(&data.reordered(&order), params, threads);
        assert_eq!(again, nodes);
        for (row, leaf) in order.iter().zip(their_leaves) {
            assert_eq!(leaf, leaves[*row as usize]);
        }
    }
}

#[test]
fn order_and_threads_do_not_matter() {
    for seed in 0..60 {
        let mut r = Random(seed);
        let (n_rows, n_features) = (1 + r.below(3_000), 1 + r.below(40));
        let mut data = Data::random(&mut r, n_rows, n_features);
        data.gradients
            .iter_mut()
            .for_each(|pair| pair.g += r.share() / 10.0);
        let mut params = params(&mut r, n_features);
        params.colsample_bytree = [1.0, 0.6][r.below(2)];
        params.colsample_bylevel = [1.0, 0.7][r.below(2)];
        params.colsample_bynode = [1.0, 0.5][r.below(2)];
        check(&mut r, &data, &params);
    }
}

#[test]
fn nor_do_they_for_large_tables() {
    let mut r = Random(9);
    let mut data = Data::random(&mut r, 100_000, 20);
    data.gradients
        .iter_mut()
        .for_each(|pair| pair.g += r.share());
    for grow_policy in [GrowPolicy::Depthwise, GrowPolicy::Lossguide] {
        let params = Params {
            grow_policy,
            max_leaves: 63,
            max_depth: 8,
            colsample_bynode: 0.8,
            ..Params::default()
        };
        check(&mut r, &data, &params);
    }
}
