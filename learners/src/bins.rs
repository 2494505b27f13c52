//! A table's values as bins: one byte a value, cut at quantiles.
//!
//! ```
//! use learners::bins::Bins;
//! use ndarray::array;
//!
//! let bins = Bins::new(array![[1.0f32, 5.0], [2.0, f32::NAN], [4.0, 4.0]].view(), 256);
//! assert_eq!(bins.cuts(0), [1.5, 3.0]);
//! assert_eq!(bins.bin(1, 0), 1);
//! assert_eq!(bins.bin(1, 1), learners::bins::MISSING);
//! ```
//!
//! `bin(x) <= b` if and only if `x <= cuts[b]`, and cuts are float32: a node `x <= cuts[b]` in a model file
//! sends every training row where training sent its bin. A feature with no more values than bins is cut
//! between all neighbouring values, so nothing is lost; of any other the cuts are exact quantiles of all
//! rows (`quantiles`), found by sorting. Whatever the order of the rows, the cuts are the same.
//!
//! The table is there twice, for two kinds of access that would each wait for memory in the other's layout.
//! Sums over rows take tiles of up to 32 features (`tile`), row-major, where a row's bins are one load. Parting
//! rows takes columns, where neighbouring rows share a cache line. Besides these two bytes a value, binning
//! needs at most one more while it sorts.

mod lookup;
mod quantiles;
mod radix;
mod tile;

use std::sync::Arc;

use ndarray::{ArrayView2, Axis, Slice};
use rayon::prelude::*;

use crate::{exact::sort, scratch::Scratch};
use lookup::Lookup;
pub(crate) use tile::{Cells, Tile, with_cells};

/// The bin of a missing value. It is also the highest bin of a feature with 256 bins, none of whose
/// training rows misses it.
pub const MISSING: u8 = u8::MAX;

/// The most bins of a feature.
pub const MAX_BINS: usize = 256;

/// Rows that are binned at a time: their part of the matrix stays in the cache.
const BLOCK: usize = 1024;

/// Columns that are read at a time to be sorted: one alone would use 4 bytes of each cache line.
const COLUMNS: usize = 4;

/// A table of bins.
pub struct Bins {
    n_rows: usize,
    features: Arc<[Feature]>,
    tiles: Vec<Tile>,
    /// The same, feature by feature.
    columns: Vec<u8>,
    /// Buffers of the trees that are grown on the table, one after the other.
    pub(crate) scratch: Scratch,
}

/// How a feature is binned.
struct Feature {
    cuts: Vec<f32>,
    has_missing: bool,
    lookup: Lookup,
}

impl Bins {
    /// Cuts each column of `records`, rows x features, into at most `max_bin` bins, and bins all rows.
    /// A feature that misses values has at most 255 bins besides the bin of missing values. `max_bin` is
    /// taken as 2 if it is less, as 256 if it is more.
    pub fn new(records: ArrayView2<'_, f32>, max_bin: usize) -> Self {
        let (n_rows, n_features) = records.dim();
        // Each lane needs 4 bytes a row for each column of a group, and for one more.
        let lanes = rayon::current_num_threads().min(n_features / 8).max(1);
        let mut features: Vec<Option<Feature>> = (0..n_features).map(|_| None).collect();
        features
            .par_chunks_mut(n_features.div_ceil(lanes).max(1))
            .enumerate()
            .for_each(|(lane, features)| {
                let first = lane * n_features.div_ceil(lanes);
                let mut spare = Vec::new();
                for (group, features) in features.chunks_mut(COLUMNS).enumerate() {
                    let first = first + group * COLUMNS;
                    let group = Slice::from(first..first + features.len());
                    let group = records.slice_axis(Axis(1), group);
                    let mut keys = vec![Vec::with_capacity(n_rows); features.len()];
                    for rows in group.axis_chunks_iter(Axis(0), BLOCK) {
                        for (keys, column) in keys.iter_mut().zip(rows.axis_iter(Axis(1))) {
                            keys.extend(
                                column.iter().filter(|x| !x.is_nan()).map(|&x| sort::key(x)),
                            );
                        }
                    }
                    for (feature, keys) in features.iter_mut().zip(&mut keys) {
                        let has_missing = keys.len() < n_rows;
                        radix::sort(keys, &mut spare);
                        let max_bin = max_bin.clamp(2, MAX_BINS - usize::from(has_missing));
                        *feature = Some(Feature::new(keys, max_bin, has_missing));
                    }
                }
            });
        Self::of(
            features.into_iter().flatten().collect::<Vec<_>>().into(),
            records,
        )
    }

