//! An invocation's place on a connection: sends it and waits for its answer, as an ordinary invocation, as a
//! suspect, or on a stream of its own.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use proto::invocations::RequestBatch;
use runtime::exchange::Outbox;
use tokio::{sync::oneshot, time::sleep};

use super::connection::{Blame, Connection, Lost, cancel};
use crate::{
    invocation::{Answer, Invocation},
    loss::Loss,
};

/// Work that counts for a worker which is to be avoided: more than any payloads, and far from overflow.
const BUSY: u64 = 1 << 32;

/// A worker that has been picked for an invocation, whose work it counts until it is dropped.
pub(super) struct Reservation {
    connection: Arc<Connection>,
    work: u64,
    /// Next to nothing else is in flight in the whole pool.
    is_quiet: bool,
}

impl Reservation {
    /// Counts `work` as in flight until it is dropped. `is_quiet` says that next to nothing else is in flight in
    /// the whole pool.
    pub(super) fn new(connection: Arc<Connection>, work: u64, is_quiet: bool) -> Self {
        connection.work.fetch_add(work, Ordering::Relaxed);
        Self {
            connection,
            work,
            is_quiet,
        }
    }

    /// Sends the invocation and waits for its answer. Dropping the future cancels the invocation.
    pub(super) async fn invoke(&self, invocation: Invocation) -> Result<Answer, Lost> {
        let id = self.connection.next_id();
        self.send(&self.connection.outbox, id, invocation).await
    }

    /// As [`invoke`](Self::invoke), for a suspect: an invocation that has already lost a worker as `before` says.
    /// It waits until it is the only suspect on this worker, so that it takes no other down with it.
    ///
    /// If the worker dies or stalls, its note says whether it was scoring the suspect. If only a stream was lost,
    /// nothing says which of the invocations on it is the cause. Each then gets a stream of its own.
    pub(super) async fn invoke_suspect(
        &self,
        mut invocation: Invocation,
        before: &Loss,
    ) -> Result<Answer, Lost> {
        let connection = &self.connection;
        let _suspect = connection.suspect.lock().await;
        invocation.head.suspect = true;
        let id = self.connection.next_id();
        let answer = if before.is_of_stream() {
            self.send_alone(id, invocation).await
        } else {
            self.send(&connection.outbox, id, invocation).await
        };
        let mut lost = match answer {
            Ok(answer) => return Ok(answer),
            Err(lost) => lost,
        };
        if lost.blame == Blame::Possible && !lost.how.is_of_stream() {
            let was_scoring = connection.note.as_ref().is_none_or(|note| note.names(id));
            lost.blame = if was_scoring {
                Blame::Certain
            } else {
                Blame::None
            };
        }
        Err(lost)
    }

    /// Has the worker count as busy for this long, because it has given the invocation back. It has little to do,
    /// and would be picked again and again.
    pub(super) fn avoid_for(mut self, pause: Duration) {
        self.connection.work.fetch_add(BUSY, Ordering::Relaxed);
        self.work += BUSY;
        tokio::spawn(async move {
            sleep(pause).await;
            drop(self);
        });
    }

    /// Sends the invocation on a stream of its own, and waits for its answer.
    async fn send_alone(&self, id: u64, invocation: Invocation) -> Result<Answer, Lost> {
        let (outbox, batches) = Outbox::new();
        tokio::select! {
            biased;
            // It is given up with all others if the worker stalls or its main stream is lost.
            answer = self.send(&outbox, id, invocation) => answer,
            how = self.connection.receive_alone(id, batches) => {
                let blame = if how.is_of_stream() {
                    Blame::Certain
                } else {
                    Blame::Possible
                };
                Err(Lost { how, blame })
            }
        }
    }

    async fn send(
        &self,
        outbox: &Outbox<RequestBatch>,
        id: u64,
        invocation: Invocation,
    ) -> Result<Answer, Lost> {
        let connection = &self.connection;
        let (sender, receiver) = oneshot::channel();
        let Invocation { mut head, body } = invocation;
        head.is_quiet = self.is_quiet;
        let send = || outbox.push(id, head, body);
        if !connection.in_flight.join(id, sender, send) {
            // It was given up a moment ago.
            return Err(Lost {
                how: Loss::Died,
                blame: Blame::None,
            });
        }
        let cancel = CancelOnDrop {
            connection,
            outbox,
            id,
        };
        let answer = connection.waits.wait(self.is_quiet, receiver).await;
        drop(cancel);
        let Ok(answer) = answer else {
            unreachable!("whoever takes an invocation out of `in_flight` says what became of it");
        };
        answer
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.connection.work.fetch_sub(self.work, Ordering::Relaxed);
    }
}

/// Cancels an invocation whose client is gone.
struct CancelOnDrop<'a> {
    connection: &'a Connection,
    outbox: &'a Outbox<RequestBatch>,
    id: u64,
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        let waiting = self.connection.in_flight.take(self.id);
        if waiting.is_some() {
            cancel(self.outbox, self.id);
        }
    }
}
