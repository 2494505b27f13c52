//! Every way a request can fail, and its HTTP status. No other file names an error status; a test checks
//! this. 4xx is the client's fault, 5xx ours; the body is one short line of plain text.

use axum::{
    BoxError,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use proto::invocations::Outcome;
use thiserror::Error;
use tower::{load_shed, timeout};

use crate::loss::Losses;

/// Seconds after which a client may try again if the gateway was overloaded.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// Why a request fails. The text is the body of the response.
#[derive(Debug, Error)]
pub enum Error {
    /// The payload is larger than `SAGEMAKER_MAX_PAYLOAD_IN_MB` or `MAX_CONTENT_LENGTH` allow, which is `limit`
    /// bytes.
    #[error(
        "the payload is larger than {limit} bytes (SAGEMAKER_MAX_PAYLOAD_IN_MB, MAX_CONTENT_LENGTH)"
    )]
    PayloadTooLarge { limit: usize },
    /// The payload is larger than the `affordable` bytes that the container's memory has room for.
    #[error(
        "the payload is too large for the container's memory (at most {affordable} bytes); send fewer records"
    )]
    TooLittleMemory { affordable: usize },
    /// The body ends early or is malformed.
    #[error("the request's body can't be read to its end")]
    Body,
    /// The body takes longer than `seconds` to arrive.
    #[error("the request's body did not arrive within {seconds} s")]
    BodyTimeout { seconds: u64 },
    /// `MODEL_SERVER_QUEUE` invocations are in flight or waiting, or their payloads fill the memory.
    #[error(
        "too many invocations at once (MODEL_SERVER_QUEUE), or their payloads are too large; try again"
    )]
    Overloaded,
    /// There is no answer within `MODEL_SERVER_TIMEOUT`.
    #[error("no answer within the time limit (MODEL_SERVER_TIMEOUT)")]
    Timeout,
    /// Two workers, one after the other, died or stalled because of the invocation, or gave no answer to it.
    #[error("{0}")]
    WorkersLost(Losses),
    /// No worker can score now: all are starting, stalled or gone.
    #[error("no model-worker can score now")]
    NotReady,
    /// A worker refused the invocation or failed; the body is its `message`.
    #[error("the model server failed")]
    Worker { outcome: Outcome, message: Bytes },
    /// A worker's answer has a content type with a line end or the like.
    #[error("the worker's answer has a content type that no header can hold")]
    AnswerType,
    /// An HTTP/1.1 request has no host, or several.
    #[error("expected exactly one Host header")]
    Host,
    /// The request's target and headers together are larger than `limit` bytes.
    #[error("the request's path and headers are larger than {limit} bytes")]
    HeadTooLarge { limit: usize },
    /// There is no such path.
    #[error("no such path: there are GET /ping, POST /invocations and GET /execution-parameters")]
    NotFound,
    /// The path exists, but not with this method.
    #[error("this path does not take that method")]
    MethodNotAllowed,
    /// A fault of ours.
    #[error("internal error")]
    Internal,
}

impl Error {
    /// The status that a client sees.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::PayloadTooLarge { .. } | Self::TooLittleMemory { .. } => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Self::Body | Self::Host => StatusCode::BAD_REQUEST,
            Self::HeadTooLarge { .. } => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::BodyTimeout { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::Overloaded | Self::NotReady => StatusCode::SERVICE_UNAVAILABLE,
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Self::WorkersLost(_) => StatusCode::BAD_GATEWAY,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::AnswerType | Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Worker { outcome, .. } => match outcome {
                Outcome::BadPayload => StatusCode::BAD_REQUEST,
                Outcome::UnsupportedContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
                Outcome::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
                Outcome::OutOfMemory => StatusCode::INSUFFICIENT_STORAGE,
                // The pool keeps an invocation that is given back, and the first two are no errors.
                Outcome::Ok | Outcome::NoContent | Outcome::GiveBack | Outcome::Internal => {
                    StatusCode::INTERNAL_SERVER_ERROR
                }
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

/// From the error of the tower layers around the pool.
impl From<BoxError> for Error {
    fn from(error: BoxError) -> Self {
        match error.downcast::<Self>() {
            Ok(ours) => *ours,
            Err(error) if error.is::<load_shed::error::Overloaded>() => Self::Overloaded,
            Err(error) if error.is::<timeout::error::Elapsed>() => Self::Timeout,
            Err(error) => {
                tracing::error!(%error, "unexpected error of a tower layer");
                Self::Internal
            }
        }
    }
}
