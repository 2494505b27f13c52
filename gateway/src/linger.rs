//! Lets a client that is still sending read the refusal.
//!
//! If a server answers and closes the connection before it has read the body, the kernel resets the
//! connection, and the reset destroys the answer on its way: the client sees a broken connection instead
//! of "413". So the rest of a refused body is read and thrown away, for up to [`LINGER`].

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

/// Longest time for which the rest of a refused body is read.
const LINGER: Duration = Duration::from_secs(10);

/// Bodies up to this many bytes arrive together with the request's head, so none of them is left to read.
const SMALL: u64 = 16 << 10;

/// Has `routes` answer the request. If the answer is a refusal, reads the rest of the body first.
pub(crate) async fn linger(request: Request<Incoming>, routes: Routes) -> Response {
    let is_small = request
        .body()
        .size_hint()
        .upper()
        .is_some_and(|bytes| bytes <= SMALL);
    if is_small {
        return routes.answer(request).await;
    }
    // A client that expects "100 Continue" sends no body until hyper has sent that line, at the first read
    // of the body. In HTTP/2 hyper never sends it, and clients do not wait.
    let is_coming =
        request.version() == Version::HTTP_2 || !request.headers().contains_key(header::EXPECT);
    let (parts, body) = request.into_parts();
    let (owner, mut returned) = oneshot::channel();
    let lent = LentBody {
        lent: Some((body, owner)),
        is_coming,
    };
    let response = routes.answer(Request::from_parts(parts, lent)).await;
    if !response.status().is_success()
        && let Ok(rest) = returned.try_recv()
    {
        discard(rest).await;
    }
    response
}

async fn discard(mut body: Incoming) {
    let read = async { while let Some(Ok(_)) = body.frame().await {} };
    if timeout(LINGER, read).await.is_err() {
        tracing::debug!("a client kept sending a refused body");
    }
}

/// A body that goes back to its owner when it is dropped, if the client sends it at all.
struct LentBody {
    /// The body, and the way back; `None` only while it is dropped.
    lent: Option<(Incoming, oneshot::Sender<Incoming>)>,
    /// The client sends the body, or will without being asked for it.
    is_coming: bool,
}

impl LentBody {
    fn body(&self) -> &Incoming {
        match &self.lent {
            Some((body, _)) => body,
            None => unreachable!("only drop takes the body out"),
        }
    }

    fn body_mut(&mut self) -> &mut Incoming {
        match &mut self.lent {
            Some((body, _)) => body,
            None => unreachable!("only drop takes the body out"),
        }
    }
}

impl HttpBody for LentBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.is_coming = true;
        Pin::new(self.body_mut()).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body().is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body().size_hint()
    }
}

impl Drop for LentBody {
    fn drop(&mut self) {
        if self.is_coming
            && let Some((body, owner)) = self.lent.take()
        {
            // This fails if the connection has ended, and its owner with it.
            let _ = owner.send(body);
        }
    }
}
