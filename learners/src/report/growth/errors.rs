//! The error of the smaller trees that a grown tree of numbers contains: the root of the mean squared error.

use std::sync::atomic::AtomicUsize;

use algorithm::Table;
use trees::Model;

use super::{
    curve::{Point, unfold},
    reached::leaves,
};
use crate::{Tree, targets::numbers};

/// The squared errors of a table's rows in each node, if it were a leaf.
pub(super) struct Errors {
    by_node: Vec<f64>,
    n_rows: usize,
}

/// Of the rows of a node: their number, and the sums of their numbers, less the root's mean, and of their squares.
#[derive(Clone, Copy, Default)]
struct Sums {
    n: f64,
    sum: f64,
    squares: f64,
}

impl Errors {
    /// Sends a table's rows through the model. `done` is raised by the number of rows as they arrive.
    pub(super) fn new(tree: &Tree, model: &Model, table: &Table, done: &AtomicUsize) -> Self {
        let mean = |node: usize| tree.nodes[node].mean().unwrap_or(0.0);
        let mut sums = vec![Sums::default(); tree.nodes.len()];
        for (leaf, number) in leaves(model, table, done).into_iter().zip(numbers(table)) {
            let number = f64::from(*number) - mean(0);
            let of_leaf = &mut sums[leaf as usize];
            of_leaf.n += 1.0;
            of_leaf.sum += number;
            of_leaf.squares += number * number;
        }
        for node in (0..sums.len()).rev() {
            if let Some(split) = tree.nodes[node].split {
                let (left, right) = (sums[split.left], sums[split.right]);
                sums[node] = Sums {
                    n: left.n + right.n,
                    sum: left.sum + right.sum,
                    squares: left.squares + right.squares,
                };
            }
        }
        let errors = sums.iter().enumerate().map(|(node, of)| {
            let answer = mean(node) - mean(0);
            of.squares - 2.0 * answer * of.sum + of.n * answer * answer
        });
        Self {
            by_node: errors.collect(),
            n_rows: table.n_rows(),
        }
    }

    fn root_mean(&self, squared: f64) -> f64 {
        (squared.max(0.0) / self.n_rows as f64).sqrt()
    }
}

/// One point for each number of leaves, from 1 to the tree's.
pub(super) fn curve(tree: &Tree, train: &Errors, validation: Option<&Errors>) -> Vec<Point> {
    let point = |n_leaves, now: [f64; 2]| Point {
        n_leaves,
        train: train.root_mean(now[0]),
        validation: validation.map(|errors| errors.root_mean(now[1])),
    };
    let mut now = [train.by_node[0], validation.map_or(0.0, |of| of.by_node[0])];
    let mut points = Vec::with_capacity(tree.n_leaves());
    points.push(point(1, now));
    unfold(tree, |node, split| {
        for (now, errors) in now.iter_mut().zip([Some(train), validation]) {
            if let Some(Errors { by_node, .. }) = errors {
                *now += by_node[split.left] + by_node[split.right] - by_node[node];
            }
        }
        points.push(point(points.len() + 1, now));
    });
    points
}
