//! Rows that give each value with its feature's name.

use crate::{fault::Fault, number::Number, rows::RowBuffer};

/// The values of a record by column.
pub(crate) struct Named<N> {
    /// Empty until a value comes.
    values: Vec<Option<N>>,
}

impl<N: Number> Named<N> {
    pub(crate) fn new() -> Self {
        Self { values: Vec::new() }
    }

    /// Whether no value has come yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The value of the feature in a column of the schema's.
    ///
    /// # Errors
    /// It has a value already.
    pub(crate) fn set(
        &mut self,
        column: usize,
        value: N,
        rows: &RowBuffer<'_, N>,
    ) -> Result<(), Fault> {
        self.values.resize(rows.schema().n_features(), None);
        if self.values[column].replace(value).is_some() {
            let name = rows.schema().column_name(column);
            let what = format!("found feature {name} twice, expected it once");
            return Err(rows.fault(what));
        }
        Ok(())
    }

    /// Ends the row.
    ///
    /// # Errors
    /// A feature has no value.
    pub(crate) fn end(self, rows: &mut RowBuffer<'_, N>) -> Result<(), Fault> {
        let n_features = rows.schema().n_features();
        let missing = self.values.iter().position(Option::is_none);
        let missing = missing.or((self.values.len() < n_features).then_some(0));
        if let Some(column) = missing {
            let name = rows.schema().column_name(column);
            let what = format!("found no feature {name}, expected all features");
            return Err(rows.fault(what));
        }
        rows.whole(self.values.into_iter().flatten())
    }
}
