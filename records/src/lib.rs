//! Content-Type to rows.
//!
//! A decoder is generic over the model's number type. It hands rows on as it finds them, and stops at
//! the first record that can't be scored, with one line that tells its number, the place in it, what was
//! found and what is expected.

mod content_type;
mod csv;
mod format;
mod json;
mod libsvm;
mod npy;
mod number;
mod recordio;
mod rows;
mod schema;
mod sparse;

use algorithm::InputType;
use memchr::memchr;
use thiserror::Error;

pub use format::Format;
pub use number::Number;
pub use schema::Schema;

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

/// Rows in a format that can be decoded.
#[derive(Clone, Copy, Debug)]
pub struct Payload<'a> {
    content_type: ContentType,
    /// Without a byte order mark, where the format is text.
    body: &'a [u8],
}

impl<'a> Payload<'a> {
    /// A payload with its headers Content-Type and Content-Encoding; empty where there are none.
    ///
    /// # Errors
    /// They name no format that can be decoded.
    pub fn new(
        content_type: &str,
        content_encoding: &str,
        body: &'a [u8],
    ) -> Result<Self, PayloadError> {
        let content_type = ContentType::parse(content_type).map_err(PayloadError::Unsupported)?;
        check_encoding(content_encoding, body)?;
        let without_mark = body.strip_prefix(b"\xef\xbb\xbf");
        let without_mark = without_mark.filter(|_| content_type.format.is_text());
        Ok(Self {
            content_type,
            body: without_mark.unwrap_or(body),
        })
    }

