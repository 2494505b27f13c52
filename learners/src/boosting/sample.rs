//! The rows that a tree sees, drawn so that the order of rows, files and threads makes no difference.
//!
//! A row's draw depends on its number, and rows are numbered in the order of a hash of what training knows of them: bins,
//! label and weight. Rows that are equal in all of these are interchangeable, so it does not matter which of them gets
//! which number.

use rayon::prelude::*;

use super::Labelled;
use crate::{bins::Bins, exact::draw::mix};

/// Each row's number, 0 to the number of rows - 1.
pub struct RowNumbers(Vec<u32>);

/// Rows that a tree is grown on, and those that are left out, both in ascending order.
#[derive(Debug, PartialEq)]
pub struct Sample {
    pub rows: Vec<u32>,
    pub left_out: Vec<u32>,
}

impl RowNumbers {
    pub fn new(bins: &Bins, labelled: Labelled<'_>) -> Self {
        let mut order: Vec<(u64, u32)> = (0..bins.n_rows() as u32)
            .into_par_iter()
            .map(|row| (hash(bins, labelled, row as usize), row))
            .collect();
        order.par_sort_unstable();
        let mut numbers = vec![0; order.len()];
        for (number, (_, row)) in order.into_iter().enumerate() {
            numbers[row as usize] = number as u32;
        }
        Self(numbers)
    }

    /// Each row with this probability. `key` is different for each tree of each model.
    pub fn sample(&self, probability: f64, key: u64) -> Sample {
        // A probability of 1 is below 2^64 by one draw; nobody asks for it.
        let bound = (probability * 2_f64.powi(64)) as u64;
        let (rows, left_out) = (0..self.0.len() as u32)
            .partition(|&row| mix(key ^ mix(u64::from(self.0[row as usize]))) < bound);
        Sample { rows, left_out }
    }

    /// The rows in a random order.
    pub fn shuffled(&self, key: u64) -> Vec<u32> {
        let mut rows: Vec<u32> = (0..self.0.len() as u32).collect();
        rows.sort_unstable_by_key(|&row| {
            let number = self.0[row as usize];
            (mix(key ^ mix(u64::from(number))), number)
        });
        rows
    }
}

fn hash(bins: &Bins, labelled: Labelled<'_>, row: usize) -> u64 {
    let label = u64::from(labelled.labels[row].to_bits());
    let weight = u64::from(labelled.weight(row).to_bits());
    let mut hash = mix(label << 32 | weight);
    let mut word = 0;
    for feature in 0..bins.n_features() {
        word = word << 8 | u64::from(bins.bin(row, feature));
        if feature % 8 == 7 {
            hash = mix(hash ^ word);
            word = 0;
        }
    }
    mix(hash ^ word)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    /// The table with its rows from `first` on, and their labels.
    fn numbers(n: usize, first: usize) -> RowNumbers {
        // A thousand different rows, each several times.
        let at = |i: usize| (i + first) % n % 1_000;
        let records = Array2::from_shape_fn((n, 11), |(i, j)| (at(i) * (j + 3) % 101) as f32);
        let labels: Vec<f32> = (0..n).map(|i| at(i) as f32).collect();
        let labelled = Labelled {
            labels: &labels,
            weights: None,
        };
        RowNumbers::new(&Bins::new(records.view(), 256), labelled)
    }

    #[test]
    fn a_sample_holds_the_same_rows_whatever_their_order() {
        let n = 10_000;
        let count = |first: usize| {
            let mut counts = vec![0; 1_000];
            for row in numbers(n, first).sample(0.3, 5).rows {
                counts[(row as usize + first) % n % 1_000] += 1;
            }
            counts
        };
        for first in [1, 777, 9_000] {
            assert_eq!(count(0), count(first));
        }
    }

    #[test]
    fn as_many_rows_are_drawn_as_expected() {
        let numbers = numbers(100_000, 0);
        let Sample { rows, left_out } = numbers.sample(0.3, 7);
        assert!((29_500..30_500).contains(&rows.len()), "{}", rows.len());
        assert_eq!(rows.len() + left_out.len(), 100_000);
        assert!(rows.is_sorted() && left_out.is_sorted());
        let both = numbers.sample(0.3, 8).rows;
        let both = both
            .iter()
            .filter(|&row| rows.binary_search(row).is_ok())
            .count();
        assert!((8_600..9_400).contains(&both), "{both}");
    }
}
