//! JSON documents and JSON Lines.
//!
//! A record is an array of values, or an object: `{"features": [...]}`,
//! `{"features": {"values": [...]}}`, `{"data": {"features": {"values": [...]}}}`, or one value a feature
//! by its name. A document is one record, an array of records, `{"instances": [records]}` or
//! `{"inputs": [records or tensors]}`. A value is a number, rounded once from its text; `null`, `"NaN"` and
//! a bare `NaN` (Python's json module writes it) are missing.
//!
//! A word like `features` means a form only where its value is an array or an object, and a feature's
//! name only where it is neither: a feature may have such a name.
//!
//! The parser is pulled through the text: nothing is kept but the row that is being read, and only what
//! is skipped can nest, within the parser's limit.

mod sparse;
mod tensors;

use jiter::{Jiter, JiterError, Peek};

use super::{
    csv::split_line,
    excerpt,
    number::{self, Number, fault},
    rows::RowBuffer,
};

/// What a value may be besides a number, for messages.
const OR_MISSING: &str = ", null or \"NaN\"";

/// # Errors
/// One line about the first record at fault, or about the place where the text is no JSON.
pub(super) fn decode<N: Number>(body: &[u8], rows: &mut RowBuffer<'_, N>) -> Result<(), String> {
    if body.trim_ascii().is_empty() {
        return Ok(());
    }
    let mut reader = Reader::new(body, rows);
    match reader.peek()? {
        Peek::Array => reader.records()?,
        Peek::Object => reader.object(Level::Document)?,
        _ => {
            let found = reader.found()?;
            return Err(format!("found {found}, expected an array or an object"));
        }
    }
    let end = reader.jiter.finish();
    end.map_err(|error| reader.syntax(&error))
}

/// One record a line; blank lines do not count.
///
/// # Errors
/// As those of [`decode`]; columns are those of the line.
pub(super) fn decode_lines<N: Number>(
    body: &[u8],
    rows: &mut RowBuffer<'_, N>,
) -> Result<(), String> {
    let mut rest = body;
    while !rest.is_empty() {
        let (line, after) = split_line(rest);
        rest = after;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let mut reader = Reader::new(line, rows);
        reader.record()?;
        let end = reader.jiter.finish();
        end.map_err(|error| {
            // The record before it is counted already.
            format!(
                "after row {}: {}",
                reader.rows.row_number() - 1,
                reader.place(&error)
            )
        })?;
    }
    Ok(())
}

struct Reader<'j, 'r, 'a, N: Number> {
    jiter: Jiter<'j>,
    body: &'j [u8],
    rows: &'r mut RowBuffer<'a, N>,
}

/// Where an object stands.
#[derive(Clone, Copy, PartialEq)]
enum Level {
    /// The whole document.
    Document,
    /// One record.
    Record,
    /// The value of `data`.
    Data,
}

/// A key that means a form.
#[derive(Clone, Copy, PartialEq)]
enum Word {
    Instances,
    Inputs,
    Features,
    Data,
}

impl Word {
    fn of(key: &str, level: Level) -> Option<Self> {
        match (key, level) {
            ("instances", Level::Document) => Some(Self::Instances),
            ("inputs", Level::Document) => Some(Self::Inputs),
            ("features", _) => Some(Self::Features),
            ("data", Level::Document | Level::Record) => Some(Self::Data),
            _ => None,
        }
    }
}

impl<'j, 'r, 'a, N: Number> Reader<'j, 'r, 'a, N> {
    fn new(body: &'j [u8], rows: &'r mut RowBuffer<'a, N>) -> Self {
        Self {
            jiter: Jiter::new(body).with_allow_inf_nan(),
            body,
            rows,
        }
    }

    /// An array of records, or one of values, which is one record. A model of one feature takes an array
    /// of values as a record each.
    fn records(&mut self) -> Result<(), String> {
        let first = self.jiter.known_array();
        let mut next = first.map_err(|error| self.syntax(&error))?;
        let is_row = next.is_some_and(|peek| !is_container(peek));
        if is_row && self.rows.schema().n_features() > 1 {
            return self.values(next);
        }
        while let Some(peek) = next {
            match peek {
                Peek::Array | Peek::Object => self.record()?,
                _ if is_row => {
                    self.value(peek)?;
                    self.rows.end_row()?;
                }
                _ => return Err(self.no_record()?),
            }
            next = self.step()?;
        }
        Ok(())
    }

