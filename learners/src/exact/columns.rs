//! The training rows as one sorted column of entries for each feature.
//!
//! A node owns the same range of positions in every column. Splitting a node moves, in each column,
//! the entries of the left rows before those of the right rows and keeps both in order, so nothing
//! is ever sorted again.

use std::ops::Range;

use ndarray::{ArrayView2, Axis};
use rayon::prelude::*;

use super::{
    element::{Element, Layout},
    error::Error,
    sort,
};

/// Rows that are transposed at a time: a block of the matrix stays in the cache.
const BLOCK: usize = 256;

/// Sorted columns, each `n_rows` long, one after the other.
pub(super) struct Columns<E> {
    pub(super) n_rows: usize,
    pub(super) layout: Layout,
    data: Vec<E>,
}

/// Which sides of a split will be looked at again; the entries of any other side are left in disorder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Keep {
    Both,
    Left,
    Right,
}

/// One bit a row: whether the row goes left.
#[derive(Default)]
pub(super) struct Sides(Vec<u64>);

impl Sides {
    pub(super) fn new(n_rows: usize) -> Self {
        Self(vec![0; n_rows.div_ceil(64)])
    }

    #[inline(always)]
    pub(super) fn set(&mut self, row: usize, left: bool) {
        let bit = 1 << (row % 64);
        let word = &mut self.0[row / 64];
        *word = if left { *word | bit } else { *word & !bit };
    }

    /// 1 if the row goes left, else 0.
    #[inline(always)]
    fn get(&self, row: usize) -> u64 {
        (self.0[row / 64] >> (row % 64)) & 1
    }
}

impl<E: Element> Columns<E> {
    /// Sorts every column of `records`, rows x features. Takes the rows `rows`, by default all;
    /// `class` is the class of a row of `records`, 0 if there are none. Needs at most as much memory again as the
    /// matrix takes while it sorts.
    ///
    /// # Errors
    /// An infinite value.
    pub(super) fn sorted(
        records: ArrayView2<'_, f32>,
        class: impl Fn(usize) -> usize + Sync,
        rows: Option<&[u32]>,
        layout: Layout,
    ) -> Result<Self, Error> {
        let n_rows = rows.map_or(records.nrows(), <[u32]>::len);
        let n_features = records.ncols();
        let mut data = vec![E::default(); n_rows * n_features];
        // Each lane needs two buffers of 8 bytes a row, as much as 4 columns of the matrix.
        let lanes = rayon::current_num_threads().min(n_features / 4).max(1);
        let per_lane = n_features.div_ceil(lanes);
        data.par_chunks_mut(n_rows * per_lane)
            .enumerate()
            .try_for_each(|(lane, chunk)| {
                let first = lane * per_lane;
                transpose(records, rows, first, chunk, n_rows)?;
                let (mut entries, mut spare) = (vec![0u64; n_rows], vec![0u64; n_rows]);
                let class = |row: usize| class(rows.map_or(row, |rows| rows[row] as usize));
                for column in chunk.chunks_mut(n_rows) {
                    for (row, (entry, &key)) in entries.iter_mut().zip(column.iter()).enumerate() {
                        // A class that fits beside the row is sorted along with it: looking it up
                        // later, in sorted order, would jump about in memory.
                        let class = if layout.fits::<u32>() { class(row) } else { 0 };
                        *entry = key.to_u64() << 32 | layout.pack::<u64>(row, class, false, false);
                    }
                    sort::sort_by_key(&mut entries, &mut spare);
                    let mut before = None;
                    for (slot, &entry) in column.iter_mut().zip(&entries) {
                        let key = (entry >> 32) as u32;
                        let row = layout.row(entry & u64::from(u32::MAX));
                        let class = if layout.fits::<u32>() {
                            layout.class(entry & u64::from(u32::MAX))
                        } else {
                            class(row)
                        };
                        let start = before != Some(key);
                        *slot = layout.pack(row, class, start, key == sort::MISSING);
                        before = Some(key);
                    }
                }
                Ok(())
            })
            .map_err(|Infinite| first_infinite(records))?;
        Ok(Self {
            n_rows,
            layout,
            data,
        })
    }

    /// A node's part of these columns, as columns of their own: the columns `features`, the positions
    /// `start..end`, the rows renumbered by `numbers`.
    pub(super) fn part(&self, features: &[u32], start: usize, end: usize, numbers: &[u32]) -> Self {
        let mut data = Vec::with_capacity(features.len() * (end - start));
        for &feature in features {
            let entries = &self.column(feature)[start..end];
            data.extend(
                entries
                    .iter()
                    .map(|&e| self.layout.renumber(e, numbers[self.layout.row(e)])),
            );
        }
        Self {
            n_rows: end - start,
            layout: self.layout,
            data,
        }
    }

