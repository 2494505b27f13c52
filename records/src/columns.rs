//! The columns of a training channel, and of its first record.

use algorithm::Features;

/// The feature columns of a channel, and the record that gave them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// Their number and names.
    pub features: Features,
    /// How messages refer to that record: `line 1 of training/a.csv`.
    pub given_by: String,
}

/// How many columns a record has.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Width {
    /// A list of this many values, label and weight included, and their names if a header gives them.
    List(usize, Vec<String>),
    /// This many features, and their names if each has one.
    Features(usize, Vec<String>),
}
