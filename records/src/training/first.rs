//! What the first record of a file says about its columns.

use crate::{
    columns::Width,
    content_type::{ContentType, Header},
    csv,
    fault::Fault,
    format::Format,
    json,
    leading::Leading,
    recordio::{self, Frames},
    text::{blank_line, lines},
};

use super::stream::MAX_RECORD_BYTES;

/// The first record.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct First {
    /// The columns, if the record says something about them.
    pub(super) columns: Option<Width>,
    /// The record's line in the text, from 1.
    pub(super) line: u64,
    /// Bytes and lines before the records: blank lines and a header.
    pub(super) skipped: usize,
    pub(super) skipped_lines: u64,
    /// CSV with a header.
    pub(super) has_header: bool,
    /// The beginning of the record, for a message.
    pub(super) text: Vec<u8>,
}

/// Looks at the first record of a text; `None` if there are only blank lines. `leading` returns the columns
/// before the features in a list of that many values.
///
/// # Errors
/// The record can't be read, or does not say how many columns there are.
pub(super) fn first(
    text: &[u8],
    content_type: ContentType,
    header: Header,
    leading: impl Fn(usize) -> Leading,
) -> Result<Option<First>, Fault> {
    let mut first = First {
        columns: None,
        line: 1,
        skipped: 0,
        skipped_lines: 0,
        has_header: false,
        text: Vec::new(),
    };
    match content_type.format() {
        Format::Csv => {
            while let Some(length) = blank_line(&text[first.skipped..]) {
                first.skipped += length;
                first.skipped_lines += 1;
            }
            if first.skipped == text.len() {
                return Ok(None);
            }
            first.line = first.skipped_lines + 1;
            csv_record(text, header, leading, &mut first)?;
        }
        Format::JsonLines => {
            let mut records = lines(text).filter(|(_, line)| !line.trim_ascii().is_empty());
            let Some((number, line)) = records.next() else {
                return Ok(None);
            };
            first.line = number;
            first.columns = json_columns(line, Some(number))?;
        }
        Format::Json => first.columns = json_columns(text, None)?,
        Format::RecordIo => {
            let record = Frames::new(text).next(MAX_RECORD_BYTES);
            // A broken frame is left to the decoder.
            if let Ok(Some(record)) = record {
                let columns = recordio::columns(&record).map_err(|what| at_start(None, what))?;
                first.columns = Some(Width::Features(columns.0, columns.1));
            }
        }
        Format::Libsvm | Format::Npy => {}
    }
    Ok(Some(first))
}

fn csv_record(
    text: &[u8],
    header: Header,
    leading: impl Fn(usize) -> Leading,
    first: &mut First,
) -> Result<(), Fault> {
    let record = csv::record(&text[first.skipped..]).map_err(|(column, malformed)| Fault {
        place: Some(format!("column {column}")),
        ..at_start(Some(first.line), malformed.to_string())
    })?;
    let leading = leading(record.fields.len());
    let of_features = record.fields.get(leading.count()..);
    first.has_header = match header {
        Header::Present => true,
        Header::Absent => false,
        Header::Auto => of_features.is_some_and(csv::is_header),
    };
    let mut names = Vec::new();
    if first.has_header {
        names = csv::names(&record.fields);
        first.skipped += record.length;
        first.skipped_lines += record.n_lines;
    }
    first.text = record.fields[0].to_vec();
    first.columns = Some(Width::List(record.fields.len(), names));
    Ok(())
}

fn json_columns(text: &[u8], line: Option<u64>) -> Result<Option<Width>, Fault> {
    json::columns(text).map_err(|what| at_start(line, what))
}

fn at_start(line: Option<u64>, what: impl Into<String>) -> Fault {
    Fault {
        row: Some(1),
        line,
        place: None,
        what: what.into(),
        is_misfit: false,
    }
}
