//! CSV (RFC 4180) as found in practice, read alike for training and serving.
//!
//! - LF, CRLF and a lone CR end a record. Blank lines do not count.
//! - Blanks (space, tab) around a field do not belong to it.
//! - A quote opens a quoted field only at the field's start. Inside it, `""` is a quote, and commas and line
//!   ends belong to the field. A quote elsewhere is a character.
//! - A number is a finite decimal, rounded once from its text to the type. Empty, `NaN`, `-NaN`, `NA` and
//!   `null` in any case mean missing.
//! - Unless the caller knows better, the first record is a header if it looks like one
//!   ([`header::is_header`]).
//!
//! A field that is just a number, as most are, is read in one pass; [`field`] reads every other field.
//! [`describe`] finds out what is wrong with a record, and runs only after reading it has failed.

mod cut;
mod field;
mod header;

use std::borrow::Cow;

use algorithm::text::excerpt;

use crate::{
    content_type::Header,
    fault::Fault,
    number::{self, Number},
    rows::RowBuffer,
    text::{blank_line, line_end, trimmed},
};

pub(crate) use cut::Scan;
pub(crate) use field::record;
pub(crate) use header::is_header;

use field::{End, Fields, Malformed, field};

/// What separates the fields of a line, where it may be something else than a comma: the first of `others` that is in
/// the line; `None` if there is none, or a comma.
///
/// ```
/// assert_eq!(records::separator(b"1;2 3", b"\t; "), Some(b';'));
/// assert_eq!(records::separator(b"1;2,3", b"\t; "), None);
/// ```
pub fn separator(line: &[u8], others: &[u8]) -> Option<u8> {
    let mut others = others.iter().copied();
    let found = others.find(|byte| line.contains(byte))?;
    (!line.contains(&b',')).then_some(found)
}

/// Reads the records of a text.
///
/// # Errors
/// The first record at fault, or the text is a header only.
pub(crate) fn decode<N: Number>(
    text: &[u8],
    mut header: Header,
    rows: &mut RowBuffer<'_, N>,
) -> Result<(), Fault> {
    let mut rest = text;
    let mut line = 1;
    let mut skipped = None;
    while !rest.is_empty() {
        rows.line = Some(line);
        if !rows.leniency().blank_lines
            && let Some(length) = blank_line(rest)
        {
            rest = &rest[length..];
            line += 1;
            continue;
        }
        if header != Header::Absent {
            let mut fields = Fields::new(rest);
            let is_header = starts_with_header(&mut fields, header, rows.leading().count());
            let is_header = is_header.map_err(|(column, malformed)| {
                rows.fault_at(format_args!("column {column}"), malformed.to_string())
            })?;
            if is_header {
                skipped = Some(&rest[..fields.length]);
                rest = &rest[fields.length..];
                line += fields.n_lines;
                header = Header::Absent;
                continue;
            }
            header = Header::Absent;
        }
        if rows.leniency().short_records && rows.row_number() == 1 {
            rows.admits(
                Fields::new(rest)
                    .count()
                    .saturating_sub(rows.leading().count()),
            );
        }
        let Some((length, n_lines)) = next_row(rest, rows)? else {
            return Err(describe(rest, line, rows));
        };
        rows.end_record()?;
        rest = &rest[length..];
        line += n_lines;
    }
    match skipped {
        Some(header) if rows.row_number() == 1 => Err(Fault::whole(format!(
            "the payload is a header line only (\"{}\"), expected rows of numbers after it",
            excerpt(trimmed(header).trim_ascii_end())
        ))),
        _ => Ok(()),
    }
}

/// Whether a record is a header. Goes through all of its fields if it is.
fn starts_with_header(
    fields: &mut Fields<'_>,
    header: Header,
    n_leading: usize,
) -> Result<bool, (usize, Malformed)> {
    let mut malformed = None;
    let mut well_formed = fields.map_while(|field| field.map_err(|at| malformed = Some(at)).ok());
    let is_header = if header == Header::Present {
        well_formed.for_each(drop);
        true
    } else {
        let has_features = n_leading == 0 || well_formed.nth(n_leading - 1).is_some();
        has_features && is_header(well_formed)
    };
    malformed.map_or(Ok(is_header), Err)
}

