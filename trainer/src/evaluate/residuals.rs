//! How predicted numbers lie about the numbers that they should be.

use ndarray::Array1;
use rayon::slice::ParallelSliceMut;

/// Columns and rows of [`Residuals::cells`].
const CELLS: usize = 40;
/// Bars of [`Residuals::bars`].
const BARS: usize = 41;
/// The part of the rows at either end that no axis reaches, so that single rows don't stretch it.
const BEYOND: f64 = 0.005;

/// Predictions against the numbers, counted in cells, bars and deciles.
#[derive(Clone, Debug, PartialEq)]
pub struct Residuals {
    /// Where the cells begin and end, for numbers and predictions alike.
    pub range: (f64, f64),
    /// Column (by the number), row (by the prediction) and the rows of the table in it; those that lie beyond the
    /// range are in the outermost cells. Cells without rows are left out.
    pub cells: Vec<(usize, usize, u64)>,
    /// Where the bars begin and end: as far below 0 as above.
    pub reach: f64,
    /// Rows by number less prediction.
    pub bars: Vec<u64>,
    /// Tenths of the rows, sorted by number; fewer if there are fewer rows.
    pub deciles: Vec<Decile>,
}

/// Rows of neighbouring numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Decile {
    /// The least and the greatest number.
    pub from: f64,
    pub to: f64,
    /// Rows.
    pub n_rows: u64,
    /// Of the errors without their signs.
    pub mean_absolute_error: f64,
    /// Of number less prediction.
    pub mean_error: f64,
}

impl Residuals {
    /// Cells on a side.
    pub const CELLS: usize = CELLS;

    /// Of at least one number; there is a prediction for each.
    pub(super) fn new(numbers: &Array1<f32>, predicted: &[f32]) -> Self {
        let mut pairs: Vec<(f32, f32)> = numbers
            .iter()
            .copied()
            .zip(predicted.iter().copied())
            .collect();
        pairs.par_sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut errors: Vec<f64> = pairs.iter().map(|pair| error(*pair)).collect();
        let deciles = deciles(&pairs);
        let mut sorted = predicted.to_vec();
        sorted.par_sort_unstable_by(f32::total_cmp);
        let last = pairs.len() - 1;
        let (low, high) = (beyond(last), last - beyond(last));
        let range = (
            f64::from(pairs[low].0.min(sorted[low])),
            f64::from(pairs[high].0.max(sorted[high])),
        );
        let cells = cells(&pairs, range);
        errors.par_sort_unstable_by(f64::total_cmp);
        let reach = errors[low].abs().max(errors[high].abs());
        let mut bars = vec![0; BARS];
        for error in errors {
            bars[place(error, (-reach, reach), BARS)] += 1;
        }
        Self {
            range,
            cells,
            reach,
            bars,
            deciles,
        }
    }
}

/// Rows at an end, of rows up to the position `last`, that are beyond the axis.
fn beyond(last: usize) -> usize {
    (last as f64 * BEYOND) as usize
}

fn error((number, predicted): (f32, f32)) -> f64 {
    f64::from(number) - f64::from(predicted)
}

fn cells(pairs: &[(f32, f32)], range: (f64, f64)) -> Vec<(usize, usize, u64)> {
    let mut counts = vec![0; CELLS * CELLS];
    for (number, predicted) in pairs {
        let column = place((*number).into(), range, CELLS);
        counts[column * CELLS + place((*predicted).into(), range, CELLS)] += 1;
    }
    let counts = counts.into_iter().enumerate();
    counts
        .filter(|(_, count)| *count > 0)
        .map(|(at, count)| (at / CELLS, at % CELLS, count))
        .collect()
}

/// Which of `n` equal parts of the range a value lies in, the outermost if it lies beyond.
fn place(value: f64, (low, high): (f64, f64), n: usize) -> usize {
    let part = (value - low) / (high - low);
    // Without a range everything is in the middle.
    let part = if part.is_nan() { 0.5 } else { part };
    ((part * n as f64) as usize).min(n - 1)
}

fn deciles(pairs: &[(f32, f32)]) -> Vec<Decile> {
    let n = pairs.len();
    let bounds = (0..10).map(|tenth| (tenth * n / 10, (tenth + 1) * n / 10));
    bounds
        .filter(|(from, to)| from < to)
        .map(|(from, to)| {
            let rows = &pairs[from..to];
            let mean = |of: fn(f64) -> f64| {
                let sum: f64 = rows.iter().map(|pair| of(error(*pair))).sum();
                sum / rows.len() as f64
            };
            Decile {
                from: rows[0].0.into(),
                to: rows[rows.len() - 1].0.into(),
                n_rows: rows.len() as u64,
                mean_absolute_error: mean(f64::abs),
                mean_error: mean(|error| error),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_where_they_lie() {
        let numbers: Array1<f32> = (0..1_000).map(|row| row as f32).collect();
        let predicted: Vec<f32> = numbers.iter().map(|number| number + 1.0).collect();
        let residuals = Residuals::new(&numbers, &predicted);
        assert_eq!(residuals.range, (4.0, 996.0));
        assert_eq!(
            residuals.cells.iter().map(|cell| cell.2).sum::<u64>(),
            1_000
        );
        assert!(
            residuals
                .cells
                .iter()
                .all(|cell| cell.0.abs_diff(cell.1) <= 1)
        );
        assert_eq!((residuals.reach, residuals.bars[0]), (1.0, 1_000));
        assert_eq!(residuals.deciles.len(), 10);
        let first = &residuals.deciles[0];
        assert_eq!((first.from, first.to, first.n_rows), (0.0, 99.0, 100));
        assert_eq!((first.mean_error, first.mean_absolute_error), (-1.0, 1.0));
    }

    #[test]
    fn a_single_row_that_is_predicted_exactly_has_a_place() {
        let residuals = Residuals::new(&Array1::from_vec(vec![2.0]), &[2.0]);
        assert_eq!(residuals.cells, [(20, 20, 1)]);
        assert_eq!(residuals.bars[BARS / 2], 1);
        assert_eq!(residuals.deciles.len(), 1);
    }
}
