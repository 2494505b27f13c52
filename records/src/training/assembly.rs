//! Blocks put together to a table.

use std::thread;

use algorithm::{Absent, Features, Task};

use super::{block::Decoded, error::ReadError, options::Options};
use crate::{columns::Columns, dictionary::Dictionary, number::Number, text::trimmed};

/// The records of a channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Records {
    /// The feature columns.
    pub columns: Columns,
    /// Rows, at least 1.
    pub n_rows: usize,
    /// The values of the first feature, one a row in the order of files and records, then those of the
    /// second one, and so on; NaN if missing.
    pub values: Vec<f32>,
    /// What each record says beside its features.
    pub target: Target,
    /// Weights above 0, one a row, if there are any.
    pub weights: Option<Vec<f32>>,
    /// The meaning of the values that sparse records left out, if a record was sparse.
    pub absent: Option<Absent>,
    /// Values that are missing.
    pub n_missing: u64,
    /// Records left out because their weight is 0.
    pub n_weightless: u64,
}

/// What records say beside their features.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// For [`Task::Classes`], and for [`Task::ByLabels`] if the labels say so.
    Classes {
        /// The distinct labels as the files have them, in the order of their first appearance.
        labels: Vec<String>,
        /// For each row the position of its label.
        of_row: Vec<u32>,
    },
    /// For [`Task::Numbers`], and for [`Task::ByLabels`] if the labels say so: finite numbers, one a row.
    Numbers(Vec<f32>),
    /// For [`Task::Unlabelled`].
    None,
}

/// Puts blocks together, in their order.
///
/// # Errors
/// There are no rows, or they take too much memory.
pub(super) fn assemble(
    blocks: Vec<Decoded>,
    columns: Option<Columns>,
    names: &[String],
    options: &Options,
) -> Result<Records, ReadError> {
    let n_rows: usize = blocks.iter().map(|block| block.n_rows).sum();
    let n_weightless: u64 = blocks.iter().map(|block| block.targets.n_weightless).sum();
    if n_rows == 0 {
        return Err(ReadError::Whole(match n_weightless {
            0 => format!("no rows in {} files, expected at least 1", names.len()),
            _ => format!("all {n_weightless} rows have the weight 0"),
        }));
    }
    let columns = columns_of(&blocks, columns, names)?;
    let n_features = columns.features.len();
    let n_values = n_rows.checked_mul(n_features);
    let Some(n_values) = n_values.filter(|n| *n <= options.max_bytes / size_of::<f32>()) else {
        return Err(ReadError::Whole(format!(
            "found {n_rows} rows of {n_features} features, which take {} bytes of memory, expected at most {}",
            n_rows as u128 * n_features as u128 * size_of::<f32>() as u128,
            options.max_bytes
        )));
    };

    let is_sparse = blocks.iter().any(|block| block.sparse.is_some());
    let mut n_missing: u64 = blocks.iter().map(|block| block.n_missing).sum();
    if options.absent == Absent::Missing {
        let sparse = blocks.iter().filter_map(|block| block.sparse.as_ref());
        n_missing += sparse
            .map(|rows| (rows.ends.len() * n_features - rows.values.len()) as u64)
            .sum::<u64>();
    }
    let mut values = vec![0.0; n_values];
    fill(&mut values, &blocks, n_rows, options);
    let (target, weights) = targets(blocks, n_rows, options.task)?;
    Ok(Records {
        columns,
        n_rows,
        values,
        target,
        weights,
        absent: is_sparse.then_some(options.absent),
        n_missing,
        n_weightless,
    })
}