/// Reads the record that `text` begins with. Returns its length, with its end, and its lines; `None` if it
/// is at fault.
fn next_row<N: Number>(
    text: &[u8],
    rows: &mut RowBuffer<'_, N>,
) -> Result<Option<(usize, u64)>, Fault> {
    let leading = rows.leading();
    let n_features = rows.width();
    let mut at = 0;
    let mut n_lines = 1;
    for column in 0..leading.count() {
        let Ok(field) = field(text, at) else {
            return Ok(None);
        };
        if field.end == End::Record || lead(&field.text, column, rows).is_err() {
            return Ok(None);
        }
        at = field.next;
        n_lines += field.line_ends;
    }
    rows.row(|values| {
        let length = features(text, at, n_features, values, &mut n_lines)?;
        Some((length, n_lines))
    })
}

/// Takes the field of a column before the features, from 0.
fn lead<N: Number>(field: &[u8], column: usize, rows: &mut RowBuffer<'_, N>) -> Result<(), String> {
    let is_label = rows.leading().label && column == 0;
    match rows.targets() {
        None => Ok(()),
        Some(targets) if is_label => targets.set_label(field),
        Some(targets) => targets.set_weight(field),
    }
}

/// Reads the fields from `at` to the end of the record. Returns where the next record begins; `None` if a
/// field is no number, or there are more or fewer of them.
fn features<N: Number>(
    text: &[u8],
    mut at: usize,
    n_features: usize,
    values: &mut Vec<N>,
    n_lines: &mut u64,
) -> Option<usize> {
    for _ in 1..n_features {
        if let Some((value, length)) = N::parse_prefix(text.get(at..)?)
            && text.get(at + length) == Some(&b',')
        {
            values.push(value);
            at += length + 1;
        } else {
            at = odd_field(text, at, End::Comma, values, n_lines)?;
        }
    }
    if let Some((value, length)) = N::parse_prefix(text.get(at..)?) {
        let rest = &text[at + length..];
        if rest.is_empty() || matches!(rest, [b'\n' | b'\r', ..]) {
            values.push(value);
            return Some(at + length + line_end(rest));
        }
    }
    odd_field(text, at, End::Record, values, n_lines)
}

/// A field that is not just a number: quoted, with blanks around it, missing, or no number at all.
#[cold]
fn odd_field<N: Number>(
    text: &[u8],
    at: usize,
    end: End,
    values: &mut Vec<N>,
    n_lines: &mut u64,
) -> Option<usize> {
    let field = field(text, at).ok().filter(|field| field.end == end)?;
    values.push(number::field(trimmed(&field.text))?);
    *n_lines += field.line_ends;
    Some(field.next)
}

/// What is wrong with the record that `text` begins with, at line `line`.
#[cold]
fn describe<N: Number>(text: &[u8], line: u64, rows: &mut RowBuffer<'_, N>) -> Fault {
    let leading = rows.leading();
    let mut n_columns = 0;
    for field in Fields::new(text) {
        if let Err((column, malformed)) = field {
            return rows.fault_at(format_args!("column {column}"), malformed.to_string());
        }
        n_columns += 1;
    }
    let fits = n_columns == leading.count() + rows.width();
    let wrong_columns = |rows: &mut RowBuffer<'_, N>| {
        let n_features = n_columns.saturating_sub(leading.count());
        rows.wrong_columns(n_features, leading)
    };
    // A wrong number of columns explains most odd fields (another delimiter, say), unless any number will do.
    if !fits && !rows.leniency().short_records {
        return wrong_columns(rows);
    }
    let mut fields = Fields::new(text);
    for column in 0.. {
        rows.line = Some(line + fields.n_lines - 1);
        let Some(Ok(field)) = fields.next() else {
            break;
        };
        let place = format!("column {}", column + 1);
        if column < leading.count() {
            if let Err(what) = lead(&field, column, rows) {
                return rows.fault_at(place, what);
            }
        } else if number::field::<N>(trimmed(&field)).is_none() {
            let expected = number::expected::<N>(" or nothing");
            return rows.no_number(place, &field, &expected);
        }
    }
    if fits {
        unreachable!("the record was refused for its columns or for a field");
    }
    wrong_columns(rows)
}

/// The fields of a header as text.
pub(crate) fn names(fields: &[Cow<'_, [u8]>]) -> Vec<String> {
    let text = |field: &Cow<'_, [u8]>| String::from_utf8_lossy(field).into_owned();
    fields.iter().map(text).collect()
}

#[cfg(test)]
mod tests;
