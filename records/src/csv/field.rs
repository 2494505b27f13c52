//! One field of a record: where it ends and what is in it.

use std::borrow::Cow;

use memchr::{memchr, memchr3};
use thiserror::Error;

use crate::text::{count_lines, is_blank, line_end, trimmed};

/// What follows a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// A comma: another field of the same record.
    Comma,
    /// The end of the record, or of the text.
    Record,
}

/// A field without the blanks and quotes around it.
#[derive(Debug)]
pub(super) struct Field<'a> {
    pub(super) text: Cow<'a, [u8]>,
    pub(super) end: End,
    /// Where the next field begins.
    pub(super) next: usize,
    /// Line ends within its quotes.
    pub(super) line_ends: u64,
}

/// Why a field does not end properly.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// The quote that opens the field is not closed.
    #[error("found a quote that is not closed, expected a closing quote within the next 64 MiB")]
    Unclosed,
    /// There is text between the closing quote and the comma.
    #[error("found text after a closing quote, expected a comma or the end of the line")]
    AfterQuote,
}

/// A whole record.
#[derive(Debug)]
pub(crate) struct Record<'a> {
    pub(crate) fields: Vec<Cow<'a, [u8]>>,
    /// Bytes, with the record's end.
    pub(crate) length: usize,
    pub(crate) n_lines: u64,
}

/// The record that `text` begins with.
///
/// # Errors
/// The column, from 1, of a field that does not end properly.
pub(crate) fn record(text: &[u8]) -> Result<Record<'_>, (usize, Malformed)> {
    let mut rest = Fields::new(text);
    let fields = rest.by_ref().collect::<Result<_, _>>()?;
    Ok(Record {
        fields,
        length: rest.length,
        n_lines: rest.n_lines,
    })
}

/// The fields of the record that a text begins with, found one at a time: a list of them could be large,
/// since a payload of commas has as many fields as bytes.
pub(super) struct Fields<'a> {
    text: &'a [u8],
    n_fields: usize,
    has_ended: bool,
    /// Bytes up to the next field; after the last one, those of the record with its end.
    pub(super) length: usize,
    /// Lines up to the next field, its own included.
    pub(super) n_lines: u64,
}

impl<'a> Fields<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self {
            text,
            n_fields: 0,
            has_ended: false,
            length: 0,
            n_lines: 1,
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    /// A field's text; or the column, from 1, of a field that does not end properly, which ends the record.
    type Item = Result<Cow<'a, [u8]>, (usize, Malformed)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_ended {
            return None;
        }
        self.n_fields += 1;
        Some(match field(self.text, self.length) {
            Ok(field) => {
                self.length = field.next;
                self.n_lines += field.line_ends;
                self.has_ended = field.end == End::Record;
                Ok(field.text)
            }
            Err(malformed) => {
                self.has_ended = true;
                Err((self.n_fields, malformed))
            }
        })
    }
}

/// The field that begins at `start`.
pub(super) fn field(text: &[u8], start: usize) -> Result<Field<'_>, Malformed> {
    let rest = &text[start..];
    let blanks = rest.iter().take_while(|byte| is_blank(**byte)).count();
    if rest.get(blanks) == Some(&b'"') {
        return quoted_field(text, start + blanks + 1);
    }
    let length = memchr3(b',', b'\n', b'\r', rest).unwrap_or(rest.len());
    let (end, width) = end_of(&rest[length..]);
    Ok(Field {
        text: Cow::Borrowed(trimmed(&rest[..length])),
        end,
        next: start + length + width,
        line_ends: 0,
    })
}

/// What `rest`, which begins with a comma or a line end or is empty, says about a field's end, and the
/// width of that end.
fn end_of(rest: &[u8]) -> (End, usize) {
    match rest {
        [b',', ..] => (End::Comma, 1),
        _ => (End::Record, line_end(rest)),
    }
}

/// The field whose text begins at `start`, after the opening quote.
fn quoted_field(text: &[u8], start: usize) -> Result<Field<'_>, Malformed> {
    let mut inside = Cow::Borrowed(&[][..]);
    let mut at = start;
    loop {
        let rest = &text[at..];
        let close = memchr(b'"', rest).ok_or(Malformed::Unclosed)?;
        let part = &rest[..close];
        if inside.is_empty() {
            inside = Cow::Borrowed(part);
        } else {
            inside.to_mut().extend_from_slice(part);
        }
        at += close + 1;
        if text.get(at) != Some(&b'"') {
            break;
        }
        inside.to_mut().push(b'"');
        at += 1;
    }
    let line_ends = count_lines(&text[start..at]) as u64;
    let after = &text[at..];
    let blanks = after.iter().take_while(|byte| is_blank(**byte)).count();
    let after = &after[blanks..];
    let (end, width) = end_of(after);
    if width == 0 && !after.is_empty() {
        return Err(Malformed::AfterQuote);
    }
    Ok(Field {
        text: inside,
        end,
        next: at + blanks + width,
        line_ends,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(line: &str) -> Vec<String> {
        let record = record(line.as_bytes()).unwrap();
        let text = |field: &Cow<'_, [u8]>| String::from_utf8_lossy(field).into_owned();
        record.fields.iter().map(text).collect()
    }

    #[test]
    fn quotes_and_blanks_do_not_belong_to_a_field() {
        assert_eq!(fields("a, b ,\t\"c, d\" ,"), ["a", "b", "c, d", ""]);
        assert_eq!(fields("\"say \"\"hi\"\"\",2\r\n3"), ["say \"hi\"", "2"]);
        assert_eq!(fields("\"\"\"\",\"\"\r3"), ["\"", ""]);
        assert_eq!(fields("5\" leaf,1\n"), ["5\" leaf", "1"]);
        assert_eq!(fields("\"\"\"a\"\"\"\n"), ["\"a\""]);
    }

    #[test]
    fn line_ends_in_quotes_are_counted() {
        let text = b"\"a\r\nb\rc\n\",\"d\",e\r\nf";
        let mut fields = Fields::new(text);
        let lines: Vec<u64> =
            std::iter::from_fn(|| fields.next().map(|_| fields.n_lines)).collect();
        assert_eq!(lines, [4, 4, 4]);
        let record = record(text).unwrap();
        assert_eq!((record.n_lines, record.length), (4, 17));
    }

    #[test]
    fn a_damaged_quoted_field_is_refused() {
        assert_eq!(record(b"\"a,1\n").unwrap_err(), (1, Malformed::Unclosed));
        assert_eq!(
            record(b"1,\"a\"b\n").unwrap_err(),
            (2, Malformed::AfterQuote)
        );
    }
}
