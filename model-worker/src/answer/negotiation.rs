//! The Accept header (RFC 9110, 12.5.1).

use std::str::FromStr as _;

use headers_accept::Accept;
use mediatype::{MediaType, MediaTypeBuf, Name, ReadParams as _, names::Q};
use records::Format;
use thiserror::Error;

/// The Accept header allows no format of ours; one line for the client.
#[derive(Debug, Error, PartialEq)]
#[error("Accept \"{accept}\": expected {expected}")]
pub(crate) struct NotAcceptable {
    accept: String,
    expected: String,
}

impl NotAcceptable {
    pub(super) fn new(accept: &str, expected: String) -> Self {
        /// Characters that are shown: enough to recognise the header.
        const SHOWN: usize = 100;
        let accept = accept.chars().filter(|c| !c.is_control()).take(SHOWN);
        Self {
            accept: accept.collect(),
            expected,
        }
    }
}

/// Chooses a format. An empty header, and `*/*` if it is the client's first choice, leave the choice to
/// `default`. Parameters other than `q` do not matter: CSV is `text/csv; charset=utf-8` anyway.
///
/// # Errors
/// The header allows no format of ours.
pub(crate) fn negotiate(accept: &str, default: Format) -> Result<Format, NotAcceptable> {
    let accept = accept.trim();
    if matches!(accept, "" | "*/*") {
        return Ok(default);
    }
    if let Some(format) = Format::named(accept, Format::ENCODED) {
        return Ok(format);
    }
    let chosen = parse(accept).and_then(|accept| choose(&accept, default));
    chosen.ok_or_else(|| NotAcceptable::new(accept, Format::list(Format::ENCODED)))
}

/// The header without its parameters, except `q`.
fn parse(accept: &str) -> Option<Accept> {
    let given = Accept::from_str(accept).ok()?;
    let plain: Vec<String> = given.media_types().map(without_parameters).collect();
    Accept::from_str(&plain.join(", ")).ok()
}

fn without_parameters(range: &MediaTypeBuf) -> String {
    let name = format!("{}/{}", range.ty(), range.subty());
    match range.get_param(Q) {
        Some(quality) => format!("{name};q={quality}"),
        None => name,
    }
}

fn choose(accept: &Accept, default: Format) -> Option<Format> {
    let others = Format::ENCODED.iter().filter(|format| **format != default);
    // If a range matches several formats, the first of these is taken.
    let formats: Vec<(Format, MediaType<'_>)> = std::iter::once(&default)
        .chain(others)
        .flat_map(|format| format.names().iter().map(|name| (*format, *name)))
        .filter_map(|(format, name)| {
            let (ty, subty) = name.split_once('/')?;
            Some((format, MediaType::new(Name::new(ty)?, Name::new(subty)?)))
        })
        .collect();
    let chosen = accept.negotiate(formats.iter().map(|(_, name)| name))?;
    let (format, _) = formats.iter().find(|(_, name)| name == chosen)?;
    Some(*format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negotiates_lists_wildcards_and_qualities() {
        for (accept, format) in [
            ("", Format::Csv),
            (" ", Format::Csv),
            ("*/*", Format::Csv),
            ("text/csv", Format::Csv),
            ("TEXT/CSV", Format::Csv),
            ("text/csv; charset=utf-8", Format::Csv),
            ("text/csv; charset=utf-8; header=absent", Format::Csv),
            ("text/*", Format::Csv),
            ("application/json;q=0.5, text/csv", Format::Csv),
            ("image/png, */*;q=0.1", Format::Csv),
            ("text/csv, application/json", Format::Csv),
            ("application/json, text/csv", Format::Json),
            ("application/json", Format::Json),
            ("application/json; verbose=true", Format::Json),
            ("application/*", Format::Json),
            ("text/csv;q=0.2, application/x-npy;q=0.9", Format::Npy),
            ("application/x-jsonlines", Format::JsonLines),
            ("application/jsonlines", Format::JsonLines),
            ("text/csv;q=0, */*", Format::Json),
            ("json", Format::Json),
        ] {
            assert_eq!(negotiate(accept, Format::Csv), Ok(format), "{accept}");
        }
        for accept in [
            "image/png",
            "text/plain",
            "text/csv;q=0",
            "nonsense",
            "text/libsvm",
        ] {
            assert_eq!(
                negotiate(accept, Format::Csv).unwrap_err().to_string(),
                format!(
                    "Accept \"{accept}\": expected text/csv, application/json, \
                     application/jsonlines, application/x-npy"
                )
            );
        }
    }

    #[test]
    fn a_client_without_a_choice_gets_the_default() {
        for accept in ["", "*/*", "application/*", "image/png, */*;q=0.1"] {
            assert_eq!(negotiate(accept, Format::Npy), Ok(Format::Npy), "{accept}");
        }
        assert_eq!(negotiate("text/*", Format::Npy), Ok(Format::Csv));
    }
}
