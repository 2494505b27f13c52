//! Which payloads there are, and how CSV is separated.

use std::borrow::Cow;

use algorithm::{Request, text::excerpt};
use records::{ContentType, Format, headers::unexpected_type};

/// The formats of payloads.
const DECODED: &[Format] = &[Format::Csv, Format::Libsvm, Format::RecordIo];

/// Types whose body AWS's container takes for a form, which leaves it without a payload.
const FORMS: [&str; 2] = ["application/x-www-form-urlencoded", "multipart/form-data"];

/// What may separate the fields of CSV, instead of commas.
const SEPARATORS: [u8; 5] = [b'\t', b';', b' ', b':', b'|'];

/// What the header says about a payload; `None` if there is no payload.
///
/// # Errors
/// The type is none of the dialect's, in one line.
pub(crate) fn content_type(request: Request<'_>) -> Result<Option<ContentType>, String> {
    let text = request.content_type.trim().to_ascii_lowercase();
    let text = text.as_str();
    let name = text.split(';').next().unwrap_or_default().trim();
    let is_form = FORMS.iter().any(|form| form.eq_ignore_ascii_case(name));
    if request.body.is_empty() || is_form {
        return Ok(None);
    }
    if text.is_empty() {
        return Ok(Some(Format::Libsvm.into()));
    }
    if Format::named(name, DECODED).is_none() {
        return Err(unexpected_type(text, &Format::list(DECODED)));
    }
    // AWS's container lets `label_size=1` pass, and takes the first column for a feature all the same.
    let mut plain = name.to_owned();
    for parameter in text.split(';').skip(1).map(str::trim) {
        match parameter
            .split_once('=')
            .map(|(name, value)| (name.trim(), value.trim()))
        {
            Some(("label_size", "1")) => {}
            Some(("label_size", value)) => {
                let text = excerpt(text.as_bytes());
                let value = excerpt(value.as_bytes());
                return Err(format!(
                    "Content-Type \"{text}\": found label_size={value}, expected 1"
                ));
            }
            Some((name, value)) => plain.push_str(&format!("; {name}={value}")),
            None => plain.push_str(&format!("; {parameter}")),
        }
    }
    let content_type = ContentType::parse(&plain)?;
    let content_type = content_type.without_header_by_default();
    Ok(Some(content_type))
}

/// The body as its decoder reads it: text without white space around it, CSV separated by commas.
pub(crate) fn text_of(content_type: ContentType, body: &[u8]) -> Cow<'_, [u8]> {
    let text = match content_type.format() {
        Format::Csv | Format::Libsvm => body.trim_ascii(),
        _ => body,
    };
    match separator(text).filter(|_| content_type.format() == Format::Csv) {
        Some(separator) => {
            let bytes = text.iter().map(|byte| match *byte {
                byte if byte == separator => b',',
                byte => byte,
            });
            Cow::Owned(bytes.collect())
        }
        None => Cow::Borrowed(text),
    }
}

/// Columns of CSV that [`text_of`] returned: fields of the first line.
pub(super) fn columns(text: &[u8]) -> usize {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    line.iter().filter(|byte| **byte == b',').count() + 1
}

/// What separates the fields of the first line, if it is no comma.
fn separator(text: &[u8]) -> Option<u8> {
    let line = text.split(|byte| *byte == b'\n').next()?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    records::separator(line, &SEPARATORS)
}
