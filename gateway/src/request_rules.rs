//! HTTP/1.1 rules that hyper does not enforce.
//!
//! What a body's length is, and where the next request begins, is hyper's decision alone (RFC 9112, 6.3).

use axum::http::{Request, Version, header};

use crate::error::Error;

/// Longest request target and header lines together, in bytes. SageMaker sends one or two thousand.
const LONGEST_HEAD: usize = 32 << 10;

/// Bytes of a header line besides its name and value: a colon, a space and the line's end.
const LINE_OVERHEAD: usize = 4;

/// Checks a request's head. HTTP/2 requests pass: hyper enforces the same rules for them.
///
/// # Errors
/// [`Error::Host`] or [`Error::HeadTooLarge`]. The connection must be closed after either.
pub(crate) fn check<B>(request: &Request<B>) -> Result<(), Error> {
    if request.version() == Version::HTTP_2 {
        return Ok(());
    }
    let headers = request.headers();
    // RFC 9112, 3.2.
    let hosts = headers.get_all(header::HOST).iter().count();
    if request.version() == Version::HTTP_11 && hosts != 1 {
        return Err(Error::Host);
    }
    // RFC 6585, 5.
    let uri = request.uri();
    let target = uri.path().len() + uri.query().map_or(0, str::len);
    let lines = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + LINE_OVERHEAD);
    if target + lines.sum::<usize>() > LONGEST_HEAD {
        return Err(Error::HeadTooLarge {
            limit: LONGEST_HEAD,
        });
    }
    Ok(())
}
