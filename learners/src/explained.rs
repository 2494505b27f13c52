//! The rows of a report's mean absolute contributions: a sample that costs little next to training, and that the
//! order of the rows does not decide.

use algorithm::Target;

/// Most rows.
const ROWS: u64 = 1_000;

/// Fewer rows than this say too little of a mean.
const FEWEST: u64 = 25;

/// Most steps of all rows: a few nanoseconds each, on all cores.
const STEPS: u64 = 50_000_000;

/// Rows that are evenly spaced in their [canonical](crate::canonical::order) `order`; none, and no order is asked for, if
/// a row takes too many steps.
pub(crate) fn rows(order: impl FnOnce() -> Vec<u32>, steps_of_row: u64) -> Vec<usize> {
    let affordable = STEPS / steps_of_row.max(1);
    if affordable < FEWEST {
        return Vec::new();
    }
    let order = order();
    let n_rows = order.len();
    let n = affordable.min(ROWS).min(n_rows as u64) as usize;
    (0..n).map(|i| order[i * n_rows / n] as usize).collect()
}

/// How often a row passes through a tree whose leaves hold an answer for each class: once for each, but once for two.
pub(crate) fn passes(target: &Target) -> u64 {
    match target {
        Target::Classes { labels, .. } if labels.len() > 2 => labels.len() as u64,
        _ => 1,
    }
}

/// The steps that a row takes through a tree for contributions: its branches, once for each point of the quadrature.
/// `children` has those of each node, which come after it, root first.
pub(crate) fn steps(
    n_features: usize,
    children: impl ExactSizeIterator<Item = Option<[usize; 2]>>,
) -> u64 {
    let mut levels = vec![0_usize; children.len()];
    let (mut n_branches, mut depth) = (0, 0);
    for (at, children) in children.enumerate() {
        for child in children.into_iter().flatten() {
            levels[child] = levels[at] + 1;
            depth = depth.max(levels[child]);
        }
        n_branches += u64::from(children.is_some());
    }
    n_branches * depth.min(n_features).div_ceil(2) as u64
}

#[cfg(test)]
mod tests {
    use algorithm::{Features, Table};
    use ndarray::{Array1, Array2};

    use super::*;
    use crate::canonical;

    fn rows(table: &Table, steps_of_row: u64) -> Vec<usize> {
        super::rows(|| canonical::order(table), steps_of_row)
    }

    fn table(values: impl Iterator<Item = usize>) -> Table {
        let column: Vec<f32> = values.map(|value| value as f32).collect();
        Table {
            target: Target::Numbers(Array1::zeros(column.len())),
            records: Array2::from_shape_vec((column.len(), 1), column).unwrap(),
            weights: None,
            features: Features::unnamed(1),
            absent: None,
        }
    }

    #[test]
    fn the_order_of_rows_does_not_decide_and_cost_does() {
        let value = |table: &Table, rows: Vec<usize>| -> Vec<f32> {
            rows.iter().map(|row| table.records[[*row, 0]]).collect()
        };
        let (one, two) = (
            table(0..5_000),
            table((0..5_000).map(|row| row * 7 % 5_000)),
        );
        let sample = value(&one, rows(&one, 1));
        assert_eq!(sample.len(), 1_000);
        assert_eq!(sample, value(&two, rows(&two, 1)));
        assert_eq!(rows(&one, 100_000).len(), 500);
        assert_eq!(rows(&one, 2_000_000).len(), 25);
        assert_eq!(rows(&one, 2_000_001), [0; 0]);
        let mut all = rows(&table(0..10), 1);
        all.sort_unstable();
        assert_eq!(all, (0..10).collect::<Vec<usize>>());
    }

    #[test]
    fn steps_grow_with_branches_and_depth() {
        let leaf = [None];
        assert_eq!(steps(4, leaf.into_iter()), 0);
        let lopsided = [
            Some([1, 2]),
            None,
            Some([3, 4]),
            None,
            Some([5, 6]),
            None,
            None,
        ];
        assert_eq!(steps(4, lopsided.into_iter()), 3 * 2);
        assert_eq!(steps(2, lopsided.into_iter()), 3);
    }
}
