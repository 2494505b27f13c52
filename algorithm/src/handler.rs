//! The level below tables: bytes in, bytes out.

use std::borrow::Cow;

use thiserror::Error;

use crate::{Cancellation, PredictError};

/// Answers a payload of any kind, as `transformation()` in the classic sample's `predictor.py` does.
///
/// ```
/// use algorithm::{Answer, Handler, Refusal, Request};
///
/// /// Answers the length of the payload.
/// struct Length;
///
/// impl Handler for Length {
///     fn handle(&self, request: Request<'_>) -> Result<Answer, Refusal> {
///         if request.body.is_empty() {
///             return Err(Refusal::BadPayload("the payload is empty, expected at least one byte".into()));
///         }
///         Ok(Answer {
///             content_type: "text/plain".into(),
///             body: request.body.len().to_string().into_bytes(),
///         })
///     }
/// }
/// ```
pub trait Handler: Send + Sync {
    /// Answers one payload. A panic is caught and answered with status 500. A handler that works for long
    /// asks [`Request::cancellation`] now and then, and gives up with [`Refusal::Cancelled`].
    ///
    /// # Errors
    /// A payload that can't be answered, with one line for the client.
    fn handle(&self, request: Request<'_>) -> Result<Answer, Refusal>;

    /// Whether the payload is answered in well under a millisecond. The worker then answers it on its
    /// event loop, else on a thread, so that no other invocation waits for it.
    fn is_quick(&self, request: Request<'_>) -> bool {
        let _ = request;
        false
    }

    /// Answers quick payloads that arrived at the same moment: one answer each, in their order. Worth
    /// overriding where many rows cost less together than one after the other. If it panics, or returns another
    /// number of answers, the worker asks [`handle`](Self::handle) for each.
    fn handle_together(&self, requests: &[Request<'_>]) -> Vec<Result<Answer, Refusal>> {
        requests
            .iter()
            .map(|request| self.handle(*request))
            .collect()
    }
}

/// A payload and the headers that say what it is; a header that the client did not send is empty.
///
/// ```
/// use algorithm::{Cancellation, Request};
///
/// let request = Request {
///     content_type: "image/png",
///     content_encoding: "",
///     accept: "application/json",
///     custom_attributes: "",
///     body: b"\x89PNG",
///     cancellation: &Cancellation::new(),
/// };
/// assert!(!request.cancellation.is_cancelled());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// `Content-Type`.
    pub content_type: &'a str,
    /// `Content-Encoding`.
    pub content_encoding: &'a str,
    /// `Accept`.
    pub accept: &'a str,
    /// `X-Amzn-SageMaker-Custom-Attributes`.
    pub custom_attributes: &'a str,
    /// The payload.
    pub body: &'a [u8],
    /// Whether anybody still waits for the answer.
    pub cancellation: &'a Cancellation,
}

/// An answer.
///
/// ```
/// use algorithm::Answer;
///
/// let answer = Answer { content_type: "text/plain".into(), body: b"42\n".to_vec() };
/// assert_eq!(answer.body.len(), 3);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// `Content-Type`.
    pub content_type: Cow<'static, str>,
    /// The answer itself.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer without a type and without a body, which is sent as status 204.
    ///
    /// ```
    /// use algorithm::Answer;
    ///
    /// assert!(Answer::nothing().is_nothing());
    /// let empty = Answer { content_type: "text/plain".into(), body: Vec::new() };
    /// assert!(!empty.is_nothing());
    /// ```
    pub fn nothing() -> Self {
        Self {
            content_type: Cow::Borrowed(""),
            body: Vec::new(),
        }
    }

    /// Whether there is neither a type nor a body.
    pub fn is_nothing(&self) -> bool {
        self.content_type.is_empty() && self.body.is_empty()
    }
}

/// A payload that is not answered: one line for the client, and the HTTP status that goes with it.
///
/// ```
/// use algorithm::Refusal;
///
/// let refusal = Refusal::UnsupportedContentType("expected image/png".to_owned());
/// assert_eq!(refusal.to_string(), "expected image/png");
/// ```
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// 400: the payload is not what its headers say, or does not fit the model.
    #[error("{0}")]
    BadPayload(String),
    /// 415: the headers name a format that can't be read.
    #[error("{0}")]
    UnsupportedContentType(String),
    /// 406: `Accept` allows no format that can be written.
    #[error("{0}")]
    NotAcceptable(String),
    /// 507: the answer takes more memory than there is, or more bytes than an answer may have.
    #[error("{0}")]
    OutOfMemory(String),
    /// 500: a fault of the algorithm's own.
    #[error("{0}")]
    Internal(String),
    /// No answer, since nobody waits for it: the call was cancelled.
    #[error("the call was cancelled")]
    Cancelled,
}

/// The worker hands a predictor only rows that fit, so that its failures are its own.
impl From<PredictError> for Refusal {
    fn from(error: PredictError) -> Self {
        Self::Internal(error.to_string())
    }
}
