//! The format of an answer, by the Accept header.

use records::Format;
use thiserror::Error;

use crate::headers;

/// The Accept header allows no format of ours; one line for the client.
#[derive(Debug, Error, PartialEq)]
#[error("{0}")]
pub(crate) struct NotAcceptable(String);

impl NotAcceptable {
    pub(super) fn new(accept: &str, expected: &str) -> Self {
        Self(headers::not_acceptable(accept, expected))
    }
}

/// Chooses one of `formats`. An empty header, and `*/*` if it is the client's first choice, leave the choice to
/// `default`.
///
/// # Errors
/// The header allows none of the formats.
pub(crate) fn negotiate(
    accept: &str,
    default: Format,
    formats: &'static [Format],
) -> Result<Format, NotAcceptable> {
    let accept = accept.trim();
    if matches!(accept, "" | "*/*") {
        return Ok(default);
    }
    if let Some(format) = Format::named(accept, formats) {
        return Ok(format);
    }
    let others = formats.iter().filter(|format| **format != default);
    let ordered = std::iter::once(&default).chain(others);
    let names: Vec<&str> = ordered.flat_map(|format| format.names()).copied().collect();
    let chosen = headers::preferred(accept, &names);
    let format = chosen.and_then(|name| Format::named(name, formats));
    format.ok_or_else(|| NotAcceptable::new(accept, &Format::list(formats)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn negotiate(accept: &str, default: Format) -> Result<Format, NotAcceptable> {
        super::negotiate(accept, default, Format::ENCODED)
    }

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
