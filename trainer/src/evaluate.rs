//! How well a tree does on a table.
//!
//! All rows of a leaf get the same answer, so that everything follows from one count: how many rows of
//! each label reach each leaf.

mod calibration;
mod growth;
mod importance;
mod metrics;

use rayon::slice::ParallelSliceMut;

use crate::{
    data::Dataset,
    tree::{Leaves, Tree},
};

pub use calibration::{CalibrationBin, calibration};
pub use growth::{GrowthPoint, growth};
pub use importance::feature_importances;
pub use metrics::Metrics;

/// Rows of one label in one leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Index of the leaf among the tree's nodes.
    pub leaf: u32,
    /// Class of the rows' label; labels that training did not have count on from the last class.
    pub target: u32,
    /// Rows.
    pub count: u64,
}

/// How the rows of a table spread over a tree's leaves.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// Sorted by leaf, then by target; none is empty.
    pub cells: Vec<Cell>,
    /// Rows in all.
    pub n_rows: u64,
}

impl Evaluation {
    /// Sends the rows of a dataset through a tree.
    pub fn of(tree: &Tree, dataset: &Dataset) -> Self {
        let reached = tree.apply(&dataset.records);
        let mut keys: Vec<u64> = reached
            .iter()
            .zip(&dataset.targets)
            .map(|(leaf, target)| u64::from(*leaf) << 32 | *target as u64)
            .collect();
        keys.par_sort_unstable();
        let cells = keys.chunk_by(|a, b| a == b).filter_map(|rows| {
            let key = rows.first()?;
            Some(Cell {
                leaf: (key >> 32) as u32,
                target: *key as u32,
                count: rows.len() as u64,
            })
        });
        Self {
            cells: cells.collect(),
            n_rows: keys.len() as u64,
        }
    }

    /// The rows in a leaf.
    fn leaf(&self, place: usize) -> &[Cell] {
        let start = self
            .cells
            .partition_point(|cell| (cell.leaf as usize) < place);
        let rest = self.cells.get(start..).unwrap_or_default();
        let end = rest.partition_point(|cell| cell.leaf as usize == place);
        rest.get(..end).unwrap_or_default()
    }

    /// Rows by label and predicted class, sorted; pairs without rows are left out.
    pub fn confusion(&self, leaves: &Leaves<'_>) -> Vec<(u32, u32, u64)> {
        let mut pairs: Vec<(u32, u32, u64)> = self
            .cells
            .iter()
            .map(|cell| (cell.target, leaves.class(cell.leaf), cell.count))
            .collect();
        pairs.sort_unstable();
        let same = pairs.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1));
        same.filter_map(|pairs| {
            let (target, predicted, _) = *pairs.first()?;
            Some((target, predicted, pairs.iter().map(|pair| pair.2).sum()))
        })
        .collect()
    }
}

#[cfg(test)]
mod tests;
