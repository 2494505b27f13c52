//! What decoders know about the columns.

use std::collections::HashMap;

use algorithm::{Absent, Features, InputType, Signature, text::listed};

use crate::{columns::Columns, leading::Leading, leniency::Leniency, number::Number};

/// Most values in a block of rows, or in the block of their scores, unless one row has more. Rows are handed
/// on a block at a time, so a decoded payload never takes more memory than this, however much its format
/// compresses it (a sparse row of two bytes may stand for a thousand values).
const BLOCK_VALUES: usize = 1 << 16;

/// Rows of a block: as many as the bound on its values allows for rows of `cells_in_row` values, at least 1.
pub fn rows_in_block(cells_in_row: usize) -> usize {
    (BLOCK_VALUES / cells_in_row.max(1)).max(1)
}

/// Names that a message lists.
const LISTED: usize = 10;

/// The columns that a model takes, or that a training channel has.
#[derive(Debug)]
pub struct Schema {
    features: Features,
    input_type: InputType,
    input_name: String,
    /// Column by name. Empty if the names are not unique.
    columns: HashMap<String, usize>,
    absent: Absent,
    takes_missing: bool,
    block_rows: usize,
    origin: Origin,
    leniency: Leniency,
}

/// Who says how many columns there are.
#[derive(Debug)]
enum Origin {
    /// The model.
    Model,
    /// The first record of the same channel, as messages refer to it.
    First(String),
    /// The training channel, for another channel; how messages refer to the record there.
    Training(String),
}

impl Schema {
    /// The columns that a model takes.
    pub fn new(signature: &Signature) -> Self {
        Self {
            input_type: signature.input_type,
            input_name: signature.input_name.clone(),
            takes_missing: signature.takes_missing,
            block_rows: rows_in_block(signature.cells_in_row()),
            ..Self::of(signature.features.clone(), signature.absent, Origin::Model)
        }
    }

    /// The same columns, for payloads that may leave out or add this.
    pub fn with_leniency(self, leniency: Leniency) -> Self {
        Self { leniency, ..self }
    }

    /// What payloads may leave out or add.
    pub(crate) fn leniency(&self) -> Leniency {
        self.leniency
    }

    /// The columns of a channel; `is_first` if its own first record gives them.
    pub(crate) fn of_channel(columns: &Columns, absent: Absent, is_first: bool) -> Self {
        let given_by = columns.given_by.clone();
        let origin = if is_first {
            Origin::First(given_by)
        } else {
            Origin::Training(given_by)
        };
        Self::of(columns.features.clone(), absent, origin)
    }

    /// The same columns, whose values may be missing or not.
    pub(crate) fn with_missing(self, takes_missing: bool) -> Self {
        Self {
            takes_missing,
            ..self
        }
    }

    fn of(features: Features, absent: Absent, origin: Origin) -> Self {
        let names = features.names();
        let mut columns: HashMap<String, usize> = names.iter().cloned().zip(0..).collect();
        if columns.len() != names.len() {
            columns.clear();
        }
        Self {
            features,
            input_type: InputType::F32,
            input_name: String::new(),
            columns,
            absent,
            takes_missing: true,
            block_rows: usize::MAX,
            origin,
            leniency: Leniency::default(),
        }
    }

    /// Values a row, at least 1.
    pub fn n_features(&self) -> usize {
        self.features.len()
    }

    /// The type that numbers are rounded to.
    pub fn input_type(&self) -> InputType {
        self.input_type
    }

    /// The name of the model's input tensor.
    pub fn input_name(&self) -> &str {
        &self.input_name
    }

    /// Whether features can be found by name.
    pub fn has_names(&self) -> bool {
        !self.columns.is_empty()
    }

    /// The column of a feature, from 0.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.get(name).copied()
    }

    /// The name of the feature in a column, from 0, as [`Features::name`] gives it.
    pub fn column_name(&self, column: usize) -> String {
        format!("\"{}\"", self.features.name(column))
    }

    /// The first few names, for messages.
    pub fn known_names(&self) -> String {
        if !self.has_names() {
            return "no feature names".to_owned();
        }
        let names = self.features.names().iter();
        listed(names.map(|name| format!("\"{name}\"")), LISTED)
    }

    /// Who has [`known_names`](Self::known_names), for messages: `the model has`.
    pub(crate) fn owner(&self) -> String {
        match &self.origin {
            Origin::Model => "the model has".to_owned(),
            Origin::First(record) | Origin::Training(record) => format!("{record} has"),
        }
    }

    /// Rows of a block: as many as the bound on its values allows for features and for scores.
    pub(crate) fn block_rows(&self) -> usize {
        self.block_rows
    }

    /// The value for what a sparse row leaves out: NaN if that means missing and the type has it, else 0.
    pub(crate) fn absent<N: Number>(&self) -> N {
        match self.absent {
            Absent::Missing => N::MISSING.unwrap_or(N::ZERO),
            Absent::Zero => N::ZERO,
        }
    }

    /// Checks values of a row, each with its column, for missing ones, unless the schema takes them.
    ///
    /// # Errors
    /// The place of the first one, `feature "length"`, and what is wrong with it.
    pub fn check_missing<N: Number>(
        &self,
        mut values: impl Iterator<Item = (usize, N)>,
    ) -> Result<(), (String, &'static str)> {
        if self.takes_missing {
            return Ok(());
        }
        match values.find(|(_, value)| value.is_missing()) {
            None => Ok(()),
            Some((column, _)) => Err((
                format!("feature {}", self.column_name(column)),
                "the value is missing, expected a number",
            )),
        }
    }

    /// The message for a row of `found` columns, label and weight included.
    pub(crate) fn wrong_columns(&self, found: usize, leading: Leading) -> String {
        let plural = if found == 1 { "" } else { "s" };
        let n_features = self.n_features();
        let expected = match &self.origin {
            Origin::Model if leading.label => {
                format!("the model takes {n_features} and a label before them (label_size=1)")
            }
            Origin::Model => format!("the model takes {n_features}"),
            Origin::First(record) => format!("{record} has {}", n_features + leading.count()),
            Origin::Training(record) => {
                let before = leading.words();
                let plural = if n_features == 1 { "" } else { "s" };
                format!("expected {before}{n_features} feature{plural} as in {record}")
            }
        };
        format!("{found} column{plural}, {expected}")
    }

    /// The schema of a model of features with these names.
    #[cfg(test)]
    pub(crate) fn of_names(names: &[&str], input_type: InputType, absent: Absent) -> Self {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        Self::new(&Signature {
            input_type,
            absent,
            ..Signature::regressor(Features::named(names), 1)
        })
    }
}

#[cfg(test)]
mod tests {
    use algorithm::Labels;

    use super::*;

    #[test]
    fn a_block_is_bounded_by_features_and_by_scores() {
        let labels = Labels::Integers((0..1000).collect());
        let rows = |n_features| {
            let features = Features::unnamed(n_features);
            Schema::new(&Signature::classifier(features, labels.clone())).block_rows()
        };
        assert_eq!([rows(1), rows(4096), rows(1 << 20)], [65, 16, 1]);
    }

    #[test]
    fn a_feature_without_a_name_has_a_number_from_0() {
        let schema = Schema::new(&Signature::regressor(Features::unnamed(2), 1));
        assert_eq!(schema.column_name(1), "\"feature_1\"");
        assert_eq!(schema.known_names(), "no feature names");
    }
}
