//! What about a table is likely not meant so.

use ndarray::Axis;
use rayon::prelude::*;

use super::{
    labels::Classes,
    table::{Dataset, Table},
};

/// Names that a warning lists.
const NAMED: usize = 5;

/// Rows that are hashed at a time.
const BLOCK_ROWS: usize = 1 << 14;

/// What about the training data is worth a warning, one sentence each.
pub fn warnings(table: &Table, classes: &Classes) -> Vec<String> {
    let mut found = Vec::new();
    let constant = constant_features(&table.dataset);
    if !constant.is_empty() {
        let names = constant.iter().map(|feature| table.columns.name(*feature));
        let (n, names) = (constant.len(), listed(names));
        found.push(format!(
            "{n} of {} features have the same value in every row: {names}",
            table.columns.n_features
        ));
    }
    let contradicting = contradicting_rows(&table.dataset);
    if contradicting > 0 {
        found.push(format!(
            "{contradicting} rows have the same features as a row with another label: no tree can tell them apart"
        ));
    }
    let mut counts = vec![0_u64; classes.len()];
    for target in &table.dataset.targets {
        if let Some(count) = counts.get_mut(*target) {
            *count += 1;
        }
    }
    let names = classes.names();
    let single: Vec<&String> = names
        .iter()
        .zip(&counts)
        .filter_map(|(name, count)| (*count == 1).then_some(name))
        .collect();
    if !single.is_empty() {
        let (n, names) = (single.len(), listed(single.into_iter().cloned()));
        found.push(format!(
            "{n} of {} classes have only one row: {names}",
            classes.len()
        ));
    }
    found
}

/// Features with one value in all rows; a missing value is a value here.
fn constant_features(dataset: &Dataset) -> Vec<usize> {
    let columns = dataset.records.axis_iter(Axis(1));
    columns
        .enumerate()
        .filter(|(_, column)| {
            let mut values = column.iter();
            let first = values.next().copied().unwrap_or_default();
            values.all(|value| *value == first || (value.is_nan() && first.is_nan()))
        })
        .map(|(feature, _)| feature)
        .collect()
}

/// Rows whose features another row has with another label. Rows are told apart by a 64-bit hash.
fn contradicting_rows(dataset: &Dataset) -> u64 {
    let mut rows: Vec<(u64, u32)> = dataset
        .targets
        .iter()
        .map(|target| (0, *target as u32))
        .collect();
    let blocks = dataset.records.axis_chunks_iter(Axis(0), BLOCK_ROWS);
    rows.par_chunks_mut(BLOCK_ROWS)
        .zip(blocks.into_par_iter())
        .for_each(|(rows, block)| {
            for column in block.columns() {
                for (row, value) in rows.iter_mut().zip(column) {
                    row.0 = mixed(row.0 ^ u64::from(canonical_bits(*value)));
                }
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

/// The finaliser of SplitMix64.
fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

fn listed(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    let mut listed = names.take(NAMED).collect::<Vec<_>>().join(", ");
    if more > 0 {
        listed.push_str(&format!(" and {more} more"));
    }
    listed
}
