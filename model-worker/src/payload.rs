//! Content-Type to rows.
//!
//! A decoder is generic over the model's number type. It hands rows on as it finds them, and stops at
//! the first record that can't be scored, with one line that tells its number, the place in it, what was
//! found and what is expected.

mod content_type;
mod csv;
mod json;
mod libsvm;
mod npy;
mod number;
mod recordio;
mod rows;
mod schema;
mod sparse;

use model::InputType;
use thiserror::Error;

pub(crate) use number::Number;
pub use schema::Schema;

use crate::format::Format;
use content_type::ContentType;
use rows::RowBuffer;

/// Why a payload can't be scored; one line for the client.
#[derive(Debug, Error, PartialEq)]
pub enum PayloadError {
    /// The payload is not what its headers say, or does not fit the model.
    #[error("{0}")]
    Bad(String),
    /// Its headers name no format that can be decoded.
    #[error("{0}")]
    Unsupported(String),
}

/// A payload as it came.
#[derive(Clone, Copy, Debug)]
pub struct Payload<'a> {
    /// The header Content-Type; empty where there is none.
    pub content_type: &'a str,
    /// The header Content-Encoding; empty where there is none.
    pub content_encoding: &'a str,
    pub body: &'a [u8],
}

impl Payload<'_> {
    /// Decodes the payload. `take` gets blocks of whole rows in their order, in the model's number type,
    /// missing values as NaN; when an error comes after some blocks, these are to be forgotten.
    ///
    /// # Errors
    /// No decoder for the content type, or the first record that can't be scored.
    pub fn decode(
        &self,
        schema: &Schema,
        take: &mut dyn FnMut(model::Rows<'_>),
    ) -> Result<(), PayloadError> {
        let content_type =
            ContentType::parse(self.content_type).map_err(PayloadError::Unsupported)?;
        self.check_encoding()?;
        let decoded = match schema.input_type() {
            InputType::Float => self.rows::<f32>(content_type, schema, take),
            InputType::Double => self.rows::<f64>(content_type, schema, take),
            InputType::Int64 => self.rows::<i64>(content_type, schema, take),
        };
        decoded.map_err(PayloadError::Bad)
    }

    /// A compressed payload says so in its header or, where that is lost, in its first bytes; no format
    /// begins like gzip.
    fn check_encoding(&self) -> Result<(), PayloadError> {
        const GZIP: &[u8] = b"\x1f\x8b";
        let encoding = self.content_encoding.trim();
        let found = match encoding {
            "" if self.body.starts_with(GZIP) => "the payload begins like gzip".to_owned(),
            "" => return Ok(()),
            _ if encoding.eq_ignore_ascii_case("identity") => return Ok(()),
            _ => format!("Content-Encoding \"{}\"", excerpt(encoding.as_bytes())),
        };
        Err(PayloadError::Unsupported(format!(
            "{found}: expected a payload that is not compressed"
        )))
    }

    fn rows<N: Number>(
        &self,
        content_type: ContentType,
        schema: &Schema,
        take: &mut dyn FnMut(model::Rows<'_>),
    ) -> Result<(), String> {
        let mut rows = RowBuffer::<N>::new(schema, take);
        match content_type.format {
            Format::Csv => csv::decode(self.body, content_type, &mut rows)?,
            Format::Json => json::decode(self.body, &mut rows)?,
            Format::JsonLines => json::decode_lines(self.body, &mut rows)?,
            Format::Libsvm => libsvm::decode(self.body, content_type.first_index, &mut rows)?,
            Format::Npy => npy::decode(self.body, &mut rows)?,
            Format::RecordIo => recordio::decode(self.body, &mut rows)?,
        }
        rows.finish()
    }
}

/// The beginning of something a client sent, fit for a one-line message.
pub(crate) fn excerpt(bytes: &[u8]) -> String {
    /// Enough to recognise the place.
    const CHARACTERS: usize = 40;
    let text = String::from_utf8_lossy(bytes.get(..4 * CHARACTERS).unwrap_or(bytes));
    let mut shown: String = text
        .chars()
        .take(CHARACTERS)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(CHARACTERS).is_some() || bytes.len() > 4 * CHARACTERS {
        shown.push('…');
    }
    shown
}

/// Help for the decoders' tests.
#[cfg(test)]
mod testing {
    use super::*;

    /// All rows of a payload, for a model of float32 features with these names; absent values are 0.
    pub(super) fn decode(
        content_type: &str,
        body: impl AsRef<[u8]>,
        names: &[&str],
    ) -> Result<Vec<f32>, String> {
        let schema = Schema::of(names, InputType::Float, false);
        decode_for(content_type, body.as_ref(), &schema)
    }

    pub(super) fn decode_for(
        content_type: &str,
        body: &[u8],
        schema: &Schema,
    ) -> Result<Vec<f32>, String> {
        let mut values = Vec::new();
        let payload = Payload {
            content_type,
            content_encoding: "",
            body,
        };
        let result = payload.decode(schema, &mut |rows| {
            let model::Rows::F32(rows) = rows else {
                panic!("rows of another type")
            };
            values.extend_from_slice(rows);
        });
        result.map(|()| values).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(content_encoding: &str, body: &[u8]) -> Result<(), PayloadError> {
        let schema = Schema::of(&["x"], InputType::Float, false);
        let payload = Payload {
            content_type: "text/csv",
            content_encoding,
            body,
        };
        payload.decode(&schema, &mut |_| ())
    }

    #[test]
    fn a_compressed_payload_is_unsupported() {
        let line = "expected a payload that is not compressed";
        for (encoding, body, found) in [
            ("gzip", &b"1"[..], "Content-Encoding \"gzip\""),
            ("br", b"1", "Content-Encoding \"br\""),
            ("", b"\x1f\x8b\x08\0\0", "the payload begins like gzip"),
        ] {
            let error = PayloadError::Unsupported(format!("{found}: {line}"));
            assert_eq!(outcome(encoding, body), Err(error));
        }
        assert_eq!(outcome("Identity", b"1"), Ok(()));
    }
}
