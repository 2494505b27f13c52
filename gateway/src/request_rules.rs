//! What HTTP/1.1 asks of a request and hyper lets pass.

use axum::{
    extract::Request,
    http::{HeaderValue, Version, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::error::Error;

/// Middleware: a request without exactly one Host is refused, and its connection closed (RFC 9112, 3.2).
pub(crate) async fn check(request: Request, next: Next) -> Response {
    let has_host = request.headers().get_all(header::HOST).iter().count() == 1;
    if request.version() != Version::HTTP_11 || has_host {
        return next.run(request).await;
    }
    let mut response = Error::Host.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
