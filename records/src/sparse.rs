//! Rows that give only some of their values, each with its column.

use std::collections::HashSet;

use algorithm::text::excerpt;

use crate::{fault::Fault, number::Number, rows::RowBuffer};

/// A row whose other values are absent.
pub(crate) struct Row<N> {
    /// Column and value, in the order of the record.
    entries: Vec<(usize, N)>,
    /// Columns that have a value; kept only once a column is not greater than the one before it.
    seen: HashSet<usize>,
    first_index: usize,
}

impl<N: Number> Row<N> {
    /// A row whose columns are counted from `first_index`, 0 or 1.
    pub(crate) fn counted_from(first_index: usize) -> Self {
        Self {
            entries: Vec::new(),
            seen: HashSet::new(),
            first_index,
        }
    }

    /// Forgets the values, for the next row.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.seen.clear();
    }

    /// The index in a text.
    ///
    /// # Errors
    /// It is not an index of the schema.
    pub(crate) fn index(&self, text: &[u8], rows: &RowBuffer<'_, N>) -> Result<usize, Fault> {
        let index = std::str::from_utf8(text).ok();
        let index = index.and_then(|text| text.parse::<usize>().ok());
        let has = |index: &usize| {
            let column = index.checked_sub(self.first_index);
            column.is_some_and(|column| column < rows.schema().n_features())
        };
        let index = index.filter(has);
        index.ok_or_else(|| self.no_index(&excerpt(text), rows))
    }

    /// Whether a text is an index after the schema's last one.
    pub(crate) fn is_beyond(&self, text: &[u8], rows: &RowBuffer<'_, N>) -> bool {
        let index = std::str::from_utf8(text).ok();
        let index = index.and_then(|text| text.parse::<usize>().ok());
        index.is_some_and(|index| index >= self.first_index + rows.schema().n_features())
    }

    fn no_index(&self, found: &str, rows: &RowBuffer<'_, N>) -> Fault {
        let (first, n_features) = (self.first_index, rows.schema().n_features());
        let last = first + n_features - 1;
        rows.fault(format!("found index {found}, expected {first} to {last}"))
    }

    /// The value at an index.
    ///
    /// # Errors
    /// It is not an index of the schema, or it has a value already.
    pub(crate) fn set(
        &mut self,
        index: usize,
        value: N,
        rows: &RowBuffer<'_, N>,
    ) -> Result<(), Fault> {
        let column = index.checked_sub(self.first_index);
        let Some(column) = column.filter(|column| *column < rows.schema().n_features()) else {
            return Err(self.no_index(&index.to_string(), rows));
        };
        let is_next = self.entries.last().is_none_or(|(last, _)| *last < column);
        if !is_next || !self.seen.is_empty() {
            if self.seen.is_empty() {
                self.seen
                    .extend(self.entries.iter().map(|(column, _)| *column));
            }
            if !self.seen.insert(column) {
                let what = format!("found index {index} twice, expected it once");
                return Err(rows.fault(what));
            }
        }
        self.entries.push((column, value));
        Ok(())
    }

    /// Ends the row, and begins the next one.
    ///
    /// # Errors
    /// As those of [`RowBuffer::sparse`].
    pub(crate) fn end(&mut self, rows: &mut RowBuffer<'_, N>) -> Result<(), Fault> {
        rows.sparse(&self.entries)?;
        self.clear();
        Ok(())
    }
}
