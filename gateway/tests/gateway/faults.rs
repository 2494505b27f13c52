//! Payloads that an echoing worker answers in an odd way.

use axum::http;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use tonic::body;

/// A payload that an echo answers with bytes that are no batch.
pub(crate) const MALFORMED: &str = "fault: malformed";

/// A payload that an echo answers with a message of 4 GiB, of which only the length is sent.
pub(crate) const TOO_LARGE: &str = "fault: too large";

/// A payload that an echo answers with a frame without a head.
pub(crate) const NO_HEAD: &str = "fault: no head";

/// A payload that an echo answers with an outcome that there is not.
pub(crate) const UNKNOWN_OUTCOME: &str = "fault: unknown outcome";

/// A payload that an echo answers with nothing.
pub(crate) const NOTHING: &str = "nothing";

/// A payload that an echo answers with a content type of two lines.
pub(crate) const CONTENT_TYPE: &str = "fault: content type";

/// How a payload begins that an echo sends back in a single frame, however long it is.
pub(crate) const IN_ONE_FRAME: &str = "in one frame";

/// A payload after which an echo ends the stream, and lives on.
pub(crate) const END_OF_STREAM: &str = "fault: end of stream";

/// Replaces a message that holds the name of a fault by that fault.
pub(crate) fn garble(response: http::Response<body::Body>) -> http::Response<body::Body> {
    response.map(|body| {
        body::Body::new(body.map_frame(|frame| {
            frame.map_data(|data: Bytes| {
                let holds = |fault: &str| {
                    data.windows(fault.len())
                        .any(|part| part == fault.as_bytes())
                };
                // A byte for compression, and the length in four.
                if holds(MALFORMED) {
                    Bytes::from_static(b"\0\0\0\0\x01\xff")
                } else if holds(TOO_LARGE) {
                    Bytes::from_static(b"\0\xff\xff\xff\xff")
                } else {
                    data
                }
            })
        }))
    })
}
