//! The columns before the features.

/// Which columns come before the features of a record that is a list of values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Leading {
    /// The first column is the label.
    pub(crate) label: bool,
    /// The next one is the row's weight.
    pub(crate) weight: bool,
}

impl Leading {
    /// Number of these columns.
    pub(crate) fn count(self) -> usize {
        usize::from(self.label) + usize::from(self.weight)
    }

    /// These columns in words, to be followed by a number of features.
    pub(crate) fn words(self) -> &'static str {
        match (self.label, self.weight) {
            (false, false) => "",
            (true, false) => "a label and ",
            (false, true) => "a weight and ",
            (true, true) => "a label, a weight and ",
        }
    }
}
