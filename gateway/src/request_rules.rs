//! What HTTP/1.1 asks of a request and hyper lets pass.

use axum::{
    http::{HeaderValue, Request, Version, header},
    response::{IntoResponse as _, Response},
};

use crate::{body_framing::BodyLength, error::Error};

/// Longest head of a request, in bytes. SageMaker's own take one or two thousand.
const LONGEST_HEAD: usize = 32 << 10;

/// A request that breaks a rule is refused, and its connection closed.
///
/// # Errors
/// The answer to such a request.
// The answer is made where it is needed: an error that holds one would make every success as large.
#[allow(clippy::result_large_err)]
pub(crate) fn check<B>(request: &Request<B>, length: BodyLength) -> Result<(), Response> {
    broken_rule(request, length).map_or(Ok(()), |error| {
        let mut response = error.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        Err(response)
    })
}

fn broken_rule<B>(request: &Request<B>, length: BodyLength) -> Option<Error> {
    let headers = request.headers();
    // hyper itself sees to it for HTTP/2.
    if request.version() == Version::HTTP_2 {
        return None;
    }
    // RFC 9112, 6.1.
    if length == BodyLength::MayBeTwo {
        return Some(Error::TwoLengths);
    }
    // RFC 9112, 3.2.
    let hosts = headers.get_all(header::HOST).iter().count();
    if request.version() == Version::HTTP_11 && hosts != 1 {
        return Some(Error::Host);
    }
    // RFC 6585, 5.
    let lines = headers.iter().map(|(name, value)| {
        // A colon, a space and the line's end.
        name.as_str().len() + value.len() + 4
    });
    let target = request.uri().path().len() + request.uri().query().map_or(0, str::len);
    if target + lines.sum::<usize>() > LONGEST_HEAD {
        return Some(Error::HeadTooLarge {
            limit: LONGEST_HEAD,
        });
    }
    None
}
