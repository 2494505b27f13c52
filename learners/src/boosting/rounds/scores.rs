use rayon::prelude::*;

use super::Boosted;
use crate::{
    bins::Bins,
    boosting::{objective::Objective, sum::BLOCK},
    histogram::{Grown, Node, leaf_of},
};

/// Margins and predictions of a table's rows, a row's outputs side by side.
pub(super) struct Scores<'a> {
    objective: &'a Objective,
    n_outputs: usize,
    margins: Vec<f32>,
    /// Empty if predictions are the margins.
    predictions: Vec<f32>,
}

impl<'a> Scores<'a> {
    /// Those of a model.
    pub(super) fn of(boosted: &Boosted, bins: &Bins, objective: &'a Objective) -> Self {
        let n_outputs = objective.n_outputs();
        let mut scores = Self {
            objective,
            n_outputs,
            margins: boosted.base_margins.repeat(bins.n_rows()),
            predictions: Vec::new(),
        };
        for (nodes, output) in boosted.trees.iter().zip(&boosted.tree_info) {
            scores.add(*output as usize, nodes, bins);
        }
        scores.refresh();
        scores
    }

    pub(super) fn margins(&self) -> &[f32] {
        &self.margins
    }

    /// The predictions as of the last [`refresh`](Self::refresh), also while trees are added.
    pub(super) fn predictions(&self) -> &[f32] {
        if self.objective.predicts_margins() {
            &self.margins
        } else {
            &self.predictions
        }
    }

    pub(super) fn refresh(&mut self) {
        self.objective
            .predictions(&self.margins, &mut self.predictions);
    }

    /// Adds a tree.
    pub(super) fn add(&mut self, output: usize, nodes: &[Node], bins: &Bins) {
        let n_outputs = self.n_outputs;
        let blocks = self.margins.par_chunks_mut(n_outputs * BLOCK).enumerate();
        blocks.for_each(|(block, margins)| {
            for (i, row) in margins.chunks_exact_mut(n_outputs).enumerate() {
                row[output] += nodes[leaf_of(nodes, bins, block * BLOCK + i)].weight;
            }
        });
    }

    /// Adds a tree that was grown on these rows, but for those left out. Which rows are in a leaf is known of the others.
    pub(super) fn add_grown(
        &mut self,
        output: usize,
        grown: &Grown,
        bins: &Bins,
        left_out: &[u32],
    ) {
        let nodes = &grown.nodes;
        let n_outputs = self.n_outputs;
        let n_rows = self.margins.len() / n_outputs;
        let leaves: Vec<(f32, &[u32])> = grown
            .leaves()
            .map(|(leaf, rows)| (nodes[leaf].weight, rows))
            .collect();
        // Few large blocks: each looks for its part of every leaf.
        let block = BLOCK.max(n_rows.div_ceil(4 * rayon::current_num_threads()));
        let blocks = self.margins.par_chunks_mut(n_outputs * block).enumerate();
        blocks.for_each(|(i, margins)| {
            let first = i * block;
            let last = first + margins.len() / n_outputs;
            for (weight, rows) in &leaves {
                for &row in within(rows, first, last) {
                    margins[(row as usize - first) * n_outputs + output] += weight;
                }
            }
            for &row in within(left_out, first, last) {
                let row = row as usize;
                let leaf = &nodes[leaf_of(nodes, bins, row)];
                margins[(row - first) * n_outputs + output] += leaf.weight;
            }
        });
    }
}

/// The ascending rows that are at least `first` and below `last`.
fn within(rows: &[u32], first: usize, last: usize) -> &[u32] {
    let start = rows.partition_point(|&row| (row as usize) < first);
    let end = rows.partition_point(|&row| (row as usize) < last);
    &rows[start..end]
}