    /// Other rows in the same bins. `records` has as many columns as the table that the cuts were made of.
    /// A missing value of a feature that no training row misses gets the highest bin and so goes right.
    pub fn like(&self, records: ArrayView2<'_, f32>) -> Self {
        assert_eq!(records.ncols(), self.n_features(), "other features");
        Self::of(Arc::clone(&self.features), records)
    }

    fn of(features: Arc<[Feature]>, records: ArrayView2<'_, f32>) -> Self {
        let n_rows = records.nrows();
        let mut columns = vec![0; n_rows * features.len()];
        let width = Tile::width_for(features.len());
        let tiles = features
            .chunks(width)
            .zip(columns.chunks_mut((n_rows * width).max(1)))
            .enumerate()
            .map(|(at, (used, columns))| {
                let first = at * width;
                let mut tile = Tile::new(first, width, n_rows);
                let mut columns: Vec<_> = columns
                    .chunks_mut(n_rows.max(1))
                    .map(|column| column.chunks_mut(BLOCK))
                    .collect();
                let blocks: Vec<Vec<_>> = (0..n_rows.div_ceil(BLOCK))
                    .map(|_| columns.iter_mut().filter_map(Iterator::next).collect())
                    .collect();
                with_cells!(&mut tile.cells, cells => cells
                .par_chunks_mut(BLOCK)
                .zip(blocks)
                .enumerate()
                .for_each(|(block, (cells, columns))| {
                    let rows = Slice::from(block * BLOCK..block * BLOCK + cells.len());
                    let records = records.slice_axis(Axis(0), rows);
                    for (at, (feature, bins)) in used.iter().zip(columns).enumerate() {
                        let values = records.index_axis(Axis(1), first + at);
                        for ((row, bin), &x) in cells.iter_mut().zip(bins).zip(values) {
                            *bin = feature.lookup.bin(x);
                            row[at] = *bin;
                        }
                    }
                }));
                tile
            })
            .collect();
        Self {
            n_rows,
            features,
            tiles,
            columns,
            scratch: Scratch::default(),
        }
    }

    /// The number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The number of features.
    pub fn n_features(&self) -> usize {
        self.features.len()
    }

    /// The feature's cuts in ascending order: one less than its bins of values.
    pub fn cuts(&self, feature: usize) -> &[f32] {
        &self.features[feature].cuts
    }

    /// Whether some row of the table that the cuts were made of misses the feature.
    pub fn has_missing(&self, feature: usize) -> bool {
        self.features[feature].has_missing
    }

    /// The bin of a row's value.
    pub fn bin(&self, row: usize, feature: usize) -> u8 {
        self.column(feature)[row]
    }

    pub(crate) fn column(&self, feature: usize) -> &[u8] {
        &self.columns[feature * self.n_rows..][..self.n_rows]
    }

    pub(crate) fn tiles(&self) -> &[Tile] {
        &self.tiles
    }
}

impl Feature {
    fn new(sorted: &[u32], max_bin: usize, has_missing: bool) -> Self {
        let cuts = quantiles::cuts(sorted, max_bin);
        Self {
            lookup: Lookup::new(&cuts),
            cuts,
            has_missing,
        }
    }
}

#[cfg(test)]
mod tests;
