//! A block of text into numbers: the loop that every byte of the training data goes through.

use algorithm::Task;

use super::{
    blocks::is_blank,
    field::{End, Field, Malformed, field, number, plain_number},
    first_line::label_columns,
    labels::{self, Dictionary},
    problem::{Problem, quoted},
};

/// What each record holds, in this order: label and weight, if there are such columns, and features.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) task: Task,
    pub(crate) n_features: usize,
    pub(crate) weighted: bool,
    /// The line that says so, for messages.
    pub(crate) given_by: String,
}

impl Layout {
    /// Columns before the features.
    pub(crate) fn leading(&self) -> usize {
        label_columns(self.task) + usize::from(self.weighted)
    }

    /// Columns of a record.
    pub(crate) fn width(&self) -> usize {
        self.leading() + self.n_features
    }
}

/// The records of a block.
#[derive(Default, Debug)]
pub(crate) struct Parsed {
    pub(crate) n_rows: usize,
    /// `n_features` columns of `n_rows` values.
    pub(crate) columns: Vec<f32>,
    /// Of [`Task::Classes`]: one a row, by `labels`.
    pub(crate) codes: Vec<u32>,
    /// Of [`Task::Numbers`]: one a row.
    pub(crate) numbers: Vec<f32>,
    /// Empty if the layout has none.
    pub(crate) weights: Vec<f32>,
    pub(crate) labels: Dictionary,
    pub(crate) missing: u64,
    /// Rows left out because their weight is 0.
    pub(crate) weightless: u64,
    pub(crate) lines: u64,
    /// The first problem; what follows it is not read.
    pub(crate) problem: Option<Problem>,
}

/// Reads a block of whole records. Lines count from 1 at its beginning.
pub(crate) fn parse(block: &[u8], layout: &Layout) -> Parsed {
    let mut parser = Parser {
        block,
        layout,
        position: 0,
        line: 1,
        rows: Vec::with_capacity(block.len() / 6),
        parsed: Parsed::default(),
    };
    while parser.position < block.len() {
        if let Some(next) = blank_line_end(block, parser.position) {
            parser.position = next;
            parser.line += 1;
        } else if let Err(problem) = parser.record() {
            parser.parsed.problem = Some(problem);
            break;
        }
    }
    parser.finish()
}

/// Where the next line begins if the one at `start` is blank.
pub(crate) fn blank_line_end(block: &[u8], start: usize) -> Option<usize> {
    let rest = block.get(start..)?;
    let blanks = rest.iter().take_while(|byte| is_blank(**byte)).count();
    match rest.get(blanks..)? {
        [] | [b'\r'] => Some(block.len()),
        [b'\n', ..] => Some(start + blanks + 1),
        [b'\r', b'\n', ..] => Some(start + blanks + 2),
        _ => None,
    }
}

struct Parser<'a> {
    block: &'a [u8],
    layout: &'a Layout,
    position: usize,
    line: u64,
    /// Row by row, for a row's fields come one after another.
    rows: Vec<f32>,
    parsed: Parsed,
}

impl<'a> Parser<'a> {
    fn record(&mut self) -> Result<(), Problem> {
        let row_start = self.rows.len();
        match self.layout.task {
            Task::Classes => self.class()?,
            Task::Numbers => self.number()?,
            Task::Unlabelled => {}
        }
        if self.layout.weighted {
            let column = self.layout.leading();
            let weight = self.field(column)?;
            match number(&weight.text).filter(|value| *value >= 0.0) {
                Some(value) => self.parsed.weights.push(value),
                None => {
                    let what = format!(
                        "found {}, expected the row's weight, a number from 0 up",
                        quoted(&weight.text)
                    );
                    return Err(Problem::new(self.line, column, what));
                }
            }
            self.advance(column, &weight)?;
        }
        self.features()?;
        if self.layout.weighted && self.parsed.weights.last() == Some(&0.0) {
            // As scikit-learn does: such a row counts nowhere. Its label stays a label.
            self.parsed.weights.pop();
            self.parsed.codes.truncate(self.parsed.n_rows);
            self.parsed.numbers.truncate(self.parsed.n_rows);
            self.rows.truncate(row_start);
            self.parsed.weightless += 1;
        } else {
            self.parsed.n_rows += 1;
        }
        self.line += 1;
        Ok(())
    }