    fn record(&mut self) -> Result<(), String> {
        match self.peek()? {
            Peek::Array => {
                let first = self.jiter.known_array();
                let first = first.map_err(|error| self.syntax(&error))?;
                self.values(first)
            }
            Peek::Object => self.object(Level::Record),
            _ => Err(self.no_record()?),
        }
    }

    fn no_record(&mut self) -> Result<String, String> {
        let (row, found) = (self.rows.row_number(), self.found()?);
        Ok(format!(
            "row {row}: found {found}, expected an array or an object"
        ))
    }

    /// The values of a row, of which `next` is the first.
    fn values(&mut self, mut next: Option<Peek>) -> Result<(), String> {
        while let Some(peek) = next {
            self.value(peek)?;
            next = self.step()?;
        }
        self.rows.end_row()
    }

    /// The next value of a row. One beyond the model's columns is only counted.
    fn value(&mut self, peek: Peek) -> Result<(), String> {
        let column = self.rows.column();
        let value = if column < self.rows.schema().n_features() {
            self.number(peek, |_| format!("column {}", column + 1))?
        } else {
            self.skip(peek)?;
            N::ZERO
        };
        self.rows.push(value);
        Ok(())
    }

    /// A number, or what stands for a missing one; `place` tells where it stands.
    fn number(&mut self, peek: Peek, place: impl Fn(&Self) -> String) -> Result<N, String> {
        let start = self.jiter.current_index();
        let value = match peek {
            Peek::Null => match self.jiter.known_null() {
                Ok(()) => N::MISSING,
                Err(error) => return Err(self.syntax(&error)),
            },
            Peek::String => match self.jiter.known_str() {
                Ok(text) => N::MISSING.filter(|_| text.eq_ignore_ascii_case("nan")),
                Err(error) => return Err(self.syntax(&error)),
            },
            Peek::True | Peek::False | Peek::Array | Peek::Object => None,
            _ => match self.jiter.known_number_bytes(peek) {
                Ok(b"NaN") => N::MISSING,
                Ok(text) => N::parse(text),
                Err(error) => return Err(self.syntax(&error)),
            },
        };
        value.ok_or_else(|| {
            let end = self.jiter.current_index();
            let found = if end > start {
                self.body.get(start..end).unwrap_or_default()
            } else {
                // Only looked at, and its end is not known.
                first_word(self.body.get(start..).unwrap_or_default())
            };
            let expected = number::expected::<N>(OR_MISSING);
            fault(self.rows.row_number(), &place(self), found, &expected)
        })
    }

    fn object(&mut self, level: Level) -> Result<(), String> {
        let row = self.rows.row_number();
        let mut named = Named::default();
        let mut form = None;
        let mut key = self.jiter.known_object();
        loop {
            let (word, column, unknown) = match key {
                Err(error) => return Err(self.syntax(&error)),
                Ok(None) => break,
                Ok(Some(key)) => {
                    let word = Word::of(key, level);
                    let column = self.rows.schema().column(key);
                    let is_unknown = word.is_none() && column.is_none();
                    (word, column, is_unknown.then(|| excerpt(key.as_bytes())))
                }
            };
            let peek = self.peek()?;
            match (word.filter(|_| is_container(peek)), column) {
                (Some(word), _) => {
                    if form.replace(word).is_some() || !named.values.is_empty() {
                        return Err(format!(
                            "row {row}: found several forms in one object, expected one of \
                             \"instances\", \"inputs\", \"features\" and \"data\""
                        ));
                    }
                    self.form(word, level, peek)?;
                }
                (None, Some(column)) if form.is_none() => {
                    let place = |reader: &Self| {
                        format!("feature {}", reader.rows.schema().column_name(column))
                    };
                    let value = self.number(peek, place)?;
                    named.set(column, value, self.rows)?;
                }
                _ => {
                    named.unknown = named.unknown.or(unknown);
                    self.skip(peek)?;
                }
            }
            key = self.jiter.next_key();
        }
        match form {
            // What else stands beside them (an id, a signature's name) does not matter.
            Some(_) => Ok(()),
            None => named.end(self.rows),
        }
    }

