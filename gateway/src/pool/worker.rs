//! Keeps one worker connected and knows whether it can score.
//!
//! A worker is `Connecting`, `Connected` or `Stalled`; ARCHITECTURE.md draws the states. Only a `Connected`
//! worker gets invocations. Losing the stream, and entering `Stalled`, moves every invocation in flight to
//! another worker. A worker that stays `Stalled` is killed, so that supervisord replaces it. [`Health`]
//! decides when.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use hyper_util::rt::TokioIo;
use proto::invocations::{AnswerBatch, RequestBatch, invocations_client::InvocationsClient};
use runtime::{
    exchange::{BatchStream, Inbox, MAX_HTTP2_FRAME, WINDOW},
    socket::WorkerSocket,
    suspect::Note,
};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    net::UnixStream,
    sync::Notify,
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};
use tonic::{
    Streaming,
    transport::{Channel, Endpoint, Uri},
};
use tower::service_fn;

use super::{
    connection::Connection,
    health::{Action, Health, PROBE_INTERVAL},
};

/// Pause before the next attempt to connect. A worker that starts is in use after at most this long.
const RECONNECT_PAUSE: Duration = Duration::from_millis(20);

/// Time to open the stream after the socket has accepted; then the connection is tried again.
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);

/// One of the pool's workers, connected or not.
pub(super) struct Worker {
    index: usize,
    socket: PathBuf,
    /// Time without a sign of life after which the process is killed.
    kill_after: Duration,
    /// The connection while there is a stream, stalled or not.
    connection: RwLock<Option<Arc<Connection>>>,
}

/// A stream to a worker that has just been opened.
struct Opened {
    connection: Arc<Connection>,
    answers: Streaming<AnswerBatch>,
    /// The worker's process, if the kernel knows it.
    process: Option<Pid>,
}

impl Worker {
    pub(super) fn new(index: usize, socket: PathBuf, kill_after: Duration) -> Self {
        Self {
            index,
            socket,
            kill_after,
            connection: RwLock::new(None),
        }
    }

    /// The connection, if the worker can score now.
    pub(super) fn ready(&self) -> Option<Arc<Connection>> {
        let slot = self
            .connection
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        slot.as_ref()
            .filter(|connection| connection.is_alive())
            .cloned()
    }

    /// Connects, serves the connection until it is lost, and connects again, for ever. Notifies `changed`
    /// when the worker becomes ready.
    pub(super) async fn run(&self, changed: &Notify, pool_is_ready: impl Fn() -> bool) {
        let mut reported = None;
        loop {
            match self.open().await {
                Ok(opened) => {
                    reported = None;
                    tracing::info!(worker = self.index, "worker connected");
                    let connection = Arc::clone(&opened.connection);
                    self.set(Some(Arc::clone(&connection)));
                    changed.notify_waiters();
                    let why = self.serve(opened, changed, &pool_is_ready).await;
                    self.set(None);
                    connection.close();
                    connection.discard_note().await;
                    tracing::warn!(worker = self.index, reason = why, "worker lost");
                }
                Err(error) => {
                    // A line for each new kind of failure, not fifty a second.
                    let kind = error.to_string();
                    if reported.as_ref() != Some(&kind) {
                        tracing::debug!(worker = self.index, error = kind, "worker not reachable");
                        reported = Some(kind);
                    }
                    sleep(RECONNECT_PAUSE).await;
                }
            }
        }
    }

    async fn open(&self) -> io::Result<Opened> {
        let (channel, process) = connect(&self.socket).await?;
        let note = process.zip(self.socket.parent());
        let note = note.map(|(process, run_dir)| {
            Note::new(run_dir, process.as_raw_nonzero().get().unsigned_abs())
        });
        let (connection, batches) = Connection::new(note);
        let opened = timeout(OPEN_TIMEOUT, exchange(channel, batches)).await;
        let answers = opened.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        Ok(Opened {
            connection,
            answers,
            process,
        })
    }

    /// Delivers answers until the stream is lost; returns the reason.
    async fn serve(
        &self,
        opened: Opened,
        changed: &Notify,
        pool_is_ready: impl Fn() -> bool,
    ) -> String {
        let Opened {
            connection,
            mut answers,
            process,
        } = opened;
        let mut inbox = Inbox::default();
        let mut probes = interval(PROBE_INTERVAL);
        probes.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut probe = 0;
        let mut health = Health::new(self.kill_after);
        loop {
            tokio::select! {
                biased;
                received = answers.message() => {
                    let batch = match received {
                        Ok(Some(batch)) => batch,
                        Ok(None) => return "the worker ended the stream".to_owned(),
                        Err(status) => return status.message().to_owned(),
                    };
                    if health.on_answer() {
                        tracing::info!(worker = self.index, "worker answers again");
                        connection.revive();
                        changed.notify_waiters();
                    }
                    for frame in batch.frames {
                        match inbox.accept(frame) {
                            Ok(Some(message)) => connection.deliver(message),
                            Ok(None) => {}
                            Err(error) => return error.to_string(),
                        }
                    }
                }
                _ = probes.tick() => {
                    // This worker, being stalled, does not count among those that can score.
                    match health.on_tick(Instant::now(), pool_is_ready()) {
                        Action::Probe => {}
                        Action::Stall => {
                            tracing::warn!(worker = self.index, "worker does not answer its probe");
                            connection.lose();
                        }
                        Action::Kill => {
                            self.kill(process);
                            return "it made no progress and was killed".to_owned();
                        }
                    }
                    probe += 1;
                    connection.probe(probe);
                }
            }
        }
    }

    fn kill(&self, process: Option<Pid>) {
        let killed = process.map(|process| kill_process(process, Signal::KILL));
        tracing::warn!(
            worker = self.index,
            ?process,
            ?killed,
            "worker makes no progress"
        );
    }

    fn set(&self, connection: Option<Arc<Connection>>) {
        let mut slot = self
            .connection
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *slot = connection;
    }
}

async fn connect(socket: &Path) -> io::Result<(Channel, Option<Pid>)> {
    let stream = UnixStream::connect(socket).await?;
    let process = stream.peer_cred()?.pid().and_then(Pid::from_raw);
    // The channel asks for a way to connect again. It gets none: a new stream needs a new `Connection` too.
    let mut once = Some(TokioIo::new(WorkerSocket::new(stream)?));
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
    Ok((channel, process))
}

async fn exchange(
    channel: Channel,
    batches: BatchStream<RequestBatch>,
) -> io::Result<Streaming<AnswerBatch>> {
    let mut client = InvocationsClient::new(channel);
    let response = client
        .exchange(batches)
        .await
        .map_err(|status| io::Error::other(status.message().to_owned()))?;
    Ok(response.into_inner())
}
