//! The CSV dialect once more, byte by byte and without any hurry.

use std::ops::Range;

/// A record.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) fields: Vec<Vec<u8>>,
    /// The bytes of the first field and its comma.
    pub(crate) first: Range<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Only blanks of the field have come.
    Start,
    Plain,
    Quoted,
    /// After a quote in a quoted field.
    Quote,
    /// After the closing quote.
    Closed,
}

/// The records of a text; `None` if a quote is out of place.
pub(crate) fn records(text: &[u8]) -> Option<Vec<Record>> {
    let mut records = Vec::new();
    let mut fields: Vec<Vec<u8>> = Vec::new();
    let mut field = Vec::new();
    let mut state = State::Start;
    let mut was_quoted = false;
    let mut first = 0..0;
    let mut at = 0;
    loop {
        let byte = text.get(at).copied();
        let is_end = matches!(byte, None | Some(b'\n' | b'\r'));
        let ends_field = is_end || byte == Some(b',');
        if state == State::Quote && byte != Some(b'"') {
            state = State::Closed;
        }
        match (state, byte) {
            (State::Quoted, None) => return None,
            (State::Quoted, Some(b'"')) => state = State::Quote,
            (State::Quoted, Some(byte)) => field.push(byte),
            (State::Quote, _) => {
                field.push(b'"');
                state = State::Quoted;
            }
            (State::Start, Some(b'"')) => {
                field.clear();
                was_quoted = true;
                state = State::Quoted;
            }
            (State::Closed, Some(b' ' | b'\t')) => {}
            (State::Closed, _) if !ends_field => return None,
            (_, Some(byte)) if !ends_field => {
                field.push(byte);
                if !matches!(byte, b' ' | b'\t') {
                    state = State::Plain;
                }
            }
            _ => {
                if !was_quoted {
                    field = trimmed(&field).to_vec();
                }
                let is_blank = fields.is_empty() && field.is_empty() && !was_quoted;
                fields.push(std::mem::take(&mut field));
                if fields.len() == 1 {
                    first.end = at + usize::from(!is_end);
                }
                (state, was_quoted) = (State::Start, false);
                if is_end {
                    if text[at..].starts_with(b"\r\n") {
                        at += 1;
                    }
                    let fields = std::mem::take(&mut fields);
                    if !is_blank {
                        let first = first.clone();
                        records.push(Record { fields, first });
                    }
                    first = at + 1..at + 1;
                }
            }
        }
        if byte.is_none() {
            return Some(records);
        }
        at += 1;
    }
}

/// The number in a field, NaN if it is missing.
pub(crate) fn number(field: &[u8]) -> Option<f32> {
    let text = std::str::from_utf8(trimmed(field)).ok()?;
    let lower = text.to_ascii_lowercase();
    if ["", "nan", "-nan", "na", "null"].contains(&lower.as_str()) {
        return Some(f32::NAN);
    }
    let is_decimal = text
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    let number: f32 = text.parse().ok()?;
    (is_decimal && number.is_finite()).then_some(number)
}

/// Whether a record is a header whose first field is the label's.
pub(crate) fn is_header(record: &Record) -> bool {
    let fields: Option<Vec<&str>> = record.fields[1..]
        .iter()
        .map(|field| std::str::from_utf8(field).ok())
        .collect();
    let Some(fields) = fields else { return false };
    let is_text = |field: &&str| {
        let is_number = number(field.as_bytes()).is_some() || field.trim().parse::<f64>().is_ok();
        !is_number && !field.contains(char::is_control)
    };
    let begins = |field: &&str| {
        field
            .trim_start_matches([' ', '\t'])
            .starts_with(|c: char| c.is_alphabetic() || c == '_')
    };
    fields.iter().all(is_text) && fields.iter().any(begins)
}

/// Whether a field can be a label.
pub(crate) fn is_label(field: &[u8]) -> bool {
    let text = std::str::from_utf8(field);
    text.is_ok_and(|text| !text.is_empty() && !text.contains(char::is_control))
}

fn trimmed(mut field: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = field {
        field = rest;
    }
    field
}
