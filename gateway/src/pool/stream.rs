//! Opens the connection to a worker, and the streams on it.

use std::{
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hyper_util::rt::TokioIo;
use proto::invocations::{AnswerBatch, RequestBatch, invocations_client::InvocationsClient};
use runtime::{
    exchange::{BatchStream, MAX_ANSWER_BATCH, MAX_HTTP2_FRAME, WINDOW},
    socket::WorkerSocket,
};
use rustix::process::Pid;
use thiserror::Error;
use tokio::{net::UnixStream, time::timeout};
use tonic::{
    Status, Streaming,
    transport::{Channel, Endpoint, Uri},
};
use tower::service_fn;

use crate::loss::Loss;

/// Time to open the stream after the socket has accepted; then the connection is tried again.
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection to a worker. Cheap to clone.
#[derive(Clone)]
pub(super) struct Peer {
    client: InvocationsClient<Channel>,
    /// The worker's process, if the kernel knows it.
    pub(super) process: Option<Pid>,
    /// Set once the worker has closed the connection.
    ended: Arc<AtomicBool>,
}

/// Why there is no stream to a worker.
#[derive(Debug, Error)]
pub(super) enum OpenError {
    /// Nobody listens, or the process has ended again: that of a worker which is being started.
    #[error("{0}")]
    Unreachable(#[from] io::Error),
    #[error("it refused the stream: {0}")]
    Refused(String),
    #[error(
        "it accepted the connection but sent no response headers within {} s: expected them at once, at \
         the latest with the answer to the first probe (proto/proto/invocations.proto)",
        OPEN_TIMEOUT.as_secs()
    )]
    NoHeaders,
}

impl Peer {
    /// Connects to the socket of a worker.
    pub(super) async fn connect(socket: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(socket).await?;
        let process = stream.peer_cred()?.pid().and_then(Pid::from_raw);
        let stream = WorkerSocket::new(stream)?;
        let ended = stream.ended();
        // The channel asks for a way to connect again. It gets none: a new stream needs a new `Connection` too.
        let mut once = Some(TokioIo::new(stream));
        let connector = service_fn(move |_: Uri| {
            let taken = once.take();
            async move { taken.ok_or_else(|| io::Error::from(io::ErrorKind::NotConnected)) }
        });
        let channel = Endpoint::from_static("http://worker")
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .max_frame_size(MAX_HTTP2_FRAME)
            .connect_with_connector(connector)
            .await
            .map_err(io::Error::other)?;
        let client = InvocationsClient::new(channel).max_decoding_message_size(MAX_ANSWER_BATCH);
        Ok(Self {
            client,
            process,
            ended,
        })
    }

    /// Opens the stream of a connection. It counts as open when the response headers are there.
    pub(super) async fn open(
        &self,
        batches: BatchStream<RequestBatch>,
    ) -> Result<Streaming<AnswerBatch>, OpenError> {
        match timeout(OPEN_TIMEOUT, self.exchange(batches)).await {
            Ok(Ok(answers)) => Ok(answers),
            Ok(Err(status)) if self.has_ended() => Err(OpenError::Unreachable(io::Error::other(
                status.message().to_owned(),
            ))),
            Ok(Err(status)) => Err(OpenError::Refused(sentence(&status))),
            Err(_) => Err(OpenError::NoHeaders),
        }
    }

    /// Opens one more stream, for as long as the caller waits.
    pub(super) async fn exchange(
        &self,
        batches: BatchStream<RequestBatch>,
    ) -> Result<Streaming<AnswerBatch>, Status> {
        let response = self.client.clone().exchange(batches).await?;
        Ok(response.into_inner())
    }

    /// What it means that a stream ended, with an error or without.
    pub(super) fn loss(&self, status: Option<&Status>) -> Loss {
        match status {
            _ if self.has_ended() => Loss::Died,
            Some(status) => Loss::broke_protocol(&sentence(status)),
            None => Loss::EndedStream,
        }
    }

    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }
}

/// From a worker, or from the decoder of what a worker sent.
fn sentence(status: &Status) -> String {
    format!("{:?}: {}", status.code(), status.message())
}
