//! How the rows of a table spread over a tree's leaves.

use std::sync::atomic::{AtomicUsize, Ordering};

use algorithm::{Predictor, Rows, Table};
use ndarray::Axis;
use rayon::prelude::*;
use trees::Model;

use crate::targets::classes;

/// Values that are laid out row by row at a time, to stay in the cache.
const BLOCK_VALUES: usize = 1 << 16;

/// The rows of a table by leaf and class.
pub(super) struct Reached {
    /// Sorted by leaf, then by class; none is empty.
    cells: Vec<Cell>,
    /// Number of all rows.
    pub(super) n_rows: u64,
}

/// The rows of one class in one leaf.
pub(super) struct Cell {
    /// Index of the leaf among the tree's nodes.
    leaf: u32,
    /// The rows' class. Labels of a validation table that training does not have get numbers beyond the last
    /// class.
    pub(super) class: u32,
    /// Number of rows, at least 1.
    pub(super) n_rows: u64,
}

impl Reached {
    /// Sends a table's rows through the model. `done` is raised by the number of rows as they arrive.
    pub(super) fn new(model: &Model, table: &Table, done: &AtomicUsize) -> Self {
        let (_, classes) = classes(table);
        let leaves = leaves(model, table, done);
        let key = |(leaf, class): (u32, &usize)| u64::from(leaf) << 32 | *class as u64;
        let mut keys: Vec<u64> = leaves.into_iter().zip(classes).map(key).collect();
        keys.par_sort_unstable();
        let cells = keys.chunk_by(|a, b| a == b).map(|rows| Cell {
            leaf: (rows[0] >> 32) as u32,
            class: rows[0] as u32,
            n_rows: rows.len() as u64,
        });
        Self {
            cells: cells.collect(),
            n_rows: keys.len() as u64,
        }
    }

    /// The rows in a leaf.
    pub(super) fn leaf(&self, leaf: usize) -> &[Cell] {
        let start = self
            .cells
            .partition_point(|cell| (cell.leaf as usize) < leaf);
        let rest = &self.cells[start..];
        let end = rest.partition_point(|cell| cell.leaf as usize == leaf);
        &rest[..end]
    }
}

/// The leaf of each row, as its index among the tree's nodes. `done` is raised by the number of rows as they
/// arrive.
pub(super) fn leaves(model: &Model, table: &Table, done: &AtomicUsize) -> Vec<u32> {
    let block_rows = (BLOCK_VALUES / table.features.len()).clamp(16, 4096);
    let mut all = vec![0_u32; table.n_rows()];
    all.par_chunks_mut(block_rows)
        .zip(table.records.axis_chunks_iter(Axis(0), block_rows))
        .for_each_init(Vec::new, |leaves, (all, block)| {
            let block = block.as_standard_layout();
            let Some(rows) = block.as_slice() else {
                unreachable!("an array in standard layout is a slice");
            };
            if let Err(error) = model.leaves(Rows::F32(rows), leaves) {
                unreachable!("the model was learnt from rows like these: {error}");
            }
            all.copy_from_slice(leaves);
            done.fetch_add(all.len(), Ordering::Relaxed);
        });
    all
}