    /// Cuts the payload into parts of at least so many bytes, the last one excepted, that can be decoded
    /// apart from each other, where each record is a line; else there is one part. A fault in one is
    /// told with the number of its row in the part.
    pub fn parts(self, bytes: usize) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut rest = self;
        while self.content_type.format.is_lines()
            && let Some(behind) = rest.body.get(bytes..)
            && let Some(end) = memchr(b'\n', behind)
            && let Some((part, body)) = rest.body.split_at_checked(bytes + end + 1)
            && !body.is_empty()
        {
            parts.push(Self { body: part, ..rest });
            rest = Self {
                content_type: rest.content_type.without_header(),
                body,
            };
        }
        parts.push(rest);
        parts
    }

    /// Decodes the payload. `take` gets blocks of whole rows in their order, in the model's number type,
    /// missing values as NaN; when an error comes after some blocks, these are to be forgotten.
    ///
    /// # Errors
    /// The first record that can't be scored, or there is none.
    pub fn decode(
        self,
        schema: &Schema,
        take: &mut dyn FnMut(algorithm::Rows<'_>),
    ) -> Result<(), PayloadError> {
        let decoded = match schema.input_type() {
            InputType::F32 => self.rows::<f32>(schema, take),
            InputType::F64 => self.rows::<f64>(schema, take),
            InputType::I64 => self.rows::<i64>(schema, take),
        };
        decoded.map_err(PayloadError::Bad)
    }

    fn rows<N: Number>(
        self,
        schema: &Schema,
        take: &mut dyn FnMut(algorithm::Rows<'_>),
    ) -> Result<(), String> {
        let Self { content_type, body } = self;
        let mut rows = RowBuffer::<N>::new(schema, take);
        match content_type.format {
            Format::Csv => csv::decode(body, content_type, &mut rows)?,
            Format::Json => json::decode(body, &mut rows)?,
            Format::JsonLines => json::decode_lines(body, &mut rows)?,
            Format::Libsvm => libsvm::decode(body, content_type.first_index, &mut rows)?,
            Format::Npy => npy::decode(body, &mut rows)?,
            Format::RecordIo => recordio::decode(body, &mut rows)?,
        }
        rows.finish()
    }
}

/// A compressed payload says so in its header or, where that is lost, in its first bytes; no format begins
/// like gzip.
fn check_encoding(content_encoding: &str, body: &[u8]) -> Result<(), PayloadError> {
    const GZIP: &[u8] = b"\x1f\x8b";
    let encoding = content_encoding.trim();
    let found = match encoding {
        "" if body.starts_with(GZIP) => "the payload begins like gzip".to_owned(),
        "" => return Ok(()),
        _ if encoding.eq_ignore_ascii_case("identity") => return Ok(()),
        _ => format!("Content-Encoding \"{}\"", excerpt(encoding.as_bytes())),
    };
    Err(PayloadError::Unsupported(format!(
        "{found}: expected a payload that is not compressed"
    )))
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
        let schema = Schema::of(names, InputType::F32, false);
        decode_for(content_type, body.as_ref(), &schema)
    }

    pub(super) fn decode_for(
        content_type: &str,
        body: &[u8],
        schema: &Schema,
    ) -> Result<Vec<f32>, String> {
        let mut values = Vec::new();
        let payload = Payload::new(content_type, "", body).map_err(|error| error.to_string())?;
        let result = payload.decode(schema, &mut |rows| {
            let algorithm::Rows::F32(rows) = rows else {
                panic!("rows of another type")
            };
            values.extend_from_slice(rows);
        });
        result.map(|()| values).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn outcome(content_encoding: &str, body: &[u8]) -> Result<(), PayloadError> {
        let schema = Schema::of(&["x"], InputType::F32, false);
        Payload::new("text/csv", content_encoding, body)?.decode(&schema, &mut |_| ())
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

    #[test]
    fn parts_are_cut_behind_lines_and_only_the_first_has_a_header() {
        let cut = |content_type, body: &'static str, bytes| -> Vec<&str> {
            let parts = Payload::new(content_type, "", body.as_bytes()).unwrap();
            let parts = parts.parts(bytes).into_iter();
            parts
                .map(|part| std::str::from_utf8(part.body).unwrap())
                .collect()
        };
        let body = "\u{feff}a,b\n1,2\r\n3,4\n5,6";
        assert_eq!(
            cut("text/csv", body, 0),
            ["a,b\n", "1,2\r\n", "3,4\n", "5,6"]
        );
        assert_eq!(
            cut("text/csv", body, 3),
            ["a,b\n", "1,2\r\n", "3,4\n", "5,6"]
        );
        assert_eq!(cut("text/csv", body, 4), ["a,b\n1,2\r\n", "3,4\n5,6"]);
        assert_eq!(cut("text/csv", body, 100), [&body[3..]]);
        assert_eq!(cut("text/csv", "1\n", 1), ["1\n"]);
        assert_eq!(cut("text/csv", "", 1), [""]);
        assert_eq!(cut("application/json", "[\n[1]\n]", 1), ["[\n[1]\n]"]);
        let parts = Payload::new("text/csv", "", body.as_bytes())
            .unwrap()
            .parts(1);
        let headers: Vec<_> = parts.iter().map(|part| part.content_type.header).collect();
        use content_type::Header::{Absent, Unknown};
        assert_eq!(headers, [Unknown, Absent, Absent, Absent]);
    }

    /// A content type, and lines that mostly suit it.
    fn lines() -> impl Strategy<Value = (&'static str, Vec<String>)> {
        let content_types = vec![
            ("text/csv", "[0-9],[0-9]|[a-b],[c-d]"),
            ("text/csv; header=present", "[0-9],[0-9]"),
            ("text/libsvm", "1 [01]:[0-9]( # [0-9])?"),
            ("application/jsonlines", "\\[[0-9], ?[0-9]\\]"),
        ];
        prop::sample::select(content_types).prop_flat_map(|(content_type, line)| {
            let line = prop_oneof![30 => line, 2 => "", 1 => "\u{feff}[0-9],[0-9]", 1 => "[0-9,:# \"]{1,9}"];
            (Just(content_type), prop::collection::vec(line, 0..20))
        })
    }

    proptest! {
        /// Parts that can be decoded hold the rows of the whole, which can be decoded then.
        #[test]
        fn parts_hold_the_rows_of_the_whole(
            (content_type, lines) in lines(),
            ends in prop::collection::vec("\n|\r\n|\r|\n\n", 20),
            bytes in 0_usize..30,
        ) {
            let body: String = lines.iter().zip(&ends).flat_map(|(line, end)| [&**line, end]).collect();
            let schema = Schema::of(&["x", "y"], InputType::F32, false);
            let rows = |payload: Payload<'_>| {
                let mut values = Vec::new();
                let decoded = payload.decode(&schema, &mut |rows| {
                    if let algorithm::Rows::F32(rows) = rows {
                        values.extend(rows.iter().map(|value| value.to_bits()));
                    }
                });
                decoded.map(|()| values)
            };
            let payload = Payload::new(content_type, "", body.as_bytes()).unwrap();
            let parts: Result<Vec<_>, _> = payload.parts(bytes).into_iter().map(rows).collect();
            if let Ok(parts) = parts {
                prop_assert_eq!(rows(payload), Ok(parts.concat()));
            }
        }
    }
}
