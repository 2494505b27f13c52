//! A channel as learners take it, and what else is known of its files.

use algorithm::{Features, Labels, Table, Target, Task};
use ndarray::{Array1, Array2, ShapeBuilder};
use rayon::prelude::*;

use super::{
    files::Channel,
    labels::{self, Dictionary},
    parse::Parsed,
    problem::DataError,
    read::{Columns, ReadOptions, Rows, read},
};

/// Numbers of classes up to this are never questioned.
const CLASSES_ALWAYS_ALLOWED: usize = 100;

/// The rows of a channel, and how they were read.
#[derive(Debug)]
pub struct ChannelTable {
    /// The rows, at least one.
    pub table: Table,
    /// The line that gave the number of columns and their names: `line 1 of training/a.csv`.
    pub given_by: String,
    /// Fields without a value.
    pub n_missing: u64,
    /// Rows left out because their weight is 0.
    pub n_weightless: u64,
    /// Files read.
    pub n_files: usize,
    /// Bytes of the files together, as they were stored.
    pub n_bytes: u64,
}

impl ChannelTable {
    /// Reads the channel to train on.
    ///
    /// # Errors
    /// The first problem in the files, or no rows. Of [`Task::Classes`] also a single class, or so many
    /// classes that the label column must be something else: beyond 100, a class needs two rows on
    /// average.
    pub fn training(channel: &Channel, options: &ReadOptions) -> Result<Self, DataError> {
        let rows = read(channel, options)?;
        let (labels, class_of_code) = rows.labels.classes();
        let table = Self::assemble(channel, rows, options.task, &labels, &class_of_code)?;
        if options.task == Task::Classes {
            check_classes(channel, &labels, table.table.n_rows())?;
        }
        Ok(table)
    }

    /// Reads a channel with the columns and classes of the training channel. Labels that are not among
    /// them get the numbers from `labels.len()` up; they are returned in that order.
    ///
    /// # Errors
    /// The first problem in the files, or no rows.
    pub fn like(
        channel: &Channel,
        options: &ReadOptions,
        training: &Self,
    ) -> Result<(Self, Vec<String>), DataError> {
        let features = &training.table.features;
        let options = ReadOptions {
            like: Some(Columns {
                n_features: features.len(),
                names: (!features.names().is_empty()).then(|| features.names().to_vec()),
                given_by: training.given_by.clone(),
            }),
            ..options.clone()
        };
        let rows = read(channel, &options)?;
        let no_labels = Labels::Text(Vec::new());
        let labels = match &training.table.target {
            Target::Classes { labels, .. } => labels,
            Target::Numbers(_) | Target::None => &no_labels,
        };
        let (class_of_code, unseen) = classes_of(&rows.labels, labels);
        let table = Self::assemble(channel, rows, options.task, labels, &class_of_code)?;
        Ok((table, unseen))
    }

    /// One table of all blocks.
    fn assemble(
        channel: &Channel,
        rows: Rows,
        task: Task,
        labels: &Labels,
        class_of_code: &[usize],
    ) -> Result<Self, DataError> {
        let blocks = rows.blocks;
        let n_rows: usize = blocks.iter().map(|block| block.n_rows).sum();
        let n_missing = blocks.iter().map(|block| block.missing).sum();
        let n_weightless: u64 = blocks.iter().map(|block| block.weightless).sum();
        if n_rows == 0 {
            let what = match n_weightless {
                0 => format!("no rows in {} files, expected at least 1", rows.n_files),
                _ => format!("all {n_weightless} rows have the weight 0"),
            };
            return Err(channel.error(what));
        }
        let target = match task {
            Task::Classes => {
                let codes = blocks.iter().flat_map(|block| &block.codes);
                Target::Classes {
                    labels: labels.clone(),
                    of_row: codes.map(|code| class_of_code[*code as usize]).collect(),
                }
            }
            Task::Numbers => {
                let numbers = blocks.iter().flat_map(|block| &block.numbers);
                Target::Numbers(numbers.copied().collect())
            }
            Task::Unlabelled => Target::None,
        };
        let weights: Option<Array1<f32>> = rows.weighted.then(|| {
            let weights = blocks.iter().flat_map(|block| &block.weights);
            weights.copied().collect()
        });
        let n_features = rows.columns.n_features;
        let records = columns(blocks, n_rows, n_features);
        let features = match rows.columns.names {
            Some(names) => Features::named(names),
            None => Features::unnamed(n_features),
        };
        Ok(Self {
            table: Table {
                records,
                target,
                weights,
                features,
                absent: None,
            },
            given_by: rows.columns.given_by,
            n_missing,
            n_weightless,
            n_files: rows.n_files,
            n_bytes: rows.n_bytes,
        })
    }
}

/// The columns of all blocks, each block's below those of the block before it.
fn columns(blocks: Vec<Parsed>, n_rows: usize, n_features: usize) -> Array2<f32> {
    let mut values = vec![0.0_f32; n_rows * n_features];
    values
        .par_chunks_mut(n_rows)
        .enumerate()
        .for_each(|(feature, column)| {
            let mut rest = column;
            for block in &blocks {
                let (part, after) = rest.split_at_mut(block.n_rows);
                part.copy_from_slice(&block.columns[feature * block.n_rows..][..block.n_rows]);
                rest = after;
            }
        });
    match Array2::from_shape_vec((n_rows, n_features).f(), values) {
        Ok(records) => records,
        Err(error) => unreachable!("there is a value for each row and feature: {error}"),
    }
}

/// The class of each code of `found`, and the labels that `labels` does not have.
fn classes_of(found: &Dictionary, labels: &Labels) -> (Vec<usize>, Vec<String>) {
    let mut unseen = Vec::new();
    let classes = found.texts().map(|label| {
        labels::class_of(labels, label).unwrap_or_else(|| {
            unseen.push(label.to_owned());
            labels.len() + unseen.len() - 1
        })
    });
    (classes.collect(), unseen)
}

fn check_classes(channel: &Channel, labels: &Labels, n_rows: usize) -> Result<(), DataError> {
    let n_classes = labels.len();
    if n_classes < 2 {
        let what = format!(
            "found one class, {:?}, in {n_rows} rows, expected at least 2",
            labels.text(0)
        );
        return Err(channel.error(what));
    }
    if n_classes > CLASSES_ALWAYS_ALLOWED.max(n_rows / 2) {
        let what = format!(
            "found {n_classes} classes in {n_rows} rows, expected at most {CLASSES_ALWAYS_ALLOWED}, \
             or one for every two rows; is the first column the label?"
        );
        return Err(channel.error(what));
    }
    Ok(())
}
