//! Moving a node's rows to its children.

use rayon::prelude::*;

use super::grown::Split;
use crate::bins::Bins;

/// Rows that one task moves.
const BLOCK: usize = 1 << 14;

/// Where a node's rows are after they were parted.
pub(super) struct Parted {
    /// How many go left: they come first.
    pub(super) n_left: usize,
    /// Whether they are in the spare buffer now.
    pub(super) swapped: bool,
}

/// Brings the rows that go left before those that go right and keeps both in order. `spare` is as long as
/// `rows`, and its contents are overwritten.
pub(super) fn part(bins: &Bins, split: &Split, rows: &mut [u32], spare: &mut [u32]) -> Parted {
    let column = bins.column(split.feature as usize);
    part_by(rows, spare, |rows, go_left| {
        for (bin, &row) in go_left.iter_mut().zip(rows) {
            *bin = column[row as usize];
        }
        // A loop of its own, which vectorises.
        for bin in go_left {
            *bin = u8::from(split.goes_left(*bin));
        }
    })
}

/// `goes_left` says of some rows which go left: 1, or 0.
fn part_by(
    rows: &mut [u32],
    spare: &mut [u32],
    goes_left: impl Fn(&[u32], &mut [u8]) + Sync,
) -> Parted {
    if rows.len() <= BLOCK {
        return Parted {
            n_left: part_block(rows, spare, goes_left),
            swapped: false,
        };
    }
    let counts: Vec<usize> = rows
        .par_chunks_mut(BLOCK)
        .zip(spare.par_chunks_mut(BLOCK))
        .map(|(rows, spare)| part_block(rows, spare, &goes_left))
        .collect();
    let n_left = counts.iter().sum();
    let (mut left, mut right) = spare.split_at_mut(n_left);
    let targets: Vec<_> = counts
        .iter()
        .zip(rows.chunks(BLOCK))
        .map(|(&count, rows)| {
            (
                left.split_off_mut(..count).unwrap_or_default(),
                right
                    .split_off_mut(..rows.len() - count)
                    .unwrap_or_default(),
            )
        })
        .collect();
    targets
        .into_par_iter()
        .zip(rows.par_chunks(BLOCK))
        .for_each(|((left, right), rows)| {
            let (to_left, to_right) = rows.split_at(left.len());
            left.copy_from_slice(to_left);
            right.copy_from_slice(to_right);
        });
    Parted {
        n_left,
        swapped: true,
    }
}

/// Without branches: which way a row goes can't be predicted. Rows go through buffers whose positions are bytes, so that
/// there is nothing to check.
fn part_block(rows: &mut [u32], spare: &mut [u32], goes_left: impl Fn(&[u32], &mut [u8])) -> usize {
    const CHUNK: usize = 256;
    let (mut n_left, mut n_right) = (0, 0);
    let mut go_left = [0; CHUNK];
    let (mut left, mut right) = ([0; CHUNK], [0; CHUNK]);
    for first in (0..rows.len()).step_by(CHUNK) {
        let chunk = &rows[first..rows.len().min(first + CHUNK)];
        let go_left = &mut go_left[..chunk.len()];
        goes_left(chunk, go_left);
        let (mut to_left, mut to_right) = (0u8, 0u8);
        for (&row, &goes_left) in chunk.iter().zip(&*go_left) {
            left[usize::from(to_left)] = row;
            right[usize::from(to_right)] = row;
            to_left = to_left.wrapping_add(goes_left);
            to_right = to_right.wrapping_add(1 - goes_left);
        }
        // All of 256 is 0 again.
        let count: usize = go_left
            .iter()
            .map(|&goes_left| usize::from(goes_left))
            .sum();
        let others = chunk.len() - count;
        rows[n_left..n_left + count].copy_from_slice(&left[..count]);
        spare[n_right..n_right + others].copy_from_slice(&right[..others]);
        n_left += count;
        n_right += others;
    }
    rows[n_left..].copy_from_slice(&spare[..n_right]);
    n_left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_keep_their_order() {
        for n in [0, 1, 100, BLOCK, BLOCK + 1, 5 * BLOCK - 7] {
            for divisor in [1, 2, 3, 1_000_000] {
                let mut rows: Vec<u32> = (0..n as u32).map(|row| row * 3).collect();
                let mut spare = vec![0; n];
                let goes_left = |row: u32| row.is_multiple_of(divisor);
                let (mut expected, right): (Vec<u32>, Vec<u32>) =
                    rows.iter().partition(|&&row| goes_left(row));
                let n_left = expected.len();
                expected.extend(right);
                let parted = part_by(&mut rows, &mut spare, |rows, go_left| {
                    for (is_left, &row) in go_left.iter_mut().zip(rows) {
                        *is_left = u8::from(goes_left(row));
                    }
                });
                assert_eq!(parted.n_left, n_left);
                assert_eq!(if parted.swapped { spare } else { rows }, expected);
            }
        }
    }
}
