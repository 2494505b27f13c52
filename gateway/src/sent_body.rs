//! An answer's body that keeps its share of the payload budget until it is written.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};

use crate::payload_budget::Share;

/// Answers up to this many bytes go into the socket's buffer at once.
const SMALL: usize = 16 << 10;

/// Written in pieces of this many bytes, so that the share is given back when the last piece is taken
/// and not when the first is.
const PIECE: usize = 64 << 10;

pub(crate) struct SentBody {
    rest: Bytes,
    _share: Share,
}

impl SentBody {
    /// The body of an answer; a small one gives its share back now.
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
