//! What the routes hand to the pool, and what comes back.

use axum::http::{HeaderMap, HeaderName, header};
use bytes::Bytes;
use proto::invocations::{AnswerHead, RequestHead};

use crate::inference_id::InferenceId;

/// Header that a client's own words travel in, both ways.
pub const CUSTOM_ATTRIBUTES: HeaderName =
    HeaderName::from_static("x-amzn-sagemaker-custom-attributes");

/// One call of `/invocations`. Cloning it does not copy the body.
#[derive(Clone, Debug)]
pub struct Invocation {
    pub head: RequestHead,
    pub body: Bytes,
}

/// A worker's answer; the outcome in its head says whether it is one.
#[derive(Debug)]
pub struct Answer {
    pub head: AnswerHead,
    pub body: Bytes,
}

impl Invocation {
    /// Takes over the headers that a worker needs. A repeated `Accept` header counts as one list
    /// (RFC 9110, 5.3); of the others the first counts.
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

    /// Work that the invocation means for a worker, in arbitrary units: a constant part and one that
    /// grows with the payload.
    pub(crate) fn work(&self) -> u64 {
        /// A one-row payload costs about as much to pass on as this many bytes cost to score.
        const BYTES_A_UNIT: u64 = 4096;
        1 + self.body.len() as u64 / BYTES_A_UNIT
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> String {
    let value = headers.get(name).map(|value| value.as_bytes());
    String::from_utf8_lossy(value.unwrap_or_default()).into_owned()
}

fn list(headers: &HeaderMap, name: &HeaderName) -> String {
    let mut values = headers.get_all(name).iter();
    let first = values.next().map(|value| value.as_bytes());
    let mut joined = String::from_utf8_lossy(first.unwrap_or_default()).into_owned();
    for value in values {
        joined.push(',');
        joined.push_str(&String::from_utf8_lossy(value.as_bytes()));
    }
    joined
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn repeated_accept_headers_are_one_list() {
        let mut headers = HeaderMap::new();
        headers.append(header::ACCEPT, HeaderValue::from_static("text/csv"));
        headers.append(header::ACCEPT, HeaderValue::from_static("*/*;q=0.1"));
        let invocation = Invocation::new(InferenceId::Given("leaf"), &headers, Bytes::new());
        assert_eq!(invocation.head.accept, "text/csv,*/*;q=0.1");
        assert_eq!(invocation.head.content_type, "");
        assert_eq!(invocation.head.inference_id, "leaf");
    }
}
