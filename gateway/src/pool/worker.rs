//! Keeps one worker connected and knows whether it can score.
//!
//! A worker is `Connecting`, `Connected` or `Stalled`; ARCHITECTURE.md draws the states. Only a `Connected`
//! worker gets invocations. Losing the stream, and entering `Stalled`, moves every invocation in flight to
//! another worker. A worker that stays `Stalled` is killed, so that supervisord replaces it. [`Health`]
//! decides when.

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use proto::invocations::AnswerBatch;
use runtime::{exchange::Inbox, suspect::Note};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    sync::Notify,
    time::{Instant, MissedTickBehavior, interval, sleep},
};
use tonic::Streaming;

use super::{
    connection::Connection,
    health::{Action, Health, PROBE_INTERVAL, Patience},
    stream::{OpenError, Peer},
};
use crate::loss::Loss;

/// Pause before the next attempt to connect. A worker that starts is in use after at most this long.
const RECONNECT_PAUSE: Duration = Duration::from_millis(20);

/// One of the pool's workers, connected or not.
pub(super) struct Worker {
    index: usize,
    socket: PathBuf,
    patience: Patience,
    /// The connection while there is a stream, stalled or not.
    connection: RwLock<Option<Arc<Connection>>>,
}

/// A stream to a worker that has just been opened.
struct Opened {
    connection: Arc<Connection>,
    peer: Peer,
    answers: Streaming<AnswerBatch>,
}

impl Worker {
    pub(super) fn new(index: usize, socket: PathBuf, patience: Patience) -> Self {
        Self {
            index,
            socket,
            patience,
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
                    let loss = self.serve(opened, changed, &pool_is_ready).await;
                    self.set(None);
                    connection.close(&loss);
                    connection.discard_note().await;
                    tracing::warn!(worker = self.index, reason = %loss, "worker lost");
                }
                Err(error) => {
                    // A line for each new kind of failure, not fifty a second.
                    let reason = error.to_string();
                    if reported.as_ref() != Some(&reason) {
                        let worker = self.index;
                        if let OpenError::Unreachable(_) = error {
                            tracing::debug!(worker, reason, "worker not reachable");
                        } else {
                            tracing::warn!(worker, reason, "worker can't be used");
                        }
                        reported = Some(reason);
                    }
                    sleep(RECONNECT_PAUSE).await;
                }
            }
        }
    }

    async fn open(&self) -> Result<Opened, OpenError> {
        let peer = Peer::connect(&self.socket).await?;
        let note = peer.process.zip(self.socket.parent());
        let note = note.map(|(process, run_dir)| {
            Note::new(run_dir, process.as_raw_nonzero().get().unsigned_abs())
        });
        let (connection, batches) = Connection::new(peer.clone(), note);
        // Some gRPC libraries send the response headers only with the first message.
        connection.probe(1);
        let answers = peer.open(batches).await?;
        Ok(Opened {
            connection,
            peer,
            answers,
        })
    }

    /// Delivers answers until the stream is lost; returns how.
    async fn serve(
        &self,
        opened: Opened,
        changed: &Notify,
        pool_is_ready: impl Fn() -> bool,
    ) -> Loss {
        let Opened {
            connection,
            peer,
            mut answers,
        } = opened;
        let mut inbox = Inbox::default();
        let mut probes = interval(PROBE_INTERVAL);
        probes.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut probe = 1;
        let mut health = Health::new(self.patience);
        loop {
            tokio::select! {
                biased;
                received = answers.message() => {
                    let batch = match received {
                        Ok(Some(batch)) => batch,
                        Ok(None) => return peer.loss(None),
                        Err(status) => return peer.loss(Some(&status)),
                    };
                    if health.on_answer() {
                        tracing::info!(worker = self.index, "worker answers again");
                        connection.revive();
                        changed.notify_waiters();
                    }
                    connection.receive(&mut inbox, batch);
                }
                _ = probes.tick() => {
                    // This worker, being stalled, does not count among those that can score.
                    match health.on_tick(Instant::now(), pool_is_ready()) {
                        Action::Probe => {}
                        Action::Stall => {
                            tracing::warn!(worker = self.index, "worker does not answer its probe");
                            connection.lose(&Loss::Stalled(self.patience.stall_after));
                        }
                        Action::Kill => {
                            self.kill(peer.process);
                            return Loss::Died;
                        }
                    }
                    connection.forget_unwanted(&mut inbox);
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