    /// A feature's entries, ascending by value, missing ones last.
    #[inline]
    pub(super) fn column(&self, feature: u32) -> &[E] {
        let start = feature as usize * self.n_rows;
        &self.data[start..start + self.n_rows]
    }

    #[inline]
    pub(super) fn column_mut(&mut self, feature: u32) -> &mut [E] {
        let start = feature as usize * self.n_rows;
        &mut self.data[start..start + self.n_rows]
    }

    /// Partitions the positions `range` of the columns `features`, except the column `done`, by `sides`.
    pub(super) fn partition(
        &mut self,
        features: &[u32],
        done: u32,
        range: Range<usize>,
        sides: &Sides,
        keep: Keep,
        scratch: &mut Vec<E>,
    ) {
        let layout = self.layout;
        for &feature in features.iter().filter(|&&f| f != done) {
            let entries = &mut self.column_mut(feature)[range.clone()];
            partition(entries, layout, sides, keep, scratch);
        }
    }

    /// The same on all threads of the current pool.
    pub(super) fn par_partition(
        &mut self,
        features: &[u32],
        done: u32,
        range: Range<usize>,
        sides: &Sides,
        keep: Keep,
    ) {
        let layout = self.layout;
        self.data
            .par_chunks_mut(self.n_rows)
            .enumerate()
            .filter(|(f, _)| *f != done as usize && features.binary_search(&(*f as u32)).is_ok())
            .for_each_init(Vec::new, |scratch, (_, column)| {
                partition(&mut column[range.clone()], layout, sides, keep, scratch);
            });
    }
}

/// There is an infinite value. Which one a thread meets first is chance, so the first one is searched for
/// afterwards.
struct Infinite;

fn first_infinite(records: ArrayView2<'_, f32>) -> Error {
    let found = records
        .indexed_iter()
        .find(|(_, value)| value.is_infinite());
    match found {
        Some(((row, column), &value)) => Error::Infinite { row, column, value },
        None => unreachable!("a thread has just met an infinite value"),
    }
}

/// Writes the sort keys of the columns from `first` on into `chunk`, column by column.
fn transpose<E: Element>(
    records: ArrayView2<'_, f32>,
    rows: Option<&[u32]>,
    first: usize,
    chunk: &mut [E],
    n_rows: usize,
) -> Result<(), Infinite> {
    for start in (0..n_rows).step_by(BLOCK) {
        let end = (start + BLOCK).min(n_rows);
        for (offset, column) in chunk.chunks_mut(n_rows).enumerate() {
            let feature = first + offset;
            let values = records.column(feature);
            let mut infinite = false;
            let mut put = |slot: &mut E, value: f32| {
                infinite |= value.is_infinite();
                *slot = E::from_u64(u64::from(sort::key(value)));
            };
            let slots = column[start..end].iter_mut();
            match rows {
                None => {
                    for (slot, &value) in slots.zip(values.slice_axis(Axis(0), (start..end).into()))
                    {
                        put(slot, value);
                    }
                }
                Some(rows) => {
                    for (slot, &row) in slots.zip(&rows[start..end]) {
                        put(slot, values[row as usize]);
                    }
                }
            }
            if infinite {
                return Err(Infinite);
            }
        }
    }
    Ok(())
}

/// Partitions one node's entries in one column; each side that is kept stays in order.
#[inline]
fn partition<E: Element>(
    entries: &mut [E],
    layout: Layout,
    sides: &Sides,
    keep: Keep,
    scratch: &mut Vec<E>,
) {
    let n = entries.len();
    if keep != Keep::Left && scratch.len() < n {
        scratch.resize(n, E::default());
    }
    let scratch = match keep {
        Keep::Left => &mut [],
        _ => &mut scratch[..n],
    };
    // An entry starts a value on its side if a value began since the last entry that went to that
    // side. For the side of the previous entry that is the entry's own flag, so only the other side's
    // answer must be remembered.
    let mut other_start = 0u64;
    let mut last = 0u64;
    let (mut lefts, mut rights) = (0, 0);
    for i in 0..n {
        let e = entries[i].to_u64();
        let left = sides.get(layout.row(E::from_u64(e)));
        let changes = (left ^ last).wrapping_neg();
        let start = other_start & changes;
        other_start = (other_start ^ start) | (e & E::START);
        last = left;
        let out = E::from_u64(e | start);
        // The entry is written to both sides, so there is no branch to mispredict; the wrong copy is
        // overwritten or ignored.
        if keep != Keep::Right {
            entries[lefts] = out;
        }
        if keep != Keep::Left {
            scratch[rights] = out;
        }
        lefts += left as usize;
        rights += (left ^ 1) as usize;
    }
    if keep != Keep::Left {
        entries[lefts..].copy_from_slice(&scratch[..rights]);
    }
}