    fn form(&mut self, word: Word, level: Level, peek: Peek) -> Result<(), String> {
        match (word, peek) {
            (Word::Instances, Peek::Array) => self.records(),
            (Word::Inputs, Peek::Array) => self.inputs(),
            (Word::Data, Peek::Object) => self.object(Level::Data),
            (Word::Features, Peek::Array) if level == Level::Document => self.records(),
            (Word::Features, Peek::Array) => self.record(),
            (Word::Features, Peek::Object) => self.sparse(),
            (Word::Features, _) => Err("\"features\": expected an array or an object".to_owned()),
            (Word::Data, _) => Err(
                "\"data\": found an array, expected an object that holds \"features\"".to_owned(),
            ),
            (Word::Instances, _) => {
                Err("\"instances\": found an object, expected an array of records".to_owned())
            }
            (Word::Inputs, _) => Err(
                "\"inputs\": found an object, expected an array of records or tensors".to_owned(),
            ),
        }
    }

    fn peek(&mut self) -> Result<Peek, String> {
        self.jiter.peek().map_err(|error| self.syntax(&error))
    }

    fn step(&mut self) -> Result<Option<Peek>, String> {
        self.jiter.array_step().map_err(|error| self.syntax(&error))
    }

    fn skip(&mut self, peek: Peek) -> Result<(), String> {
        self.jiter
            .known_skip(peek)
            .map_err(|error| self.syntax(&error))
    }

    /// The value that comes next, for messages.
    fn found(&mut self) -> Result<String, String> {
        self.peek()?;
        let rest = self
            .body
            .get(self.jiter.current_index()..)
            .unwrap_or_default();
        Ok(excerpt(first_word(rest)))
    }

    /// What to say where the text is no JSON.
    fn syntax(&self, error: &JiterError) -> String {
        format!("row {}: {}", self.rows.row_number(), self.place(error))
    }

    fn place(&self, error: &JiterError) -> String {
        let position = self.jiter.error_position(error.index);
        format!(
            "{} at line {}, column {}",
            error.error_type, position.line, position.column
        )
    }
}

fn is_container(peek: Peek) -> bool {
    matches!(peek, Peek::Array | Peek::Object)
}

/// A value up to where it may end.
fn first_word(text: &[u8]) -> &[u8] {
    let end = text
        .iter()
        .skip(1)
        .position(|byte| matches!(byte, b',' | b']' | b'}' | b'\n' | b'\r'));
    end.and_then(|end| text.get(..=end)).unwrap_or(text)
}

/// The values of a record by feature name.
struct Named<N> {
    /// Empty until the first one.
    values: Vec<N>,
    is_set: Vec<bool>,
    unknown: Option<String>,
}

impl<N> Default for Named<N> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            is_set: Vec::new(),
            unknown: None,
        }
    }
}

impl<N: Number> Named<N> {
    fn set(&mut self, column: usize, value: N, rows: &RowBuffer<'_, N>) -> Result<(), String> {
        let schema = rows.schema();
        self.values.resize(schema.n_features(), N::ZERO);
        self.is_set.resize(schema.n_features(), false);
        if let (Some(place), Some(is_set)) =
            (self.values.get_mut(column), self.is_set.get_mut(column))
        {
            if std::mem::replace(is_set, true) {
                return Err(format!(
                    "row {}: found feature {} twice, expected it once",
                    rows.row_number(),
                    schema.column_name(column)
                ));
            }
            *place = value;
        }
        Ok(())
    }

    fn end(self, rows: &mut RowBuffer<'_, N>) -> Result<(), String> {
        let (row, schema) = (rows.row_number(), rows.schema());
        if let Some(unknown) = self.unknown {
            return Err(format!(
                "row {row}: found \"{unknown}\", the model has {}",
                schema.known_names()
            ));
        }
        if self.values.is_empty() {
            return Err(format!(
                "row {row}: found an empty object, expected \"features\" or values by feature name"
            ));
        }
        if let Some(column) = self.is_set.iter().position(|is_set| !is_set) {
            let name = schema.column_name(column);
            return Err(format!(
                "row {row}: feature {name} is not there, expected all features"
            ));
        }
        self.values.into_iter().for_each(|value| rows.push(value));
        rows.end_row()
    }
}

#[cfg(test)]
mod tests;
