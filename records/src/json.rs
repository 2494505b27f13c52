//! JSON documents and JSON Lines.
//!
//! A record is an array of values, or an object: `{"features": [...]}`,
//! `{"features": {"values": [...]}}`, `{"data": {"features": {"values": [...]}}}`, or one value a feature
//! by its name. A document is one record, an array of records, `{"instances": [records]}` or
//! `{"inputs": [records or tensors]}`. A value is a number, rounded once from its text; `null`, `"NaN"` and
//! a bare `NaN` (Python's json module writes it) are missing.
//!
//! When training, the first values of an array are the label and perhaps the weight; an object has them
//! under the keys `label` and `weight`, beside any of its forms.
//!
//! A word like `features` means a form only if its value is an array or an object, and a feature's name
//! only if it is neither: a feature may have such a name.
//!
//! The text is parsed as a stream: only the row that is being read is kept. Only values that are skipped can
//! nest, up to the parser's limit.

mod columns;
mod sparse;
mod tensors;

use std::fmt;

use algorithm::text::excerpt;
use jiter::{Jiter, JiterError, Peek};

use crate::{
    fault::Fault,
    leading::Leading,
    named::Named,
    number::{self, Number},
    rows::RowBuffer,
    text::lines,
};

pub(crate) use columns::columns;

/// What a value may be besides a number, for messages.
const OR_MISSING: &str = ", null or \"NaN\"";

/// Reads the records of a document.
///
/// # Errors
/// The first record at fault, or the place at which the text is no JSON.
pub(crate) fn decode<N: Number>(body: &[u8], rows: &mut RowBuffer<'_, N>) -> Result<(), Fault> {
    if body.trim_ascii().is_empty() {
        return Ok(());
    }
    let mut reader = Reader::new(body, rows, false);
    match reader.peek()? {
        Peek::Array => reader.records(true)?,
        Peek::Object => reader.object(Level::Document)?,
        _ => {
            let found = reader.found()?;
            let what = format!("found {found}, expected an array or an object");
            return Err(Fault::whole(what));
        }
    }
    let end = reader.jiter.finish();
    end.map_err(|error| reader.syntax(&error))?;
    rows.end_record()
}

/// Reads one record a line; blank lines do not count.
///
/// # Errors
/// As those of [`decode`].
pub(crate) fn decode_lines<N: Number>(
    body: &[u8],
    rows: &mut RowBuffer<'_, N>,
) -> Result<(), Fault> {
    for (number, line) in lines(body) {
        rows.line = Some(number);
        if line.trim_ascii().is_empty() {
            continue;
        }
        let mut reader = Reader::new(line, rows, true);
        reader.record()?;
        let end = reader.jiter.finish();
        end.map_err(|error| reader.syntax(&error))?;
        rows.end_record()?;
    }
    Ok(())
}

struct Reader<'j, 'r, 'a, N: Number> {
    jiter: Jiter<'j>,
    body: &'j [u8],
    rows: &'r mut RowBuffer<'a, N>,
    /// The text is one line of many.
    is_line: bool,
}

/// The level of an object.
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

/// What training reads beside the features.
#[derive(Clone, Copy, PartialEq)]
enum Lead {
    Label,
    Weight,
}

impl Lead {
    fn of(key: &str) -> Option<Self> {
        match key {
            "label" => Some(Self::Label),
            "weight" => Some(Self::Weight),
            _ => None,
        }
    }
}

impl<'j, 'r, 'a, N: Number> Reader<'j, 'r, 'a, N> {
    fn new(body: &'j [u8], rows: &'r mut RowBuffer<'a, N>, is_line: bool) -> Self {
        Self {
            jiter: Jiter::new(body).with_allow_inf_nan(),
            body,
            rows,
            is_line,
        }
    }

    /// An array of records, or of values, which is one record; `is_led` if label and weight come before such
    /// values. For a model of one feature, each value of an array is a record.
    fn records(&mut self, is_led: bool) -> Result<(), Fault> {
        let first = self.jiter.known_array();
        let mut next = first.map_err(|error| self.syntax(&error))?;
        let is_row = next.is_some_and(|peek| !is_container(peek));
        let n_leading = if is_led {
            self.rows.leading().count()
        } else {
            0
        };
        if is_row && self.rows.schema().n_features() + n_leading > 1 {
            return self.values(next, is_led);
        }
        while let Some(peek) = next {
            match peek {
                Peek::Array | Peek::Object => self.record()?,
                _ if is_row => {
                    self.value(peek, 0)?;
                    self.rows.end_row(Leading::default())?;
                }
                _ => return Err(self.no_record()?),
            }
            self.rows.end_record()?;
            next = self.step()?;
        }
        Ok(())
    }

