//! A channel as the engines take it: a linfa dataset, and what else is known about its rows.

use linfa::DatasetBase;
use ndarray::{Array1, Array2, ShapeBuilder};
use rayon::prelude::*;

use super::{
    files::Channel,
    labels::Classes,
    problem::DataError,
    read::{Columns, ReadOptions, Rows, read},
};

/// Up to so many classes, their number is nobody's business.
const CLASSES_ALWAYS_ALLOWED: usize = 100;

/// Rows in columns (Fortran order), float32, NaN where missing; targets are positions in the classes.
pub type Dataset = DatasetBase<Array2<f32>, Array1<usize>>;

/// A channel's rows.
#[derive(Debug)]
pub struct Table {
    /// `nsamples` x `nfeatures`; weighted only where the files give weights.
    pub dataset: Dataset,
    /// The feature columns.
    pub columns: Columns,
    /// Fields without a value.
    pub n_missing: u64,
    /// Rows left out because their weight is 0.
    pub n_weightless: u64,
    /// Files read.
    pub n_files: usize,
    /// Their size together.
    pub n_bytes: u64,
}

impl Table {
    /// Reads the channel to train on, and the classes in it.
    ///
    /// # Errors
    /// The first problem in the files, no rows, a single class, or so many classes that the label column
    /// must be something else: beyond 100, a class needs two rows on average.
    pub fn training(
        channel: &Channel,
        options: &ReadOptions,
    ) -> Result<(Self, Classes), DataError> {
        let rows = read(channel, options)?;
        let (classes, class_of) = rows.labels.classes();
        let table = Self::assemble(channel, rows, &class_of)?;
        let n_rows = table.dataset.targets.len();
        let n_classes = classes.len();
        if n_classes < 2 {
            let what = format!(
                "found one class, {:?}, in {n_rows} rows, expected at least 2",
                classes.names().first().map_or("", String::as_str)
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
        Ok((table, classes))
    }

    /// Reads a channel whose classes are those of the training channel. Labels that are not among them
    /// get the numbers from `classes.len()` up; they are returned in that order.
    ///
    /// # Errors
    /// The first problem in the files, or no rows.
    pub fn like(
        channel: &Channel,
        options: &ReadOptions,
        classes: &Classes,
    ) -> Result<(Self, Vec<String>), DataError> {
        let rows = read(channel, options)?;
        let mut unseen = Vec::new();
        let class_of: Vec<usize> = rows
            .labels
            .texts()
            .map(|label| {
                classes.class_of(label).unwrap_or_else(|| {
                    unseen.push(label.to_owned());
                    classes.len() + unseen.len() - 1
                })
            })
            .collect();
        Ok((Self::assemble(channel, rows, &class_of)?, unseen))
    }

    fn assemble(channel: &Channel, rows: Rows, class_of: &[usize]) -> Result<Self, DataError> {
        let n_rows: usize = rows.blocks.iter().map(|block| block.n_rows).sum();
        let n_features = rows.columns.n_features;
        let n_missing = rows.blocks.iter().map(|block| block.missing).sum();
        let n_weightless: u64 = rows.blocks.iter().map(|block| block.weightless).sum();
        if n_rows == 0 {
            let what = match n_weightless {
                0 => format!("no rows in {} files, expected at least 1", rows.n_files),
                _ => format!("all {n_weightless} rows have the weight 0"),
            };
            return Err(channel.error(what));
        }
        let mut values = vec![0.0_f32; n_rows * n_features];
        values
            .par_chunks_mut(n_rows)
            .enumerate()
            .for_each(|(feature, column)| {
                let mut rest = column;
                for block in &rows.blocks {
                    let (part, behind) = rest.split_at_mut(block.n_rows);
                    let start = feature * block.n_rows;
                    if let Some(from) = block.columns.get(start..start + block.n_rows) {
                        part.copy_from_slice(from);
                    }
                    rest = behind;
                }
            });
        let codes = rows.blocks.iter().flat_map(|block| &block.codes);
        let targets: Array1<usize> = codes
            .map(|code| class_of.get(*code as usize).copied().unwrap_or_default())
            .collect();
        let weights: Option<Array1<f32>> = rows.weighted.then(|| {
            let weights = rows.blocks.iter().flat_map(|block| &block.weights);
            weights.copied().collect()
        });
        drop(rows.blocks);
        let records = Array2::from_shape_vec((n_rows, n_features).f(), values)
            .map_err(|error| channel.error(error.to_string()))?;
        let mut dataset = DatasetBase::new(records, targets);
        if let Some(weights) = weights {
            dataset = dataset.with_weights(weights);
        }
        Ok(Self {
            dataset,
            columns: rows.columns,
            n_missing,
            n_weightless,
            n_files: rows.n_files,
            n_bytes: rows.n_bytes,
        })
    }
}
