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
    body::Bytes,
    http::{Request, Version, header},
    response::Response,
};
use http_body_util::BodyExt as _;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::{sync::oneshot, time::timeout};

use crate::routes::Routes;

/// How long a refused body is read on.
const LINGER: Duration = Duration::from_secs(10);

/// Bodies up to this many bytes arrive with the request's head; nothing is left of them to read.
const SMALL: u64 = 16 << 10;

/// Has the routes answer; see the module's text.
pub(crate) async fn linger(request: Request<Incoming>, routes: Routes) -> Response {
    let is_small = request
        .body()
        .size_hint()
        .upper()
        .is_some_and(|bytes| bytes <= SMALL);
    if is_small {
        return routes.answer(request).await;
    }
    // Who expects "100 Continue" waits for the answer, until the first read asks for the body. With HTTP/2,
    // where hyper sends no such thing, clients do not wait.
    let is_coming =
        request.version() == Version::HTTP_2 || !request.headers().contains_key(header::EXPECT);
    let (parts, body) = request.into_parts();
    let (back, mut left) = oneshot::channel();
    let lent = Lent {
        body: Some(body),
        back: Some(back),
        is_coming,
    };
    let response = routes.answer(Request::from_parts(parts, lent)).await;
    if !response.status().is_success()
        && let Ok(left) = left.try_recv()
    {
        discard(left).await;
    }
    response
}

async fn discard(mut body: Incoming) {
    let read = async { while let Some(Ok(_)) = body.frame().await {} };
    if timeout(LINGER, read).await.is_err() {
        tracing::debug!("a client kept sending a refused body");
    }
}

/// A body that goes back to its owner when its user drops it, if the client sends it.
struct Lent {
    body: Option<Incoming>,
    back: Option<oneshot::Sender<Incoming>>,
    is_coming: bool,
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.is_coming = true;
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map(Incoming::size_hint)
            .unwrap_or_default()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let (true, Some(back), Some(body)) = (self.is_coming, self.back.take(), self.body.take())
        {
            // The owner is gone where the connection is.
            let _ = back.send(body);
        }
    }
}
