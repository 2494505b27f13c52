//! Training data.

use ndarray::{Array1, Array2};

use crate::{Absent, Features, Labels};

/// What a learner fits.
#[derive(Clone, Copy, Debug)]
pub struct Data<'a> {
    /// The rows to learn from; at least one.
    pub train: &'a Table,
    /// Rows that are measured and not learnt from, with the same features.
    pub validation: Option<&'a Table>,
}

/// The rows of a channel.
#[derive(Clone, Debug)]
pub struct Table {
    /// `n_rows` x `n_features`, in columns (Fortran order), NaN for a missing value; no infinities.
    pub records: Array2<f32>,
    /// What is to be learnt, one a row.
    pub target: Target,
    /// Weights above 0, one a row, if the data have them.
    pub weights: Option<Array1<f32>>,
    /// The columns.
    pub features: Features,
    /// The meaning of the values that sparse records left out, if records were sparse. The model file has to
    /// keep it, so that what is served is read as what was trained on.
    pub absent: Option<Absent>,
}

/// What is to be learnt about the rows of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A class a row, by its position in the labels.
    Classes {
        /// The classes: sorted, integers only if every label is one.
        labels: Labels,
        /// `n_rows` classes. In a validation table a label that training does not have gets a number from
        /// `labels.len()` up.
        of_row: Array1<usize>,
    },
    /// A number a row.
    Numbers(Array1<f32>),
    /// Nothing.
    None,
}

/// What a learner wants to know about each row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// A class: [`Target::Classes`].
    Classes,
    /// A number: [`Target::Numbers`].
    Numbers,
    /// Nothing: the files have no label column.
    Unlabelled,
}

impl Table {
    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.records.nrows()
    }
}
