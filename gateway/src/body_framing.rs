//! Finds the request with both Content-Length and Transfer-Encoding.
//!
//! Two lengths are how requests are smuggled past whoever believes the other one. hyper takes
//! Transfer-Encoding for the length, hides Content-Length from the service, and closes the connection after
//! the answer, which is sound (RFC 9112, 6.1); but such a request is to be refused. So the bytes are looked
//! at on their way to hyper: where heads begin and end, and what two of their lines say. hyper remains the
//! judge of everything else: what it refuses ends the connection, whatever is made of it here.

mod framing;

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};

use axum::http::{Request, header};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use framing::Framing;

/// What is known about a connection's requests, which are counted from 1. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct BodyLengths(Arc<Lengths>);

#[derive(Default)]
struct Lengths {
    /// The first request that has two lengths, or that can't be told; 0 where there is none.
    doubtful: AtomicU64,
    /// Requests that the service has seen.
    seen: AtomicU64,
}

impl BodyLengths {
    /// What is known about the request that hyper hands to the service next.
    pub(crate) fn of_next<B>(&self, request: &Request<B>) -> BodyLength {
        let number = self.0.seen.fetch_add(1, Ordering::Relaxed) + 1;
        let doubtful = self.0.doubtful.load(Ordering::Relaxed);
        let is_chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
        if is_chunked && doubtful != 0 && number >= doubtful {
            BodyLength::MayBeTwo
        } else {
            BodyLength::One
        }
    }
}

/// How many lengths a request has for its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyLength {
    /// Or none.
    One,
    MayBeTwo,
}

/// A connection whose incoming bytes are looked at.
pub(crate) struct Watched<S> {
    stream: S,
    framing: Framing,
    lengths: BodyLengths,
}

impl<S> Watched<S> {
    pub(crate) fn new(stream: S, lengths: BodyLengths) -> Self {
        Self {
            stream,
            framing: Framing::default(),
            lengths,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let new = buffer.filled().get(before..).unwrap_or_default();
        if let Some(request) = self.framing.take(new) {
            self.lengths.0.doubtful.store(request, Ordering::Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