/// The columns that a record gave, or those of the largest index.
fn columns_of(
    blocks: &[Decoded],
    columns: Option<Columns>,
    names: &[String],
) -> Result<Columns, ReadError> {
    let largest = |block: &Decoded| block.sparse.as_ref()?.columns.iter().max().copied();
    let n_used = blocks
        .iter()
        .filter_map(|block| Some((block.file, largest(block)? as usize + 1)))
        .max_by_key(|(_, n_used)| *n_used);
    match (columns, n_used) {
        (Some(columns), Some((file, n_used))) if n_used > columns.features.len() => {
            // A libsvm file that came before the file that gave the columns.
            Err(ReadError::Whole(format!(
                "found {n_used} features in {}, expected at most {} as in {}",
                names[file],
                columns.features.len(),
                columns.given_by
            )))
        }
        (Some(columns), _) => Ok(columns),
        (None, Some((file, n_used))) => Ok(Columns {
            features: Features::unnamed(n_used),
            given_by: names[file].clone(),
        }),
        (None, None) => Err(ReadError::Whole(
            "found no features in any row, expected at least one".to_owned(),
        )),
    }
}

/// Fills the columns; each thread fills some of them.
fn fill(values: &mut [f32], blocks: &[Decoded], n_rows: usize, options: &Options) {
    let n_features = values.len() / n_rows;
    let share = n_features.div_ceil(options.n_threads());
    let absent = match options.absent {
        Absent::Zero => 0.0,
        Absent::Missing => f32::NAN,
    };
    thread::scope(|scope| {
        for (part, values) in values.chunks_mut(share * n_rows).enumerate() {
            scope.spawn(move || {
                let mut start = 0;
                for block in blocks {
                    fill_block(values, block, part * share, start, n_rows, absent);
                    start += block.n_rows;
                }
            });
        }
    });
}

/// Fills a block's rows, from `start`, of the columns from `first` on.
fn fill_block(
    values: &mut [f32],
    block: &Decoded,
    first: usize,
    start: usize,
    n_rows: usize,
    absent: f32,
) {
    let end = start + block.n_rows;
    for (feature, column) in (first..).zip(values.chunks_mut(n_rows)) {
        let column = &mut column[start..end];
        if block.sparse.is_some() {
            column.fill(absent);
        } else {
            let from = feature * block.n_rows;
            column.copy_from_slice(&block.columns[from..from + block.n_rows]);
        }
    }
    let Some(sparse) = &block.sparse else { return };
    for row in 0..block.n_rows {
        let (columns, entries) = sparse.row(row);
        for (column, value) in columns.iter().zip(entries) {
            let place = (*column as usize).checked_sub(first).map(|at| at * n_rows);
            // Other columns are for other threads.
            if let Some(place) = place.and_then(|at| values.get_mut(at + start + row)) {
                *place = *value;
            }
        }
    }
}

/// The labels and weights of all rows.
fn targets(
    blocks: Vec<Decoded>,
    n_rows: usize,
    task: Task,
) -> Result<(Target, Option<Vec<f32>>), ReadError> {
    let mut labels = Dictionary::default();
    let mut of_row = Vec::new();
    let mut numbers = Vec::new();
    let mut weights = None;
    let mut start = 0;
    for block in blocks {
        let targets = block.targets;
        labels
            .merge(&targets.labels, &targets.codes, &mut of_row)
            .map_err(ReadError::Whole)?;
        numbers.extend(targets.numbers);
        if !targets.weights.is_empty() {
            // If other records have weights, a record without one has the weight 1.
            let weights = weights.get_or_insert_with(|| vec![1.0; n_rows]);
            weights[start..start + block.n_rows].copy_from_slice(&targets.weights);
        }
        start += block.n_rows;
    }
    let target = match task {
        Task::Classes => Target::Classes {
            labels: labels.into_texts(),
            of_row,
        },
        Task::ByLabels => by_labels(labels.into_texts(), of_row),
        Task::Numbers => Target::Numbers(numbers),
        Task::Unlabelled => Target::None,
    };
    Ok((target, weights))
}

/// Numbers if all labels are numbers and one of them has a fraction, else classes.
fn by_labels(labels: Vec<String>, of_row: Vec<u32>) -> Target {
    let number = |label: &String| <f32 as Number>::parse(trimmed(label.as_bytes()));
    let numbers: Option<Vec<f32>> = labels.iter().map(number).collect();
    match numbers {
        Some(numbers) if numbers.iter().any(|number| number.fract() != 0.0) => {
            let of_row = of_row.iter().map(|code| numbers[*code as usize]);
            Target::Numbers(of_row.collect())
        }
        _ => Target::Classes { labels, of_row },
    }
}
