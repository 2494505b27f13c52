//! The only file that names HTTP error statuses: every way an invocation can fail, as SageMaker's
//! client sees it. 4xx is the client's fault, 5xx ours; the body is one short line of plain text.

use axum::{
    BoxError,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use proto::invocations::Outcome;
use thiserror::Error;
use tower::{load_shed, timeout};

/// Seconds after which a client that was turned away may try again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// Why an invocation has no answer.
#[derive(Debug, Error)]
pub enum Error {
    /// More bytes than `SAGEMAKER_MAX_PAYLOAD_IN_MB`.
    #[error("the payload is larger than {limit} bytes (SAGEMAKER_MAX_PAYLOAD_IN_MB)")]
    PayloadTooLarge { limit: usize },
    /// More bytes than can be answered within the container's limit of memory.
    #[error(
        "the container's memory is enough for payloads of {affordable} bytes, expected fewer records at once"
    )]
    TooLittleMemory { affordable: usize },
    /// The body broke off or was malformed.
    #[error("the request's body could not be read to its end")]
    Body,
    /// The body did not come in time.
    #[error("the request's body did not arrive within {seconds} s")]
    BodyTimeout { seconds: u64 },
    /// `MODEL_SERVER_QUEUE` invocations are in flight or waiting, or as many bytes of payloads as may be.
    #[error("too many invocations at once (MODEL_SERVER_QUEUE), or too large ones, try again")]
    Overloaded,
    /// No answer within `MODEL_SERVER_TIMEOUT`.
    #[error("no answer within the time limit (MODEL_SERVER_TIMEOUT)")]
    Timeout,
    /// Both workers that tried the invocation died of something.
    #[error("two workers in a row died while they had this invocation")]
    WorkersLost,
    /// A worker refused the invocation or failed.
    #[error("the model server failed")]
    Worker { outcome: Outcome, message: Bytes },
    /// An HTTP/1.1 request must name its host.
    #[error("expected exactly one Host header")]
    Host,
    /// A body has one length (RFC 9112, 6.1).
    #[error("found Content-Length and Transfer-Encoding, expected at most one of them")]
    TwoLengths,
    /// Path and headers together.
    #[error("the request's path and headers are larger than {limit} bytes")]
    HeadTooLarge { limit: usize },
    /// No such route.
    #[error("no such path: there are GET /ping, POST /invocations and GET /execution-parameters")]
    NotFound,
    /// The path exists, but not with this method.
    #[error("this path does not take that method")]
    MethodNotAllowed,
    /// Nothing that a request can bring about.
    #[error("internal error")]
    Internal,
}

impl Error {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::PayloadTooLarge { .. } | Self::TooLittleMemory { .. } => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Self::Body | Self::Host | Self::TwoLengths => StatusCode::BAD_REQUEST,
            Self::HeadTooLarge { .. } => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::BodyTimeout { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Self::WorkersLost => StatusCode::BAD_GATEWAY,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Worker { outcome, .. } => match outcome {
                Outcome::BadPayload => StatusCode::BAD_REQUEST,
                Outcome::UnsupportedContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
                Outcome::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
                Outcome::OutOfMemory => StatusCode::INSUFFICIENT_STORAGE,
                Outcome::Ok | Outcome::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            },
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut line = match &self {
            Self::Worker { message, .. } if !message.is_empty() => message.to_vec(),
            other => other.to_string().into_bytes(),
        };
        line.push(b'\n');
        let content_type = HeaderValue::from_static("text/plain; charset=utf-8");
        let mut response = (status, [(header::CONTENT_TYPE, content_type)], line).into_response();
        if matches!(self, Self::Overloaded) {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        response
    }
}

/// Turns what the tower layers report into an [`Error`].
impl From<BoxError> for Error {
    fn from(error: BoxError) -> Self {
        match error.downcast::<Self>() {
            Ok(ours) => *ours,
            Err(error) if error.is::<load_shed::error::Overloaded>() => Self::Overloaded,
            Err(error) if error.is::<timeout::error::Elapsed>() => Self::Timeout,
            Err(error) => {
                tracing::error!(%error, "unexpected error in the request's stack");
                Self::Internal
            }
        }
    }
}