    fn record(&mut self) -> Result<(), Fault> {
        match self.peek()? {
            Peek::Array => self.array(true),
            Peek::Object => self.object(Level::Record),
            _ => Err(self.no_record()?),
        }
    }

    fn no_record(&mut self) -> Result<Fault, Fault> {
        let found = self.found()?;
        let what = format!("found {found}, expected an array or an object");
        Ok(self.rows.fault(what))
    }

    /// An array of values, which comes next.
    fn array(&mut self, is_led: bool) -> Result<(), Fault> {
        let first = self.jiter.known_array();
        let first = first.map_err(|error| self.syntax(&error))?;
        self.values(first, is_led)
    }

    /// The values of a row, of which `next` is the first.
    fn values(&mut self, mut next: Option<Peek>, is_led: bool) -> Result<(), Fault> {
        let leading = if is_led {
            self.rows.leading()
        } else {
            Leading::default()
        };
        let leads = [(leading.label, Lead::Label), (leading.weight, Lead::Weight)];
        let leads = leads.into_iter().filter(|(is_there, _)| *is_there);
        for (column, (_, lead)) in leads.enumerate() {
            let Some(peek) = next else {
                let what = self.rows.schema().wrong_columns(column, leading);
                return Err(self.rows.fault(what));
            };
            self.lead(lead, peek, format_args!("column {}", column + 1))?;
            next = self.step()?;
        }
        while let Some(peek) = next {
            self.value(peek, leading.count())?;
            next = self.step()?;
        }
        self.rows.end_row(leading)
    }

    /// The next value of a row, `n_leading` values being before the features. A value beyond the columns is
    /// only counted.
    fn value(&mut self, peek: Peek, n_leading: usize) -> Result<(), Fault> {
        let column = self.rows.column();
        let value = if column < self.rows.schema().n_features() {
            self.number(peek, |_| format!("column {}", n_leading + column + 1))?
        } else {
            self.skip(peek)?;
            N::ZERO
        };
        self.rows.push(value);
        Ok(())
    }

