//! An order of rows that does not depend on the order in which files have them.

use std::cmp::Ordering;

use algorithm::{Table, Target};
use rayon::prelude::*;

use crate::exact::draw::mix;

/// The numbers of the rows in their canonical order: by a hash of values, target and weight. Rows that are equal in
/// all of them may change places.
pub(crate) fn order(table: &Table) -> Vec<u32> {
    let mut keyed = hashes(table);
    keyed.par_sort_unstable_by(|(a, row), (b, other)| {
        a.cmp(b)
            .then_with(|| compare(table, *row as usize, *other as usize))
    });
    keyed.into_iter().map(|(_, row)| row).collect()
}

/// A hash of the rows and of the labels and columns that they are numbers of, whatever the order of the rows.
pub(crate) fn fingerprint(table: &Table) -> u64 {
    let rows = hashes(table).into_par_iter().map(|(hash, _)| mix(hash));
    let rows = rows.reduce(|| 0, u64::wrapping_add);
    let Table {
        target,
        features,
        absent,
        weights,
        ..
    } = table;
    let labels = match target {
        Target::Classes { labels, .. } => Some(labels),
        Target::Numbers(_) | Target::None => None,
    };
    let columns = format!(
        "{} {:?} {labels:?} {absent:?} {}",
        features.len(),
        features.names(),
        weights.is_some()
    );
    hash_of_text(mix(rows ^ table.n_rows() as u64), &columns)
}

/// A hash of a text and of `seed`.
pub(crate) fn hash_of_text(seed: u64, text: &str) -> u64 {
    let bytes = text.bytes();
    bytes.fold(seed, |hash, byte| mix(hash ^ u64::from(byte)))
}

/// A hash of each row, and its number.
fn hashes(table: &Table) -> Vec<(u64, u32)> {
    const CHUNK: usize = 4096;
    let n_rows = table.n_rows();
    let mut keyed: Vec<(u64, u32)> = vec![(0, 0); n_rows];
    keyed
        .par_chunks_mut(CHUNK)
        .enumerate()
        .for_each(|(chunk, keyed)| {
            let first = chunk * CHUNK;
            for (row, keyed) in (first..).zip(&mut *keyed) {
                *keyed = (mix(u64::from(target(table, row))), row as u32);
            }
            for column in table.records.columns() {
                for (row, (hash, _)) in (first..).zip(&mut *keyed) {
                    *hash = mix(*hash ^ u64::from(bits(column[row])));
                }
            }
            if let Some(weights) = &table.weights {
                for (row, (hash, _)) in (first..).zip(&mut *keyed) {
                    *hash = mix(*hash ^ u64::from(weights[row].to_bits()));
                }
            }
        });
    keyed
}

/// Two rows whose hashes are equal.
fn compare(table: &Table, a: usize, b: usize) -> Ordering {
    let values = table.records.row(a).into_iter().zip(table.records.row(b));
    let mut values = values.map(|(a, b)| bits(*a).cmp(&bits(*b)));
    let weight = |row: usize| {
        table
            .weights
            .as_ref()
            .map_or(0, |weights| weights[row].to_bits())
    };
    values
        .find(|order| order.is_ne())
        .unwrap_or_else(|| target(table, a).cmp(&target(table, b)))
        .then_with(|| weight(a).cmp(&weight(b)))
}

fn target(table: &Table, row: usize) -> u32 {
    match &table.target {
        Target::Classes { of_row, .. } => of_row[row] as u32,
        Target::Numbers(numbers) => bits(numbers[row]),
        Target::None => 0,
    }
}

/// Equal for values that no tree tells apart.
fn bits(value: f32) -> u32 {
    match value {
        value if value.is_nan() => f32::NAN.to_bits(),
        // -0 is 0.
        value => (value + 0.0).to_bits(),
    }
}
