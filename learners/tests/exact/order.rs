//! The same rows give the same tree, whatever their order and the number of threads.

use learners::{
    Tree,
    exact::{MaxFeatures, Params},
};
use linfa::traits::Fit;
use linfa_trees::SplitQuality;

use crate::{
    data::{Data, Random, settings},
    threads::{assert_same_trees, on_threads},
};

fn fit_on(threads: usize, params: &Params, data: &Data) -> Tree {
    on_threads(threads, || params.fit(&data.dataset()).unwrap())
}

#[test]
fn small_data_in_any_order() {
    let pools: Vec<_> = [1, 2, 4]
        .map(|threads| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap()
        })
        .into();
    for seed in 0..1_000 {
        let mut r = Random(seed ^ 0x0bde);
        let mut data = Data::random(&mut r);
        if r.once_in(3) {
            data.w = data.y.iter().map(|_| (0.01 + r.share()) as f32).collect();
        }
        let (_, mut params) = settings(&mut r, &data.rows());
        if r.once_in(3) {
            params.max_features = Some(MaxFeatures::Sqrt);
            params.random_state = seed;
        }
        let tree = params.fit(&data.dataset()).unwrap();
        for pool in &pools {
            let shuffled = data.shuffled(&mut r);
            let again = pool.install(|| params.fit(&shuffled.dataset())).unwrap();
            assert_eq!(tree, again, "seed {seed}");
        }
    }
}

/// Enough rows for every way of sharing the work: nodes on all threads, subtrees on one.
#[test]
fn large_data_in_any_order_on_any_number_of_threads() {
    let mut r = Random(3);
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
    let y = x
        .iter()
        .map(|row| usize::from(row[0] + row[1] > 20.0) + usize::from(r.once_in(8)))
        .collect();
    let w: Vec<f32> = (0..n).map(|_| (0.01 + r.share()) as f32).collect();
    let plain = Data {
        x,
        y,
        numbers: Vec::new(),
        w: Vec::new(),
        n_classes: 3,
    };
    let binary = Data {
        y: plain.y.iter().map(|y| y % 2).collect(),
        n_classes: 2,
        ..plain.clone()
    };
    let weighted = Data { w, ..plain.clone() };
    let gini = Params::default();
    let entropy = Params {
        criterion: SplitQuality::Entropy,
        ..gini.clone()
    };
    let best_first = Params {
        max_leaf_nodes: Some(300),
        ..gini.clone()
    };
    let drawn = Params {
        max_features: Some(MaxFeatures::Sqrt),
        random_state: 5,
        ..gini.clone()
    };
    let pruned = Params {
        ccp_alpha: 1e-4,
        ..gini.clone()
    };
    let cases = [
        (&plain, &gini),
        (&plain, &entropy),
        (&binary, &gini),
        (&binary, &best_first),
        (&plain, &drawn),
        (&weighted, &pruned),
    ];
    assert_same_trees(&cases, [2, 4], &mut r, fit_on);
}
