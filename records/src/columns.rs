//! The feature columns of a training channel.

use algorithm::Features;

/// The feature columns of a channel, and the record that gave them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// Their number and names.
    pub features: Features,
    /// That record, as messages name it: `line 1 of training/a.csv`.
    pub given_by: String,
}
