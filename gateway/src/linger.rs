//! Lets a client that is still sending read the refusal.
//!
//! A server that answers before it has read the body and closes the connection resets it, and the
//! reset destroys the answer on its way: the client sees a broken connection instead of "413". So what
//! is left of a refused body is read and thrown away, for a while.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::header,
    middleware::Next,
    response::Response,
};
use http_body_util::BodyExt as _;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::{sync::oneshot, time::timeout};

/// How long a refused body is read on.
const LINGER: Duration = Duration::from_secs(10);

/// Bodies up to this many bytes arrive with the request's head; nothing is left of them to read.
const SMALL: u64 = 16 << 10;

/// Middleware: see the module's text.
pub(crate) async fn linger(request: Request, next: Next) -> Response {
    let is_small = request
        .body()
        .size_hint()
        .upper()
        .is_some_and(|bytes| bytes <= SMALL);
    // Who expects "100 Continue" waits for the answer; reading would ask for the body.
    if is_small || request.headers().contains_key(header::EXPECT) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let (back, mut left) = oneshot::channel();
    let lent = Lent {
        body,
        back: Some(back),
    };
    let response = next.run(Request::from_parts(parts, Body::new(lent))).await;
    if !response.status().is_success()
        && let Ok(left) = left.try_recv()
    {
        discard(left).await;
    }
    response
}

async fn discard(mut body: Body) {
    let read = async { while let Some(Ok(_)) = body.frame().await {} };
    if timeout(LINGER, read).await.is_err() {
        tracing::debug!("a client kept sending a refused body");
    }
}

/// A body that goes back to its owner when its user drops it.
struct Lent {
    body: Body,
    back: Option<oneshot::Sender<Body>>,
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(back) = self.back.take() {
            // The owner is gone where the connection is.
            let _ = back.send(std::mem::take(&mut self.body));
        }
    }
}
