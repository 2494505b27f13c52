//! Which payloads a handler of bytes takes, and which answers its client takes.
//!
//! The sentences are those that clients of tables get.
//!
//! ```
//! use algorithm::{Answer, Refusal, Request};
//! use model_worker::headers;
//!
//! fn shout(request: Request<'_>) -> Result<Answer, Refusal> {
//!     headers::payload_type(request, &["text/plain"])?;
//!     let content_type = headers::answer_type(request, &["text/plain"])?;
//!     Ok(Answer {
//!         content_type: content_type.into(),
//!         body: request.body.to_ascii_uppercase(),
//!     })
//! }
//!
//! let request = Request {
//!     content_type: "text/plain; charset=utf-8",
//!     content_encoding: "",
//!     accept: "image/png",
//!     custom_attributes: "",
//!     body: b"hello",
//!     cancellation: &algorithm::Cancellation::new(),
//! };
//! let refusal = Refusal::NotAcceptable("Accept \"image/png\": expected text/plain".into());
//! assert_eq!(shout(request), Err(refusal));
//! assert_eq!(shout(Request { accept: "text/*", ..request }).unwrap().body, b"HELLO");
//! ```

use std::str::FromStr as _;

use algorithm::{Refusal, Request};
use headers_accept::Accept;
use mediatype::{MediaType, MediaTypeBuf, ReadParams as _, names::Q};
use records::headers::{check_encoding, unexpected_type};

/// The one of `types` that `Content-Type` names, in any case and with any parameters.
///
/// # Errors
/// [`Refusal::UnsupportedContentType`]: it names another type, or the payload is compressed.
pub fn payload_type(request: Request<'_>, types: &[&'static str]) -> Result<&'static str, Refusal> {
    let name = request.content_type.split(';').next().unwrap_or_default();
    let is_named = |known: &&&str| known.eq_ignore_ascii_case(name.trim());
    let Some(found) = types.iter().find(is_named) else {
        let line = unexpected_type(request.content_type, &types.join(", "));
        return Err(Refusal::UnsupportedContentType(line));
    };
    check_encoding(request.content_encoding).map_err(Refusal::UnsupportedContentType)?;
    Ok(found)
}

/// The one of `types` that `Accept` prefers; the first if the client leaves it open or there is no such header.
///
/// # Errors
/// [`Refusal::NotAcceptable`]: it allows none of them.
pub fn answer_type(request: Request<'_>, types: &[&'static str]) -> Result<&'static str, Refusal> {
    let chosen = preferred(request.accept, types);
    chosen.ok_or_else(|| Refusal::NotAcceptable(not_acceptable(request.accept, &types.join(", "))))
}

/// The line about an Accept header that allows none of the expected types.
pub(crate) fn not_acceptable(accept: &str, expected: &str) -> String {
    /// Characters that are shown: enough to recognise the header.
    const SHOWN: usize = 100;
    let accept = accept.chars().filter(|c| !c.is_control()).take(SHOWN);
    let accept: String = accept.collect();
    format!("Accept \"{accept}\": expected {expected}")
}

/// What the Accept header (RFC 9110, 12.5.1) prefers among `types`. Parameters other than `q` do not matter: CSV
/// is `text/csv; charset=utf-8` anyway.
pub(crate) fn preferred(accept: &str, types: &[&'static str]) -> Option<&'static str> {
    let accept = accept.trim();
    if matches!(accept, "" | "*/*") {
        return types.first().copied();
    }
    let given = Accept::from_str(accept).ok()?;
    let plain: Vec<String> = given.media_types().map(without_parameters).collect();
    let accept = Accept::from_str(&plain.join(", ")).ok()?;
    // If a range matches several types, the first of these is taken.
    let types = types.iter().map(|name| (*name, MediaType::parse(name)));
    let types: Vec<_> = types
        .filter_map(|(name, parsed)| Some((name, parsed.ok()?)))
        .collect();
    let chosen = accept.negotiate(types.iter().map(|(_, parsed)| parsed))?;
    let found = types.iter().find(|(_, parsed)| parsed == chosen);
    found.map(|(name, _)| *name)
}

fn without_parameters(range: &MediaTypeBuf) -> String {
    let name = format!("{}/{}", range.ty(), range.subty());
    match range.get_param(Q) {
        Some(quality) => format!("{name};q={quality}"),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use algorithm::Cancellation;

    use super::*;

    const PICTURES: &[&str] = &["image/png", "image/jpeg"];

    fn request<'a>(
        [content_type, content_encoding, accept]: [&'a str; 3],
        cancellation: &'a Cancellation,
    ) -> Request<'a> {
        Request {
            content_type,
            content_encoding,
            accept,
            custom_attributes: "",
            body: b"",
            cancellation,
        }
    }

    #[test]
    fn the_payload_is_of_a_known_type() {
        let cancellation = Cancellation::new();
        let of = |content_type, encoding| {
            payload_type(
                request([content_type, encoding, ""], &cancellation),
                PICTURES,
            )
        };
        assert_eq!(of("image/png", ""), Ok("image/png"));
        assert_eq!(of(" IMAGE/JPEG ; q=1", "identity"), Ok("image/jpeg"));
        for (content_type, encoding, line) in [
            (
                "",
                "",
                "Content-Type is missing: expected image/png, image/jpeg",
            ),
            (
                "image/*",
                "",
                "Content-Type \"image/*\": expected image/png, image/jpeg",
            ),
            (
                "image/png",
                "gzip",
                "Content-Encoding \"gzip\": expected a payload that is not compressed",
            ),
        ] {
            let refusal = Refusal::UnsupportedContentType(line.to_owned());
            assert_eq!(of(content_type, encoding), Err(refusal));
        }
    }

    #[test]
    fn the_answer_is_of_the_type_that_the_client_prefers() {
        let cancellation = Cancellation::new();
        let of = |accept| answer_type(request(["", "", accept], &cancellation), PICTURES);
        for accept in ["", "*/*", "image/*", "text/csv, */*;q=0.1", "image/png;a=b"] {
            assert_eq!(of(accept), Ok("image/png"), "{accept}");
        }
        assert_eq!(of("image/png;q=0.5, image/jpeg"), Ok("image/jpeg"));
        assert_eq!(of("image/png;q=0, image/*"), Ok("image/jpeg"));
        for accept in ["text/csv", "image/png;q=0", "nonsense"] {
            let line = format!("Accept \"{accept}\": expected image/png, image/jpeg");
            assert_eq!(of(accept), Err(Refusal::NotAcceptable(line)));
        }
    }
}
