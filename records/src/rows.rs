//! Decoded rows on their way to the scorer, or to the table that is trained on.

use std::fmt;

use algorithm::text::excerpt;

use crate::{
    fault::Fault, leading::Leading, leniency::Leniency, number::Number, schema::Schema,
    sparse_rows::SparseRows, target::Targets,
};

/// Collects values into rows of the schema's columns, and rows into blocks.
///
/// When serving, `take` gets each block when it is full; labels and weights do not matter. When training,
/// it gets one block of all dense rows, and [`end`](Self::end) returns what else there is.
pub(crate) struct RowBuffer<'a, N: Number> {
    schema: &'a Schema,
    leniency: Leniency,
    /// Feature columns that the payload's records have: the schema's, or fewer if its first record has fewer.
    width: usize,
    leading: Leading,
    take: &'a mut dyn FnMut(algorithm::Rows<'_>),
    /// Whole rows, then the row that is being decoded.
    values: Vec<N>,
    /// Values of the row that is being decoded, those beyond the schema's columns included.
    columns: usize,
    in_block: usize,
    /// The features of the record have been read; a label, for example, may still come.
    is_whole: bool,
    /// Records that have ended.
    n_rows: usize,
    /// The line that is being read, from 1, if records are lines.
    pub(crate) line: Option<u64>,
    training: Option<Training<N>>,
}

/// What training keeps in addition.
struct Training<N> {
    targets: Targets,
    /// Once a sparse record has come, all rows are here.
    sparse: Option<SparseRows<N>>,
}

