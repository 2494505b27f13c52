//! A request's body to rows.
//!
//! A decoder is generic over the model's number type. It hands rows on as it finds them, and stops at
//! the first record that can't be scored, with one line that says its number, the place in it, what was
//! found and what is expected.

mod max_rows;
mod parts;

use algorithm::InputType;
use thiserror::Error;

use crate::{
    content_type::ContentType,
    csv,
    fault::Fault,
    format::Format,
    headers, json,
    leading::Leading,
    leniency::Leniency,
    libsvm, npy,
    number::Number,
    recordio,
    rows::RowBuffer,
    schema::Schema,
    text::{is_utf16, mark_length},
};

/// Why a payload can't be scored; one line for the client.
#[derive(Debug, Error, PartialEq)]
pub enum PayloadError {
    /// The payload is not what its headers say.
    #[error("{0}")]
    Bad(String),
    /// Its first record has other columns than the model.
    #[error("{0}")]
    Misfit(String),
    /// Its headers name no format that can be decoded.
    #[error("{0}")]
    Unsupported(String),
}

/// Rows in a format that can be decoded.
#[derive(Clone, Copy, Debug)]
pub struct Payload<'a> {
    content_type: ContentType,
    /// Without a byte order mark, if the format is text.
    body: &'a [u8],
    /// One of several, whose records nobody compares with those of the others.
    is_part: bool,
}

impl<'a> Payload<'a> {
    /// A payload with its headers Content-Type and Content-Encoding; a header that was not sent is empty.
    ///
    /// # Errors
    /// They name no format that can be decoded, or the text is UTF-16.
    pub fn new(
        content_type: &str,
        content_encoding: &str,
        body: &'a [u8],
    ) -> Result<Self, PayloadError> {
        let content_type = ContentType::parse(content_type).map_err(PayloadError::Unsupported)?;
        Self::of(content_type, content_encoding, body)
    }

    /// A payload of a known type.
    ///
    /// # Errors
    /// It is compressed, or the text is UTF-16.
    pub fn of(
        content_type: ContentType,
        content_encoding: &str,
        body: &'a [u8],
    ) -> Result<Self, PayloadError> {
        check_compression(content_encoding, body).map_err(PayloadError::Unsupported)?;
        if !content_type.format.is_text() {
            return Ok(Self {
                content_type,
                body,
                is_part: false,
            });
        }
        if is_utf16(body) {
            let fault = Fault::utf16().in_payload();
            return Err(PayloadError::Bad(fault));
        }
        Ok(Self {
            content_type,
            body: &body[mark_length(body)..],
            is_part: false,
        })
    }

    /// Decodes the payload. `take` gets blocks of whole rows in their order, in the model's number type,
    /// missing values as NaN. A block has at most 65,536 values and at most as many scores, unless one row
    /// has more. If an error comes after some blocks, forget them.
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
        decoded.map_err(|fault| match fault.is_misfit {
            true => PayloadError::Misfit(fault.in_payload()),
            false => PayloadError::Bad(fault.in_payload()),
        })
    }

    fn rows<N: Number>(
        self,
        schema: &Schema,
        take: &mut dyn FnMut(algorithm::Rows<'_>),
    ) -> Result<(), Fault> {
        let Self {
            content_type, body, ..
        } = self;
        // Whether records are alike is seen only by who reads all of them.
        let leniency = Leniency {
            short_records: schema.leniency().short_records && !self.is_part,
            ..schema.leniency()
        };
        let rows = RowBuffer::<N>::serving(schema, self.leading(), take);
        let mut rows = rows.with_leniency(leniency);
        match content_type.format {
            Format::Csv => csv::decode(body, content_type.header, &mut rows)?,
            Format::Json => json::decode(body, &mut rows)?,
            Format::JsonLines => json::decode_lines(body, &mut rows)?,
            Format::Libsvm => libsvm::decode(body, content_type.first_index, &mut rows)?,
            Format::Npy => npy::decode(body, &mut rows)?,
            Format::RecordIo => recordio::decode(body, &mut rows)?,
        }
        rows.finish()
    }

    /// The columns before the features: a label that CSV may have.
    fn leading(self) -> Leading {
        Leading {
            label: self.content_type.leads_with_label(),
            weight: false,
        }
    }
}

/// A compressed payload says so in its header or, if that is lost, in its first bytes; no format begins
/// like gzip.
fn check_compression(content_encoding: &str, body: &[u8]) -> Result<(), String> {
    const GZIP: &[u8] = b"\x1f\x8b";
    if content_encoding.trim().is_empty() && body.starts_with(GZIP) {
        return Err(headers::compressed("the payload begins like gzip"));
    }
    headers::check_encoding(content_encoding)
}

#[cfg(test)]
mod tests;
