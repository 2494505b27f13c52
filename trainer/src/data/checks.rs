//! Signs that the data are not what the user meant.

use std::hash::BuildHasher;

use algorithm::{Labels, Table, Target, text::listed};
use foldhash::quality::FixedState;
use ndarray::{Array1, Array2, Axis};
use rayon::prelude::*;

use super::row_major::gather;

/// Names that a warning lists.
const LISTED: usize = 5;

/// Rows that are hashed at a time.
const BLOCK_ROWS: usize = 1 << 12;

/// The warnings about the training data, one sentence each.
pub fn warnings(table: &Table) -> Vec<String> {
    let mut found = Vec::new();
    let constant = constant_features(&table.records);
    if !constant.is_empty() {
        found.push(format!(
            "{} of {} features have the same value in every row: {}",
            constant.len(),
            table.features.len(),
            listed(
                constant.iter().map(|feature| table.features.name(*feature)),
                LISTED
            )
        ));
    }
    if let Target::Classes { labels, of_row } = &table.target {
        let contradicting = contradicting_rows(&table.records, of_row);
        if contradicting > 0 {
            found.push(format!(
                "{contradicting} rows have the same features as a row with another label: no model can tell them apart"
            ));
        }
        let single = classes_of_one_row(labels, of_row);
        if !single.is_empty() {
            found.push(format!(
                "{} of {} classes have only one row: {}",
                single.len(),
                labels.len(),
                listed(single.iter().map(|class| labels.text(*class)), LISTED)
            ));
        }
    }
    found
}

/// Features with one value in all rows; a missing value is a value here.
fn constant_features(records: &Array2<f32>) -> Vec<usize> {
    let columns = records.axis_iter(Axis(1));
    columns
        .enumerate()
        .filter(|(_, column)| {
            let first = column[0];
            column
                .iter()
                .all(|value| *value == first || (value.is_nan() && first.is_nan()))
        })
        .map(|(feature, _)| feature)
        .collect()
}

/// Rows whose features another row has with another label. Rows with equal 64-bit hashes count as equal.
fn contradicting_rows(records: &Array2<f32>, of_row: &Array1<usize>) -> u64 {
    let mut rows: Vec<(u64, u32)> = of_row.iter().map(|class| (0, *class as u32)).collect();
    let n_features = records.ncols();
    let state = FixedState::default();
    let blocks = records.axis_chunks_iter(Axis(0), BLOCK_ROWS);
    rows.par_chunks_mut(BLOCK_ROWS)
        .zip(blocks.into_par_iter())
        .for_each_init(Vec::new, |values: &mut Vec<u32>, (rows, block)| {
            gather(&block, values, canonical_bits);
            for ((hash, _), row) in rows.iter_mut().zip(values.chunks_exact(n_features)) {
                *hash = state.hash_one(row);
            }
        });
    rows.par_sort_unstable();
    let equal = rows.chunk_by(|a, b| a.0 == b.0);
    let contradicting = equal.filter(|rows| rows.first() != rows.last());
    contradicting.map(|rows| rows.len() as u64).sum()
}

/// The same bits for both zeros, and for every missing value.
fn canonical_bits(value: f32) -> u32 {
    if value.is_nan() {
        f32::NAN.to_bits()
    } else {
        (value + 0.0).to_bits()
    }
}

fn classes_of_one_row(labels: &Labels, of_row: &Array1<usize>) -> Vec<usize> {
    let mut counts = vec![0_u64; labels.len()];
    for class in of_row {
        counts[*class] += 1;
    }
    let classes = 0..labels.len();
    classes.filter(|class| counts[*class] == 1).collect()
}
