//! Sums of gradients by feature and bin.

use super::gradient::Pair;
use crate::bins::{Tile, with_cells};
pub(super) use crate::scratch::Row;

/// Rows that are worth a partial histogram of their own.
const BLOCK: usize = 1 << 12;

/// Sums the rows' gradients into `into`, which has a row for each feature of the tile. Halves the rows
/// `halvings` times as long as the halves are large enough, to sum them on several threads: whole numbers
/// have the same sum in any order.
pub(super) fn sum(into: &mut [Row], tile: &Tile, pairs: &[Pair], rows: &[u32], halvings: u32) {
    if halvings == 0 || rows.len() < 2 * BLOCK {
        into.fill([[0; 2]; 256]);
        with_cells!(&tile.cells, cells => sum_rows(into, cells, pairs, rows));
        return;
    }
    let (left, right) = rows.split_at(rows.len() / 2);
    let mut half = vec![[[0; 2]; 256]; into.len()];
    rayon::join(
        || sum(into, tile, pairs, left, halvings - 1),
        || sum(&mut half, tile, pairs, right, halvings - 1),
    );
    for (sum, half) in into.as_flattened_mut().iter_mut().zip(half.as_flattened()) {
        sum[0] += half[0];
        sum[1] += half[1];
    }
}

/// Turns the sums of a node into those of its one child, given those of the other.
pub(super) fn subtract(node: &mut [Row], child: &[Row]) {
    for (sum, child) in node.as_flattened_mut().iter_mut().zip(child.as_flattened()) {
        sum[0] -= child[0];
        sum[1] -= child[1];
    }
}

/// Rows that are brought together at a time.
const GATHERED: usize = 256;

/// Far apart rows are waited for. A loop that does nothing but fetch them keeps many such waits under way at
/// once; the loop that adds is too long for that, so it takes rows that the first loop put side by side.
fn sum_rows<const N: usize>(into: &mut [Row], cells: &[[u8; N]], pairs: &[Pair], rows: &[u32]) {
    let Ok(into) = <&mut [Row; N]>::try_from(into) else {
        unreachable!("a histogram has as many features as its tile");
    };
    let mut near = [([0; 2], [0; N]); GATHERED];
    for rows in rows.chunks(GATHERED) {
        for (near, &row) in near.iter_mut().zip(rows) {
            *near = (pairs[row as usize].map(i64::from), cells[row as usize]);
        }
        for (pair, cells) in &near[..rows.len()] {
            for (sums, &bin) in into.iter_mut().zip(cells) {
                let sum = &mut sums[usize::from(bin)];
                *sum = [sum[0] + pair[0], sum[1] + pair[1]];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::{
        bins::Bins,
        histogram::{GradientPair, gradient::Gradients},
    };

    /// Sums of all rows but every third, and the same row by row.
    fn check(n: usize, hessian: impl Fn(usize) -> f32) {
        let table = Array2::from_shape_fn((n, 5), |(row, feature)| {
            (row * (feature + 7_919) % 1_009) as f32
        });
        let bins = Bins::new(table.view(), 256);
        let pairs: Vec<GradientPair> = (0..n)
            .map(|row| GradientPair {
                g: (row * 7 % 113) as f32 - 50.0,
                h: hessian(row),
            })
            .collect();
        let gradients = Gradients::new(&pairs, Vec::new());
        let rows: Vec<u32> = (0..n as u32).filter(|row| row % 3 != 0).collect();
        for tile in bins.tiles() {
            let mut sums = vec![[[7; 2]; 256]; tile.width()];
            sum(&mut sums, tile, &gradients.pairs, &rows, 2);
            for feature in 0..5 {
                let mut expected = [[0; 2]; 256];
                for &row in &rows {
                    let of_bin = &mut expected[usize::from(bins.bin(row as usize, feature))];
                    let pair = gradients.pairs[row as usize].map(i64::from);
                    *of_bin = [of_bin[0] + pair[0], of_bin[1] + pair[1]];
                }
                assert_eq!(sums[feature], expected, "{n} rows, feature {feature}");
            }
        }
    }

    #[test]
    fn sums_are_those_of_the_rows_one_by_one() {
        for n in [1, 100, 3_000, 3_100, 30_000, 200_000] {
            check(n, |_| 1.0);
            check(n, |_| 0.37);
            check(n, |row| (row % 17) as f32 / 17.0);
        }
    }
}
