//! Decoded rows on their way to the scorer.

use super::{number::Number, schema::Schema};

/// Values that a block of rows holds, roughly. Rows are handed on a block at a time, so that a payload
/// never takes more memory decoded than this, however much its format compresses it (a sparse row of
/// two bytes may stand for a thousand values).
const BLOCK_VALUES: usize = 1 << 16;

/// Collects values to rows of as many columns as the model takes, and rows to blocks.
pub(super) struct RowBuffer<'a, N: Number> {
    schema: &'a Schema,
    /// Whole rows, then the row that is being decoded.
    values: Vec<N>,
    /// Values of the row that is being decoded, those beyond the model's columns included.
    columns: usize,
    /// Whole rows, those handed on included.
    n_rows: usize,
    take: &'a mut dyn FnMut(algorithm::Rows<'_>),
}

impl<'a, N: Number> RowBuffer<'a, N> {
    /// `take` gets blocks of whole rows, in order.
    pub(super) fn new(schema: &'a Schema, take: &'a mut dyn FnMut(algorithm::Rows<'_>)) -> Self {
        Self {
            schema,
            values: Vec::new(),
            columns: 0,
            n_rows: 0,
            take,
        }
    }

    pub(super) fn schema(&self) -> &'a Schema {
        self.schema
    }

    /// The number of the row that is being decoded, from 1.
    pub(super) fn row_number(&self) -> usize {
        self.n_rows + 1
    }

    /// The column that the next value is for, from 0.
    pub(super) fn column(&self) -> usize {
        self.columns
    }

    /// The next value of the row. Values beyond the model's columns are only counted.
    pub(super) fn push(&mut self, value: N) {
        if self.columns < self.schema.n_features() {
            self.values.push(value);
        }
        self.columns += 1;
    }

    /// Ends the row that [`push`](Self::push) filled.
    ///
    /// # Errors
    /// Another number of values than the model takes; the line for the client.
    pub(super) fn end_row(&mut self) -> Result<(), String> {
        let columns = std::mem::take(&mut self.columns);
        if columns != self.schema.n_features() {
            return Err(self.wrong_columns(columns));
        }
        self.ended();
        Ok(())
    }

    /// What to say of a row with another number of columns than the model takes.
    pub(super) fn wrong_columns(&self, found: usize) -> String {
        format!(
            "row {}: {found} column{}, the model takes {}",
            self.row_number(),
            if found == 1 { "" } else { "s" },
            self.schema.n_features()
        )
    }

    /// A row that `fill` pushes as a whole. It is taken back where `fill` returns `None`.
    pub(super) fn row<T>(&mut self, fill: impl FnOnce(&mut Vec<N>) -> Option<T>) -> Option<T> {
        let start = self.values.len();
        let result = fill(&mut self.values);
        if result.is_some() && self.values.len() == start + self.schema.n_features() {
            self.ended();
            return result;
        }
        self.values.truncate(start);
        None
    }

    /// A row of as many values as the model takes.
    pub(super) fn whole(&mut self, values: impl Iterator<Item = N>) {
        self.values.extend(values);
        self.ended();
    }

    fn ended(&mut self) {
        self.n_rows += 1;
        if self.values.len() >= BLOCK_VALUES {
            self.hand_on();
        }
    }

    fn hand_on(&mut self) {
        (self.take)(N::rows(&self.values));
        self.values.clear();
    }

    /// Hands on what is left.
    ///
    /// # Errors
    /// There was no row at all.
    pub(super) fn finish(mut self) -> Result<(), String> {
        if self.n_rows == 0 {
            return Err("the payload is empty, expected at least one row".to_owned());
        }
        if !self.values.is_empty() {
            self.hand_on();
        }
        Ok(())
    }
}