    /// A number, or what stands for a missing one; `place` says where it is.
    fn number(&mut self, peek: Peek, place: impl Fn(&Self) -> String) -> Result<N, Fault> {
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
            let found = self.found_from(start);
            let expected = number::expected::<N>(OR_MISSING);
            self.rows.no_number(place(self), found, &expected)
        })
    }

    /// A label or a weight, at `place`: a string, or the text of a number.
    fn lead(&mut self, lead: Lead, peek: Peek, place: impl fmt::Display) -> Result<(), Fault> {
        let is_label = lead == Lead::Label;
        let Some(targets) = self.rows.targets() else {
            unreachable!("only training asks for labels")
        };
        if is_label && !targets.is_labelled() {
            return self.skip(peek);
        }
        if targets.has(is_label) {
            return Err(self.rows.fault_at(place, "found twice, expected once"));
        }
        let start = self.jiter.current_index();
        let text = match peek {
            Peek::String => match self.jiter.known_str() {
                Ok(text) => Some(text.as_bytes().to_vec()),
                Err(error) => return Err(self.syntax(&error)),
            },
            Peek::Null | Peek::True | Peek::False | Peek::Array | Peek::Object => None,
            _ => match self.jiter.known_number_bytes(peek) {
                Ok(text) => Some(text).filter(|text| <f64 as Number>::parse(text).is_some()),
                Err(error) => return Err(self.syntax(&error)),
            }
            .map(<[u8]>::to_vec),
        };
        let taken = match (text, self.rows.targets()) {
            (Some(text), Some(targets)) if is_label => targets.set_label(&text),
            (Some(text), Some(targets)) => targets.set_weight(&text),
            _ => {
                let expected = if is_label {
                    "a string or a finite number"
                } else {
                    "the row's weight, a number from 0 up"
                };
                let found = excerpt(self.found_from(start));
                Err(format!("found {found}, expected {expected}"))
            }
        };
        taken.map_err(|what| self.rows.fault_at(place, what))
    }

    fn object(&mut self, level: Level) -> Result<(), Fault> {
        let mut named = Named::new();
        let mut unknown = None;
        let mut form = None;
        let is_training = self.rows.targets().is_some();
        let mut key = self.jiter.known_object();
        loop {
            let (lead, word, column, shown) = match key {
                Err(error) => return Err(self.syntax(&error)),
                Ok(None) => break,
                Ok(Some(key)) => {
                    let lead = Lead::of(key).filter(|_| is_training);
                    let word = Word::of(key, level);
                    let column = self.rows.schema().column(key);
                    let is_unknown = word.is_none() && column.is_none();
                    (
                        lead,
                        word,
                        column,
                        is_unknown.then(|| excerpt(key.as_bytes())),
                    )
                }
            };
            let peek = self.peek()?;
            match (lead, word.filter(|_| is_container(peek)), column) {
                (Some(lead), ..) => {
                    let place = match lead {
                        Lead::Label => "label",
                        Lead::Weight => "weight",
                    };
                    self.lead(lead, peek, place)?;
                }
                (None, Some(word), _) => {
                    if form.replace(word).is_some() || !named.is_empty() {
                        return Err(self.rows.fault(
                            "found several forms in one object, expected one of \"instances\", \
                             \"inputs\", \"features\" and \"data\"",
                        ));
                    }
                    self.form(word, level, peek)?;
                }
                (None, None, Some(column)) if form.is_none() => {
                    let place = |reader: &Self| {
                        format!("feature {}", reader.rows.schema().column_name(column))
                    };
                    let value = self.number(peek, place)?;
                    named.set(column, value, self.rows)?;
                }
                _ => {
                    unknown = unknown.or(shown);
                    self.skip(peek)?;
                }
            }
            key = self.jiter.next_key();
        }
        if form.is_some() {
            // Other keys beside a form (an id, a signature's name) do not matter.
            return Ok(());
        }
        if let Some(unknown) = unknown {
            let (owner, known) = (self.rows.schema().owner(), self.rows.schema().known_names());
            return Err(self
                .rows
                .fault(format!("found \"{unknown}\", {owner} {known}")));
        }
        if named.is_empty() {
            return Err(self
                .rows
                .fault("found an empty object, expected \"features\" or values by feature name"));
        }
        named.end(self.rows)
    }

    fn form(&mut self, word: Word, level: Level, peek: Peek) -> Result<(), Fault> {
        let what = match (word, peek) {
            (Word::Instances, Peek::Array) => return self.records(true),
            (Word::Inputs, Peek::Array) => return self.inputs(),
            (Word::Data, Peek::Object) => return self.object(Level::Data),
            (Word::Features, Peek::Array) if level == Level::Document => {
                return self.records(false);
            }
            (Word::Features, Peek::Array) => return self.array(false),
            (Word::Features, Peek::Object) => return self.sparse(),
            (Word::Features, _) => "\"features\": expected an array or an object",
            (Word::Data, _) => {
                "\"data\": found an array, expected an object that holds \"features\""
            }
            (Word::Instances, _) => "\"instances\": found an object, expected an array of records",
            (Word::Inputs, _) => {
                "\"inputs\": found an object, expected an array of records or tensors"
            }
        };
        Err(if self.is_line {
            self.rows.fault(what)
        } else {
            Fault::whole(what)
        })
    }

    fn peek(&mut self) -> Result<Peek, Fault> {
        self.jiter.peek().map_err(|error| self.syntax(&error))
    }

    fn step(&mut self) -> Result<Option<Peek>, Fault> {
        self.jiter.array_step().map_err(|error| self.syntax(&error))
    }

    fn skip(&mut self, peek: Peek) -> Result<(), Fault> {
        self.jiter
            .known_skip(peek)
            .map_err(|error| self.syntax(&error))
    }

    /// The value that comes next, for messages.
    fn found(&mut self) -> Result<String, Fault> {
        self.peek()?;
        Ok(excerpt(self.found_from(self.jiter.current_index())))
    }

    /// The value that begins at `start`, for messages.
    fn found_from(&self, start: usize) -> &'j [u8] {
        let end = self.jiter.current_index();
        if end > start {
            &self.body[start..end]
        } else {
            // Only looked at, and its end is not known.
            first_word(&self.body[start..])
        }
    }

    /// What to say if the text is no JSON.
    fn syntax(&self, error: &JiterError) -> Fault {
        self.rows.fault(self.place(error))
    }

    fn place(&self, error: &JiterError) -> String {
        let position = self.jiter.error_position(error.index);
        let (kind, line, column) = (&error.error_type, position.line, position.column);
        if self.is_line {
            format!("{kind} at column {column}")
        } else {
            format!("{kind} at line {line}, column {column}")
        }
    }
}

fn is_container(peek: Peek) -> bool {
    matches!(peek, Peek::Array | Peek::Object)
}

/// A value up to where it may end.
fn first_word(text: &[u8]) -> &[u8] {
    let is_end = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b'\n' | b'\r');
    let end = text.iter().skip(1).position(is_end);
    &text[..end.map_or(text.len(), |end| end + 1)]
}

#[cfg(test)]
mod tests;
