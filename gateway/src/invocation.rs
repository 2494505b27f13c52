//! What the routes hand to the pool, and what comes back.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use bytes::Bytes;
use proto::invocations::{AnswerHead, Outcome, RequestHead};

use crate::inference_id::InferenceId;

/// Header for the client's own data, which the answer returns.
pub const CUSTOM_ATTRIBUTES: HeaderName =
    HeaderName::from_static("x-amzn-sagemaker-custom-attributes");

/// Passing on a one-row payload costs about as much as scoring this many bytes.
const BYTES_PER_UNIT: u64 = 4096;

/// One call of `/invocations`. Cloning it does not copy the body.
#[derive(Clone, Debug)]
pub struct Invocation {
    pub head: RequestHead,
    pub body: Bytes,
}

/// A worker's answer. The outcome in its head says whether the body is a result or an error message.
#[derive(Debug)]
pub struct Answer {
    pub head: AnswerHead,
    pub body: Bytes,
}

impl Answer {
    /// Whether the worker has not begun the invocation, and another is to answer it.
    pub(crate) fn is_given_back(&self) -> bool {
        self.head.outcome == Outcome::GiveBack as i32
    }
}

impl Invocation {
    /// An invocation with the headers that a worker needs. Repeated `Accept` or `Content-Encoding` headers
    /// are joined to one list (RFC 9110, 5.3); of any other header the first counts.
    pub fn new(id: InferenceId<'_>, headers: &HeaderMap, body: Bytes) -> Self {
        let head = RequestHead {
            content_type: text(headers, &header::CONTENT_TYPE),
            accept: list(headers, &header::ACCEPT),
            custom_attributes: text(headers, &CUSTOM_ATTRIBUTES),
            inference_id: id.to_string(),
            content_length: body.len() as u64,
            suspect: false,
            is_quiet: false,
            content_encoding: list(headers, &header::CONTENT_ENCODING),
        };
        Self { head, body }
    }

    /// The work that the invocation means for a worker: a unit for passing it on, and a unit for each
    /// [`BYTES_PER_UNIT`] of the payload.
    pub(crate) fn work(&self) -> u64 {
        1 + self.body.len() as u64 / BYTES_PER_UNIT
    }
}

/// The first value of a header; the empty string stands for no header, as in the message.
fn text(headers: &HeaderMap, name: &HeaderName) -> String {
    headers.get(name).map_or_else(String::new, lossy)
}

/// All values of a header as one list.
fn list(headers: &HeaderMap, name: &HeaderName) -> String {
    let mut values = headers.get_all(name).iter();
    let mut joined = values.next().map_or_else(String::new, lossy);
    for value in values {
        joined.push(',');
        joined.push_str(&lossy(value));
    }
    joined
}

fn lossy(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_accept_headers_are_one_list() {
        let mut headers = HeaderMap::new();
        headers.append(header::ACCEPT, HeaderValue::from_static("text/csv"));
        headers.append(header::ACCEPT, HeaderValue::from_static("*/*;q=0.1"));
        let invocation = Invocation::new(InferenceId::Client("leaf"), &headers, Bytes::new());
        assert_eq!(invocation.head.accept, "text/csv,*/*;q=0.1");
        assert_eq!(invocation.head.content_type, "");
        assert_eq!(invocation.head.inference_id, "leaf");
    }
}
