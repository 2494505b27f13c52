//! Answers as text: CSV, JSON, JSON Lines, and the lines that a batch transform job gets.

use algorithm::PredictError;
use records::Format;

use super::{
    Dialect,
    keys::Keys,
    objective::{Value, number},
    repr,
};
use crate::answer::{self, Cells, Writer};

/// What surrounds the values.
#[derive(Clone, Copy, PartialEq)]
enum Layout {
    /// Fields separated by commas. Lines of predictions all end in LF; those of selected keys are separated by it.
    Csv,
    /// One document.
    Json,
    /// A document a line.
    JsonLines,
    /// A line for each prediction, as Python prints it.
    Printed,
}

/// How NaN and infinities are written.
#[derive(Clone, Copy)]
enum NotFinite {
    /// As Python prints them.
    Named,
    /// As null, since JSON has no such numbers.
    Null,
}

pub(super) struct TextWriter<'a> {
    dialect: &'a Dialect,
    layout: Layout,
    content_type: &'static str,
    /// Keys of objects as JSON.
    names: Vec<String>,
}

impl<'a> TextWriter<'a> {
    pub(super) fn new(dialect: &'a Dialect, format: Format) -> Self {
        let (layout, content_type) = match format {
            Format::Json => (Layout::Json, "application/json"),
            Format::JsonLines => (Layout::JsonLines, "application/jsonlines"),
            // Only a batch transform job gets text for the last one.
            Format::RecordIo => (Layout::Printed, "application/x-recordio-protobuf"),
            _ => (Layout::Csv, "text/csv; charset=utf-8"),
        };
        let is_printed = dialect.is_batch && dialect.keys.is_none();
        let names = dialect.keys.iter().flat_map(Keys::ordered);
        Self {
            dialect,
            layout: if is_printed { Layout::Printed } else { layout },
            content_type,
            names: names
                .map(|(_, name)| serde_json::Value::from(name).to_string())
                .collect(),
        }
    }

    fn record(
        &self,
        cells: &Cells<'_>,
        row: usize,
        answer: &mut Vec<u8>,
    ) -> Result<(), PredictError> {
        let Dialect {
            objective,
            n_labels,
            ..
        } = *self.dialect;
        match (&self.dialect.keys, self.layout) {
            (None, Layout::Csv) => {
                match objective.prediction(cells, row)? {
                    Value::Numbers(numbers) => items(numbers.len(), b",", answer, |i, answer| {
                        repr::float(number(numbers, i), answer);
                    }),
                    prediction => value(prediction, NotFinite::Named, answer),
                }
                answer.push(b'\n');
            }
            (None, Layout::Printed) => {
                value(objective.prediction(cells, row)?, NotFinite::Named, answer);
                answer.push(b'\n');
            }
            (None, Layout::Json | Layout::JsonLines) => {
                answer.extend_from_slice(b"{\"score\": ");
                value(objective.prediction(cells, row)?, NotFinite::Null, answer);
                answer.push(b'}');
            }
            (Some(keys), Layout::Csv | Layout::Printed) => {
                for (position, key) in keys.asked().enumerate() {
                    if position > 0 {
                        answer.push(b',');
                    }
                    let field = objective.value(key, n_labels, cells, row)?;
                    let quote: &[u8] = if field.is_list() { b"\"" } else { b"" };
                    answer.extend_from_slice(quote);
                    value(field, NotFinite::Named, answer);
                    answer.extend_from_slice(quote);
                }
            }
            (Some(keys), Layout::Json | Layout::JsonLines) => {
                for (position, ((key, _), name)) in keys.ordered().zip(&self.names).enumerate() {
                    let before: &[u8] = if position == 0 { b"{" } else { b", " };
                    answer.extend_from_slice(before);
                    answer.extend_from_slice(name.as_bytes());
                    answer.extend_from_slice(b": ");
                    let field = objective.value(key, n_labels, cells, row)?;
                    value(field, NotFinite::Null, answer);
                }
                answer.push(b'}');
            }
        }
        if self.layout == Layout::JsonLines {
            answer.push(b'\n');
        }
        Ok(())
    }

    /// Whether records of CSV are separated by line ends, not ended.
    fn is_separated(&self) -> bool {
        self.layout == Layout::Csv && self.dialect.keys.is_some()
    }
}

impl Writer for TextWriter<'_> {
    fn content_type(&self) -> &'static str {
        self.content_type
    }

    fn begin(&mut self, answer: &mut Vec<u8>) {
        if self.layout == Layout::Json {
            answer.extend_from_slice(b"{\"predictions\": [");
        }
    }

    fn separate(&self, answer: &mut Vec<u8>) {
        if self.layout == Layout::Json && answer.last() == Some(&b'}') {
            answer.extend_from_slice(b", ");
        }
        if self.is_separated() && !answer.is_empty() {
            answer.push(b'\n');
        }
    }

    fn records(
        &mut self,
        _: &[answer::Key],
        cells: &Cells<'_>,
        answer: &mut Vec<u8>,
    ) -> Result<(), PredictError> {
        for row in 0..cells.n_rows() {
            self.separate(answer);
            self.record(cells, row, answer)?;
        }
        Ok(())
    }

    fn end(&mut self, _n_rows: usize, answer: &mut Vec<u8>) {
        if self.layout == Layout::Json {
            answer.extend_from_slice(b"]}");
        }
        if self.is_separated() && self.dialect.is_batch {
            answer.push(b'\n');
        }
    }
}

/// A value as Python prints it, a list in brackets.
fn value(value: Value<'_>, not_finite: NotFinite, text: &mut Vec<u8>) {
    let float = |value: f64, text: &mut Vec<u8>| match not_finite {
        NotFinite::Null if !value.is_finite() => text.extend_from_slice(b"null"),
        _ => repr::float(value, text),
    };
    let list = |length, text: &mut Vec<u8>, item: &dyn Fn(usize, &mut Vec<u8>)| {
        text.push(b'[');
        items(length, b", ", text, item);
        text.push(b']');
    };
    match value {
        Value::Missing => float(f64::NAN, text),
        Value::Number(number) => float(number, text),
        Value::Class(class) => text.extend_from_slice(class.to_string().as_bytes()),
        Value::Pair(pair) => list(2, text, &|i, text| float(pair[i], text)),
        Value::Numbers(numbers) => {
            list(numbers.len(), text, &|i, text| {
                float(number(numbers, i), text)
            });
        }
        Value::Labels(count) => list(count, text, &|label, text| {
            text.extend_from_slice(label.to_string().as_bytes());
        }),
    }
}

fn items(length: usize, separator: &[u8], text: &mut Vec<u8>, item: impl Fn(usize, &mut Vec<u8>)) {
    for position in 0..length {
        if position > 0 {
            text.extend_from_slice(separator);
        }
        item(position, text);
    }
}
