//! Connections: accept, serve, drain.

use std::{
    convert::Infallible,
    io,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    http::{HeaderValue, Request, header},
    response::Response,
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

use crate::{
    body_framing::{BodyLength, BodyLengths, Watched},
    linger::linger,
    request_rules,
    routes::Routes,
};

/// Time that a client has to send a request's header, and that a connection may be idle.
const HEADER_TIMEOUT: Duration = Duration::from_secs(75);

/// Time that a client may take no byte of its answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);

/// Time in which everything accepted is answered after the signal to stop. SageMaker kills the
/// container 30 s after it.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(22);

/// In the first part of that time an idle connection is kept: a request may be on its way, and is
/// answered with "Connection: close". Then idle connections are closed.
const KEPT_IDLE: Duration = Duration::from_secs(1);

/// How often the end of the connections is looked for while they drain.
const LOOK: Duration = Duration::from_millis(10);

/// Pause after an accept that failed, for want of file descriptors, say.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves `routes` on `listener` until `stop` resolves; then accepts no more, answers everything
/// accepted, and returns.
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
    // Connections that the kernel has accepted already.
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
            report(&error);
        }
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(WRITE_TIMEOUT));
        let lengths = BodyLengths::default();
        let stream = Watched::new(Box::pin(stream), lengths.clone());
        let routes = self.routes.clone();
        let draining = Arc::clone(&self.draining);
        let service = service_fn(move |request| {
            let answer = answer(routes.clone(), lengths.of_next(&request), request);
            let draining = Arc::clone(&draining);
            async move {
                let mut response = answer.await;
                // hyper leaves it out of HTTP/2, which says it with a frame of its own.
                if draining.load(Ordering::Relaxed) {
                    let close = HeaderValue::from_static("close");
                    response.headers_mut().insert(header::CONNECTION, close);
                }
                Ok::<_, Infallible>(response)
            }
        });
        let served = self
            .builder
            .serve_connection(TokioIo::new(stream), service)
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
        while self.graceful.count() > 0 && start.elapsed() < KEPT_IDLE {
            sleep(LOOK).await;
        }
        let drained = timeout_at(start + DRAIN_TIMEOUT, self.graceful.shutdown());
        if drained.await.is_err() {
            tracing::warn!("connections were still open at the end of the drain");
        }
    }
}

/// What comes before the routes. Not in layers around them: each would box the service and its future
/// once more for every request.
async fn answer(routes: Routes, length: BodyLength, request: Request<Incoming>) -> Response {
    if let Err(refused) = request_rules::check(&request, length) {
        return refused;
    }
    linger(request, routes).await
}

fn report(error: &io::Error) {
    tracing::debug!(%error, "can't set TCP_NODELAY");
}