impl<'a, N: Number> RowBuffer<'a, N> {
    /// Rows to score: `take` gets blocks of whole rows, in order.
    pub(crate) fn serving(
        schema: &'a Schema,
        leading: Leading,
        take: &'a mut dyn FnMut(algorithm::Rows<'_>),
    ) -> Self {
        Self {
            schema,
            leniency: Leniency::default(),
            width: schema.n_features(),
            leading,
            take,
            values: Vec::new(),
            columns: 0,
            in_block: 0,
            is_whole: false,
            n_rows: 0,
            line: None,
            training: None,
        }
    }

    /// The same, for a payload that may leave out or add this.
    pub(crate) fn with_leniency(self, leniency: Leniency) -> Self {
        Self { leniency, ..self }
    }

    /// Rows to learn from: `take` gets all of them at once, if all are dense.
    pub(crate) fn training(
        schema: &'a Schema,
        leading: Leading,
        targets: Targets,
        take: &'a mut dyn FnMut(algorithm::Rows<'_>),
    ) -> Self {
        Self {
            training: Some(Training {
                targets,
                sparse: None,
            }),
            ..Self::serving(schema, leading, take)
        }
    }

    /// Makes room for `n_values` values.
    pub(crate) fn reserve(&mut self, n_values: usize) {
        self.values.reserve_exact(n_values);
    }

    pub(crate) fn schema(&self) -> &'a Schema {
        self.schema
    }

    /// What the payload may leave out or add.
    pub(crate) fn leniency(&self) -> Leniency {
        self.leniency
    }

    /// Whether a record may have this many feature columns. The first record decides for all.
    pub(crate) fn admits(&mut self, columns: usize) -> bool {
        let may_be_short = self.leniency.short_records && self.n_rows == 0;
        if may_be_short && N::MISSING.is_some() && (1..self.width).contains(&columns) {
            self.width = columns;
        }
        columns == self.width
    }

    /// Feature columns that the next record must have.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// The fault of a record with `found` feature columns, which [`admits`](Self::admits) does not admit;
    /// `leading` are the columns before them.
    pub(crate) fn wrong_columns(&self, found: usize, leading: Leading) -> Fault {
        let found = found + leading.count();
        let what = if self.width == self.schema.n_features() {
            self.schema.wrong_columns(found, leading)
        } else {
            let expected = self.width + leading.count();
            format!("{found} columns, expected {expected} as in row 1")
        };
        Fault {
            is_misfit: self.n_rows == 0,
            ..self.fault(what)
        }
    }

    /// The columns before the features of a record that is a list of values.
    pub(crate) fn leading(&self) -> Leading {
        self.leading
    }

    /// Labels and weights, when training.
    pub(crate) fn targets(&mut self) -> Option<&mut Targets> {
        self.training.as_mut().map(|training| &mut training.targets)
    }

    /// The number of the row that is being decoded, from 1.
    pub(crate) fn row_number(&self) -> usize {
        self.n_rows + 1
    }

    /// The column that the next value is for, from 0.
    pub(crate) fn column(&self) -> usize {
        self.columns
    }

    /// The next value of the row. Values beyond the schema's columns are only counted.
    pub(crate) fn push(&mut self, value: N) {
        if self.columns < self.schema.n_features() {
            self.values.push(value);
        }
        self.columns += 1;
    }

    /// Ends the values that [`push`](Self::push) took; `leading` are the columns before them.
    ///
    /// # Errors
    /// A number of values other than the schema's.
    pub(crate) fn end_row(&mut self, leading: Leading) -> Result<(), Fault> {
        let columns = std::mem::take(&mut self.columns);
        if !self.admits(columns) {
            return Err(self.wrong_columns(columns, leading));
        }
        let start = self.values.len() - columns;
        fill(&mut self.values, start, self.schema);
        self.dense_ended()
    }

    /// A row of [`width`](Self::width) values, which `read` pushes. It is taken back if `read` returns `None`.
    pub(crate) fn row<T>(
        &mut self,
        read: impl FnOnce(&mut Vec<N>) -> Option<T>,
    ) -> Result<Option<T>, Fault> {
        let start = self.values.len();
        let result = read(&mut self.values);
        if result.is_none() {
            self.values.truncate(start);
            return Ok(None);
        }
        debug_assert_eq!(self.values.len(), start + self.width);
        fill(&mut self.values, start, self.schema);
        self.dense_ended()?;
        Ok(result)
    }

    /// A row of a value for each column.
    pub(crate) fn whole(&mut self, values: impl Iterator<Item = N>) -> Result<(), Fault> {
        self.values.extend(values);
        self.dense_ended()
    }

    /// A row that has only these values, each with its column.
    ///
    /// # Errors
    /// A value is missing, and the schema takes none.
    pub(crate) fn sparse(&mut self, entries: &[(usize, N)]) -> Result<(), Fault> {
        self.check_missing(entries.iter().copied())?;
        let Some(training) = &mut self.training else {
            let start = self.values.len();
            let end = start + self.schema.n_features();
            self.values.resize(end, self.schema.absent());
            for (column, value) in entries {
                self.values[start + column] = *value;
            }
            return self.ended();
        };
        let n_features = self.schema.n_features();
        let dense = &mut self.values;
        let rows = training
            .sparse
            .get_or_insert_with(|| SparseRows::of(std::mem::take(dense), n_features));
        rows.push(entries.iter().copied());
        self.ended()
    }

    /// Ends a row whose values are the last ones.
    fn dense_ended(&mut self) -> Result<(), Fault> {
        let start = self.values.len() - self.schema.n_features();
        self.check_missing((0..).zip(self.values[start..].iter().copied()))?;
        self.ended()
    }

    fn check_missing(&self, values: impl Iterator<Item = (usize, N)>) -> Result<(), Fault> {
        let checked = self.schema.check_missing(values);
        checked.map_err(|(place, what)| self.fault_at(place, what))
    }

    fn ended(&mut self) -> Result<(), Fault> {
        if std::mem::replace(&mut self.is_whole, true) {
            return Err(self.fault("found several records in one, expected one"));
        }
        match &mut self.training {
            None => {
                self.in_block += 1;
                if self.in_block >= self.schema.block_rows() {
                    self.hand_on();
                }
            }
            Some(Training {
                sparse: Some(sparse),
                ..
            }) if !self.values.is_empty() => {
                sparse.push((0..).zip(self.values.drain(..)));
            }
            Some(_) => {}
        }
        Ok(())
    }

    /// Ends the record, after its features and its label have been read, in either order.
    ///
    /// # Errors
    /// When training: features without a label, or a label without features.
    pub(crate) fn end_record(&mut self) -> Result<(), Fault> {
        let is_whole = std::mem::take(&mut self.is_whole);
        if let Some(training) = &mut self.training {
            if !is_whole {
                if training.targets.has(true) || training.targets.has(false) {
                    return Err(self.fault("found a label without a record, expected both"));
                }
                return Ok(());
            }
            match training.targets.end_record() {
                Ok(true) => {}
                Ok(false) => match &mut training.sparse {
                    Some(rows) => rows.pop(),
                    None => {
                        let start = self.values.len() - self.schema.n_features();
                        self.values.truncate(start);
                    }
                },
                Err(what) => return Err(self.fault(what)),
            }
        }
        self.n_rows += usize::from(is_whole);
        Ok(())
    }

    fn hand_on(&mut self) {
        (self.take)(N::rows(&self.values));
        self.values.clear();
        self.in_block = 0;
    }

    /// A fault of the row that is being decoded.
    pub(crate) fn fault(&self, what: impl Into<String>) -> Fault {
        Fault {
            row: Some(self.row_number() as u64),
            line: self.line,
            place: None,
            what: what.into(),
            is_misfit: false,
        }
    }

    /// A fault at a place of that row: `column 3`.
    pub(crate) fn fault_at(&self, place: impl fmt::Display, what: impl Into<String>) -> Fault {
        Fault {
            place: Some(place.to_string()),
            ..self.fault(what)
        }
    }

    /// The fault of a value that is not a number.
    pub(crate) fn no_number(
        &self,
        place: impl fmt::Display,
        found: &[u8],
        expected: &str,
    ) -> Fault {
        let found = excerpt(found);
        self.fault_at(place, format!("found \"{found}\", expected {expected}"))
    }

    /// Hands on what is left.
    ///
    /// # Errors
    /// There was no row at all.
    pub(crate) fn finish(mut self) -> Result<(), Fault> {
        if self.n_rows == 0 {
            return Err(Fault::whole(
                "the payload is empty, expected at least one row",
            ));
        }
        if self.in_block > 0 {
            self.hand_on();
        }
        Ok(())
    }

    /// What was read for training, up to a fault if there is one: records, labels and weights, and all
    /// rows if some are sparse.
    pub(crate) fn end(mut self) -> (usize, Targets, Option<SparseRows<N>>) {
        let Some(training) = self.training.take() else {
            unreachable!("a buffer for serving is finished, not ended")
        };
        if training.sparse.is_none() {
            // A record that was cut off by a fault may have left values.
            let whole = training.targets.n_rows() * self.schema.n_features();
            self.values.truncate(whole);
            self.hand_on();
        }
        (self.n_rows, training.targets, training.sparse)
    }
}

/// Ends the row that begins at `start`: the columns that it lacks are missing.
fn fill<N: Number>(values: &mut Vec<N>, start: usize, schema: &Schema) {
    let end = start + schema.n_features();
    if values.len() < end {
        let Some(missing) = N::MISSING else {
            unreachable!("only a type that has a missing value admits short rows")
        };
        values.resize(end, missing);
    }
}
