//! Connections: accept, serve, drain.

use std::{
    convert::Infallible,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    http::{HeaderValue, Request, header},
    response::{IntoResponse as _, Response},
};
use futures_util::FutureExt as _;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{Instant, sleep, timeout_at},
};
use tokio_io_timeout::TimeoutStream;

use crate::{linger::linger, request_rules, routes::Routes};

/// Longest time that a client may take to send a request's head, and that a connection may be idle.
const HEADER_TIMEOUT: Duration = Duration::from_secs(75);

/// Longest time in which a client may accept no byte of its answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);

/// Time to answer everything accepted after the signal to stop. SageMaker kills the container 30 s after
/// that signal.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(22);

/// For this long after the signal, idle connections stay open: a request may be on its way, and is
/// answered with "Connection: close". Then idle connections are closed.
const IDLE_GRACE: Duration = Duration::from_secs(1);

/// How often the drain checks whether all connections have ended.
const DRAIN_POLL: Duration = Duration::from_millis(10);

/// Pause after a failed accept. The usual cause, no free file descriptor, takes a while to go away.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves `routes` on `listener` until `stop` resolves. Then accepts no more connections, answers
/// everything accepted, and returns.
pub async fn serve(listener: TcpListener, routes: Routes, stop: impl Future<Output = ()>) {
    let server = Server::new(routes);
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, _)) => server.connection(stream),
            Err(error) => {
                tracing::warn!(%error, "can't accept a connection");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    server.draining.store(true, Ordering::Relaxed);
    // Connections that the kernel has already accepted.
    while let Some(Ok((stream, _))) = listener.accept().now_or_never() {
        server.connection(stream);
    }
    drop(listener);
    server.drain().await;
}

struct Server {
    routes: Routes,
    builder: auto::Builder<TokioExecutor>,
    graceful: GracefulShutdown,
    draining: Arc<AtomicBool>,
}

impl Server {
    fn new(routes: Routes) -> Self {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT);
        builder.http2().timer(TokioTimer::new());
        Self {
            routes,
            builder,
            graceful: GracefulShutdown::new(),
            draining: Arc::default(),
        }
    }

    fn connection(&self, stream: TcpStream) {
        // An answer is written at once: waiting to fill a packet would only delay it.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "can't set TCP_NODELAY");
        }
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(WRITE_TIMEOUT));
        let routes = self.routes.clone();
        let draining = Arc::clone(&self.draining);
        let service = service_fn(move |request| {
            let answer = answer(routes.clone(), request);
            let draining = Arc::clone(&draining);
            async move {
                let mut response = answer.await;
                if draining.load(Ordering::Relaxed) {
                    close_after(&mut response);
                }
                Ok::<_, Infallible>(response)
            }
        });
        let served = self
            .builder
            .serve_connection(TokioIo::new(Box::pin(stream)), service)
            .into_owned();
        let served = self.graceful.watch(served);
        tokio::spawn(async move {
            if let Err(error) = served.await {
                tracing::debug!(%error, "connection ended with an error");
            }
        });
    }

    async fn drain(self) {
        let start = Instant::now();
        while self.graceful.count() > 0 && start.elapsed() < IDLE_GRACE {
            sleep(DRAIN_POLL).await;
        }
        let drained = timeout_at(start + DRAIN_TIMEOUT, self.graceful.shutdown());
        if drained.await.is_err() {
            tracing::warn!("connections were still open at the end of the drain");
        }
    }
}

/// The steps before the routes. They are not layers, because each layer would box the service and its
/// future once more for every request.
async fn answer(routes: Routes, request: Request<Incoming>) -> Response {
    if let Err(error) = request_rules::check(&request) {
        let mut refusal = error.into_response();
        close_after(&mut refusal);
        return refusal;
    }
    linger(request, routes).await
}

/// Has hyper close the connection after this response. HTTP/2 has a frame of its own for this; there
/// hyper drops the header.
fn close_after(response: &mut Response) {
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
}
