//! Rows that tell only some of their values, with their columns.

use super::{excerpt, number::Number, rows::RowBuffer, schema::Schema};

/// A row whose other values are absent.
pub(super) struct Row<'a, N> {
    number: usize,
    schema: &'a Schema,
    /// By column; `None` where it is absent.
    values: Vec<Option<N>>,
    first_index: usize,
}

impl<'a, N: Number> Row<'a, N> {
    /// Row `number`, whose columns are counted from 0.
    pub(super) fn new(number: usize, schema: &'a Schema) -> Self {
        Self {
            number,
            schema,
            values: vec![None; schema.n_features()],
            first_index: 0,
        }
    }

    /// Counts columns from `first_index`, 0 or 1.
    pub(super) fn counted_from(self, first_index: usize) -> Self {
        Self {
            first_index,
            ..self
        }
    }

    /// The index in a text.
    ///
    /// # Errors
    /// No index of the model's.
    pub(super) fn column(&self, text: &[u8]) -> Result<usize, String> {
        let index = std::str::from_utf8(text).ok();
        let index = index.and_then(|text| text.parse::<usize>().ok());
        match index {
            Some(index) if self.has(index) => Ok(index),
            _ => Err(self.no_index(&excerpt(text))),
        }
    }

    fn has(&self, index: usize) -> bool {
        let column = index.checked_sub(self.first_index);
        column.is_some_and(|column| column < self.values.len())
    }

    fn no_index(&self, found: &str) -> String {
        format!(
            "row {}: found index {found}, expected {} to {}",
            self.number,
            self.first_index,
            self.first_index + self.schema.n_features() - 1
        )
    }

    /// # Errors
    /// No index of the model's, or one that has a value already.
    pub(super) fn set(&mut self, index: usize, value: N) -> Result<(), String> {
        let column = index.checked_sub(self.first_index);
        match column.and_then(|column| self.values.get_mut(column)) {
            Some(place @ None) => *place = Some(value),
            Some(Some(_)) => {
                let row = self.number;
                return Err(format!(
                    "row {row}: found index {index} twice, expected it once"
                ));
            }
            None => return Err(self.no_index(&index.to_string())),
        }
        Ok(())
    }

    pub(super) fn end(self, rows: &mut RowBuffer<'_, N>) {
        let absent = self.schema.absent();
        let values = self.values.into_iter();
        rows.whole(values.map(|value| value.unwrap_or(absent)));
    }
}
