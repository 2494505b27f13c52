//! An answer's body that keeps its share of the payload budget until it is sent.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};

use crate::payload_budget::Share;

/// Answers up to this many bytes fit into the socket's buffer, so they are as good as sent.
const SMALL: usize = 16 << 10;

/// hyper takes a larger body in pieces of this many bytes. In a single piece the body would be taken, and
/// its share given back, before any of it is sent.
const PIECE: usize = 64 << 10;

pub(crate) struct SentBody {
    rest: Bytes,
    _share: Share,
}

impl SentBody {
    /// The body of an answer. A body of up to [`SMALL`] bytes gives its share back at once.
    pub(crate) fn hold(bytes: Bytes, share: Share) -> Body {
        if bytes.len() <= SMALL {
            return Body::from(bytes);
        }
        Body::new(Self {
            rest: bytes,
            _share: share,
        })
    }
}

impl HttpBody for SentBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
