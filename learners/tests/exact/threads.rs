//! The same rows give the same tree, whatever their order and the number of threads.

use std::fmt::Debug;

use learners::Tree;

use crate::data::{Data, Random};

/// What `fit` does on so many threads.
pub(crate) fn on_threads(threads: usize, fit: impl FnOnce() -> Tree + Send) -> Tree {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    pool.install(fit)
}

/// Grows a tree of more than 100 nodes for each of `cases` on one thread, and the same on others with the rows in
/// another order.
pub(crate) fn assert_same_trees<P: Debug>(
    cases: &[(&Data, &P)],
    threads: [usize; 2],
    r: &mut Random,
    fit_on: impl Fn(usize, &P, &Data) -> Tree,
) {
    for (data, params) in cases {
        let tree = fit_on(1, params, data);
        assert!(tree.nodes.len() > 100);
        for threads in threads {
            assert!(
                tree == fit_on(threads, params, &data.shuffled(r)),
                "{threads} threads, {params:?}"
            );
        }
    }
}