    /// The label column of [`Task::Classes`].
    fn class(&mut self) -> Result<(), Problem> {
        let label = self.field(1)?;
        let code = self.parsed.labels.code(&label.text).map_err(|what| {
            let found = quoted(&label.text);
            Problem::new(
                self.line,
                1,
                format!("found {found}, which {what}; expected {}", labels::EXPECTED),
            )
        })?;
        self.parsed.codes.push(code);
        self.advance(1, &label)
    }

    /// The label column of [`Task::Numbers`].
    fn number(&mut self) -> Result<(), Problem> {
        let label = self.field(1)?;
        let Some(value) = number(&label.text).filter(|value| !value.is_nan()) else {
            let what = format!(
                "found {}, expected the number to learn, finite and within float32",
                quoted(&label.text)
            );
            return Err(Problem::new(self.line, 1, what));
        };
        self.parsed.numbers.push(value);
        self.advance(1, &label)
    }

    fn features(&mut self) -> Result<(), Problem> {
        let leading = self.layout.leading();
        let width = self.layout.width();
        for column in leading + 1..=width {
            match plain_number(self.block, self.position) {
                Some((value, end, next)) => {
                    self.rows.push(value);
                    self.position = next;
                    self.check_end(column, end)?;
                }
                None => self.odd_feature(column)?,
            }
        }
        Ok(())
    }

    /// A feature that is not just a plain number: quoted, blanks around it, missing, or none at all.
    #[cold]
    fn odd_feature(&mut self, column: usize) -> Result<(), Problem> {
        let field = self.field(column)?;
        let Some(value) = number(&field.text) else {
            let what = format!(
                "found {}, expected a finite number within float32, or an empty field or NaN where the value is missing",
                quoted(&field.text)
            );
            return Err(Problem::new(self.line, column, what));
        };
        self.parsed.missing += u64::from(value.is_nan());
        self.rows.push(value);
        self.advance(column, &field)
    }

    fn field(&self, column: usize) -> Result<Field<'a>, Problem> {
        field(self.block, self.position)
            .map_err(|malformed| Problem::new(self.line, column, describe(malformed)))
    }

    /// Goes on after `field`.
    fn advance(&mut self, column: usize, field: &Field<'_>) -> Result<(), Problem> {
        self.position = field.next;
        self.check_end(column, field.end)?;
        self.line += field.line_ends;
        Ok(())
    }

    /// Checks that the record ends after its last column.
    fn check_end(&self, column: usize, end: End) -> Result<(), Problem> {
        let width = self.layout.width();
        if (end == End::Record) == (column == width) {
            return Ok(());
        }
        let found = match end {
            End::Record => format!("the line ends after {column} columns"),
            End::Comma => format!("the line goes on after {column} columns"),
        };
        let place = column + 1;
        let what = format!("{found}, expected {width} as in {}", self.layout.given_by);
        Err(Problem::new(self.line, place, what))
    }

    fn finish(mut self) -> Parsed {
        let n_features = self.layout.n_features;
        let n_rows = self.parsed.n_rows;
        self.parsed.lines = self.line - 1;
        self.parsed.columns = Vec::with_capacity(n_rows * n_features);
        for feature in 0..n_features {
            let column = self.rows.iter().skip(feature).step_by(n_features);
            self.parsed.columns.extend(column.take(n_rows));
        }
        self.parsed
    }
}

/// What is wrong with a field's quotes.
pub(crate) fn describe(malformed: Malformed) -> &'static str {
    match malformed {
        Malformed::Unclosed => {
            "found a quote that is not closed, expected a closing quote within the next 64 MiB"
        }
        Malformed::AfterQuote => {
            "found text after a closing quote, expected a comma or the end of the line"
        }
    }
}
