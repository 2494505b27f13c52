//! A channel as learners take it, and what else is known of its files.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use algorithm::{Absent, Labels, Table, Target, Task};
use ndarray::{Array2, ShapeBuilder};
use records::{
    Columns, Format, Header,
    training::{self, Options, ReadError, Records, Source},
};

use super::{
    classes::{classes, classes_of},
    error::DataError,
    files::Channel,
    memory, source,
};

/// Numbers of classes up to this are never questioned.
const CLASSES_ALWAYS_ALLOWED: usize = 100;

/// How a channel's files are to be read.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// What each record says beside its features.
    pub task: Task,
    /// Whether first lines of CSV name the columns.
    pub header: Header,
    /// The second column is the row's weight.
    pub csv_weights: bool,
    /// The meaning of a value that a sparse record leaves out.
    pub absent: Absent,
    /// Whether a value may be missing.
    pub takes_missing: bool,
    /// Bytes of the files that have been read, for whoever watches.
    pub bytes_read: Arc<AtomicUsize>,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            task: Task::Classes,
            header: Header::Auto,
            csv_weights: false,
            absent: Absent::Zero,
            takes_missing: true,
            bytes_read: Arc::default(),
        }
    }
}

/// The rows of a channel, and how they were read.
#[derive(Debug)]
pub struct ChannelTable {
    /// The rows, at least one.
    pub table: Table,
    /// The record that gave the number of columns and their names: `line 1 of training/a.csv`.
    pub given_by: String,
    /// Values that are missing.
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
    /// The first fault in the files, or no rows. For classes also a single class, or so many
    /// classes that the label column must be something else: beyond 100, a class needs two rows on average.
    pub fn training(channel: &Channel, options: &ReadOptions) -> Result<Self, DataError> {
        let (records, n_files) = read(channel, options, None)?;
        let n_rows = records.n_rows;
        let table = Self::new(records, n_files, options, classes);
        if let Target::Classes { labels, .. } = &table.table.target {
            check_classes(channel, labels, n_rows)?;
        }
        Ok(table)
    }

    /// Reads a channel with the columns, the task and the classes of the training channel. Labels that are not among
    /// them get the numbers from `labels.len()` up; they are returned in that order.
    ///
    /// # Errors
    /// The first fault in the files, or no rows.
    pub fn like(
        channel: &Channel,
        options: &ReadOptions,
        training: &Self,
    ) -> Result<(Self, Vec<String>), DataError> {
        let columns = Columns {
            features: training.table.features.clone(),
            given_by: training.given_by.clone(),
        };
        let options = &ReadOptions {
            task: match training.table.target {
                Target::Classes { .. } => Task::Classes,
                Target::Numbers(_) => Task::Numbers,
                Target::None => Task::Unlabelled,
            },
            ..options.clone()
        };
        let (records, n_files) = read(channel, options, Some(columns))?;
        let mut unseen = Vec::new();
        let table = Self::new(records, n_files, options, |found| {
            let Target::Classes { labels, .. } = &training.table.target else {
                unreachable!("both channels are read for the same task");
            };
            let (classes, others) = classes_of(found, labels);
            unseen = others;
            (labels.clone(), classes)
        });
        Ok((table, unseen))
    }

    /// `classes` returns the labels of the table, and the class of each label that was found.
    fn new(
        records: Records,
        n_files: usize,
        options: &ReadOptions,
        classes: impl FnOnce(&[String]) -> (Labels, Vec<usize>),
    ) -> Self {
        let target = match records.target {
            training::Target::Classes { labels, of_row } => {
                let (labels, classes) = classes(&labels);
                let of_row = of_row.iter().map(|code| classes[*code as usize]);
                Target::Classes {
                    labels,
                    of_row: of_row.collect(),
                }
            }
            training::Target::Numbers(numbers) => Target::Numbers(numbers.into()),
            training::Target::None => Target::None,
        };
        let shape = (records.n_rows, records.columns.features.len());
        let values = match Array2::from_shape_vec(shape.f(), records.values) {
            Ok(values) => values,
            Err(error) => unreachable!("there is a value for each row and feature: {error}"),
        };
        Self {
            table: Table {
                records: values,
                target,
                weights: records.weights.map(Into::into),
                features: records.columns.features,
                absent: records.absent,
            },
            given_by: records.columns.given_by,
            n_missing: records.n_missing,
            n_weightless: records.n_weightless,
            n_files,
            n_bytes: options.bytes_read.load(Ordering::Relaxed) as u64,
        }
    }
}

/// The records of a channel's files, and the number of files.
fn read(
    channel: &Channel,
    options: &ReadOptions,
    like: Option<Columns>,
) -> Result<(Records, usize), DataError> {
    let files = channel.files()?;
    if files.is_empty() {
        let what = format!(
            "no files in {}, expected at least 1",
            channel.path.display()
        );
        return Err(channel.error(what));
    }
    let n_files = files.len();
    let sources = files.into_iter().map(|file| {
        let by_ending = || Format::of_file(&file.shown).unwrap_or(Format::Csv).into();
        let content_type = channel.content_type.unwrap_or_else(by_ending);
        let bytes_read = options.bytes_read.clone();
        Source::new(file.shown, content_type, move || {
            if channel.is_pipe {
                source::await_pipe(&file.path);
            }
            let separators = match content_type.format() {
                Format::Csv => channel.separators,
                _ => "",
            };
            source::open(&file.path, bytes_read, separators)
        })
    });
    let options = Options {
        task: options.task,
        header: options.header,
        csv_weights: options.csv_weights,
        like,
        absent: options.absent,
        takes_missing: options.takes_missing,
        max_bytes: memory::available(),
        ..Options::default()
    };
    match training::read(sources.collect(), &options) {
        Ok(records) => Ok((records, n_files)),
        Err(ReadError::Whole(what)) => Err(channel.error(what)),
        Err(error) => Err(DataError::File(error)),
    }
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
