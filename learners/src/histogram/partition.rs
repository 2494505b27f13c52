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
    part_by(rows, spare, |row| split.goes_left(column[row as usize]))
}

fn part_by(rows: &mut [u32], spare: &mut [u32], goes_left: impl Fn(u32) -> bool + Sync) -> Parted {
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

/// Without branches: which way a row goes can't be predicted.
fn part_block(rows: &mut [u32], spare: &mut [u32], goes_left: impl Fn(u32) -> bool) -> usize {
    let (mut n_left, mut n_right) = (0, 0);
    for at in 0..rows.len() {
        let row = rows[at];
        rows[n_left] = row;
        spare[n_right] = row;
        let left = usize::from(goes_left(row));
        n_left += left;
        n_right += 1 - left;
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
                let parted = part_by(&mut rows, &mut spare, goes_left);
                assert_eq!(parted.n_left, n_left);
                assert_eq!(if parted.swapped { spare } else { rows }, expected);
            }
        }
    }
}
