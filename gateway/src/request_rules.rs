//! What HTTP/1.1 asks of a request and hyper lets pass.

use axum::{
    http::{HeaderValue, Request, Version, header},
    response::{IntoResponse as _, Response},
};

use crate::error::Error;

/// A request without exactly one Host is refused, and its connection closed (RFC 9112, 3.2).
///
/// # Errors
/// The answer to such a request.
// The answer is made where it is needed: an error that holds one would make every success as large.
#[allow(clippy::result_large_err)]
pub(crate) fn check<B>(request: &Request<B>) -> Result<(), Response> {
    let has_host = request.headers().get_all(header::HOST).iter().count() == 1;
    if request.version() != Version::HTTP_11 || has_host {
        return Ok(());
    }
    let mut response = Error::Host.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    Err(response)
}
