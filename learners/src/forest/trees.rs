//! All trees of a forest.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::{
    block::{Columns, Row},
    grow::{Grower, Limit, Tree},
    response::Response,
    search::Search,
};
use crate::draws::Draws;

/// What all trees have in common.
pub(super) struct Plan<'a, R: Response, F> {
    pub(super) response: &'a R,
    pub(super) limit: Limit,
    /// Makes what a tree looks for splits with.
    pub(super) search: F,
    /// The trees to grow, by their numbers in the whole forest.
    pub(super) trees: Vec<usize>,
    pub(super) seed: u64,
    /// Rows that each tree draws with replacement; `None`: each tree has all rows.
    pub(super) n_draws: Option<usize>,
    /// Whether each tree balances the classes of the rows that it has drawn.
    pub(super) balance: bool,
}

/// A tree, and the rows that it was grown on.
pub(super) struct Grown {
    pub(super) tree: Tree,
    /// How often each row was drawn, if rows are drawn.
    pub(super) counts: Option<Vec<u32>>,
}

impl<R: Response, S: Search<R>, F: Fn() -> S + Sync> Plan<'_, R, F> {
    /// Grows the trees, a few at a time, and hands them on in their order. The same trees on any number of threads.
    pub(super) fn grow(
        &self,
        columns: &Columns<S::Value>,
        rows: &[Row<R::Y>],
        grown: &AtomicUsize,
        mut then: impl FnMut(Vec<Grown>),
    ) {
        let at_once = 4 * rayon::current_num_threads();
        for trees in self.trees.chunks(at_once) {
            let trees = trees.par_iter().map(|tree| {
                let tree = self.tree(columns, rows, *tree as u64);
                grown.fetch_add(1, Ordering::Relaxed);
                tree
            });
            then(trees.collect());
        }
    }

    fn tree(&self, columns: &Columns<S::Value>, rows: &[Row<R::Y>], tree: u64) -> Grown {
        let mut draws = Draws::new(self.seed, tree);
        let counts = self
            .n_draws
            .map(|n_draws| draws.with_replacement(rows.len(), n_draws));
        let grower = Grower::new(
            self.response,
            (self.search)(),
            &self.limit,
            draws,
            columns.view().n_features,
        );
        let Some(counts) = counts else {
            return Grown {
                tree: grower.grow(columns.view(), &mut rows.to_vec()),
                counts: None,
            };
        };
        let drawn = rows.iter().zip(&counts).filter(|(_, count)| **count > 0);
        let mut drawn: Vec<Row<R::Y>> = drawn
            .map(|(row, count)| Row {
                weight: row.weight * *count as f32,
                ..*row
            })
            .collect();
        if self.balance {
            let counted = rows.iter().zip(&counts).map(|(row, count)| (row.y, *count));
            let factors = self.response.balance(counted);
            drawn
                .iter_mut()
                .for_each(|row| row.weight *= factors(row.y));
        }
        Grown {
            tree: grower.grow(columns.view(), &mut drawn),
            counts: Some(counts),
        }
    }
}
