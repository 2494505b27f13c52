//! Many invocations on one stream to one worker.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use proto::invocations::{AnswerHead, RequestBatch, RequestFrame};
use runtime::{
    awake::Waits,
    exchange::{BatchStream, Message, Outbox},
    suspect::Note,
};
use tokio::sync::{Mutex, oneshot};

use super::in_flight::InFlight;
use crate::invocation::{Answer, Invocation};

/// The sending half of a stream, shared by all invocations on it.
pub(super) struct Connection {
    outbox: Outbox<RequestBatch>,
    in_flight: InFlight<oneshot::Sender<Result<Answer, Lost>>>,
    next_id: AtomicU64,
    /// Work in flight, in the units of [`Invocation::work`].
    work: AtomicU64,
    /// The file in which the worker notes the suspect that it is scoring.
    note: Option<Note>,
    /// Waits for answers while the pool is quiet.
    waits: Waits,
    /// Held by the only suspect on this worker.
    suspect: Mutex<()>,
}

/// The worker died, or was given up, before it answered.
#[derive(Debug)]
pub(super) struct Lost {
    /// The invocation may be the cause: a part of it had been sent. A suspect may be the cause only if the
    /// worker was scoring it as well.
    pub(super) may_be_cause: bool,
}

impl Connection {
    /// A connection, and the stream of batches to send over it.
    pub(super) fn new(note: Option<Note>) -> (Arc<Self>, BatchStream<RequestBatch>) {
        let (outbox, batches) = Outbox::new();
        let connection = Self {
            outbox,
            in_flight: InFlight::new(),
            next_id: AtomicU64::new(1),
            work: AtomicU64::new(0),
            note,
            waits: Waits::default(),
            suspect: Mutex::new(()),
        };
        (Arc::new(connection), batches)
    }

    /// Work in flight, in the units of [`Invocation::work`].
    pub(super) fn work(&self) -> u64 {
        self.work.load(Ordering::Relaxed)
    }

    /// Whether a small invocation waits for the next batch.
    pub(super) fn has_unsent(&self) -> bool {
        self.outbox.has_unsent()
    }

    /// Counts `work` as in flight until the guard is dropped. `is_quiet` says that next to nothing else is in
    /// flight in the whole pool.
    pub(super) fn reserve(self: &Arc<Self>, work: u64, is_quiet: bool) -> Reservation {
        self.work.fetch_add(work, Ordering::Relaxed);
        Reservation {
            connection: Arc::clone(self),
            work,
            is_quiet,
        }
    }

    /// Sends a probe; the worker must send the number back.
    pub(super) fn probe(&self, number: u64) {
        self.outbox.probe(number);
    }

    /// Whether the worker answers its probes.
    pub(super) fn is_alive(&self) -> bool {
        self.in_flight.is_alive()
    }

    /// Takes invocations again, because the worker answers again.
    pub(super) fn revive(&self) {
        self.in_flight.revive();
    }

    /// Gives up every invocation in flight, so that each goes to another worker, and takes no more.
    pub(super) fn lose(&self) {
        let (lost, unsent) = self.in_flight.give_up(|| self.outbox.clear());
        let unsent: HashSet<u64> = unsent.into_iter().collect();
        for (id, waiting) in lost {
            let was_sent = !unsent.contains(&id);
            if was_sent {
                self.cancel(id);
            }
            // This fails if the client is gone.
            let _ = waiting.send(Err(Lost {
                may_be_cause: was_sent,
            }));
        }
    }

    /// Removes the note of a worker that is gone, after the last suspect has read it.
    pub(super) async fn discard_note(&self) {
        let _suspect = self.suspect.lock().await;
        if let Some(note) = &self.note {
            note.remove();
        }
    }

    /// Ends the stream.
    pub(super) fn close(&self) {
        self.lose();
        self.outbox.close();
    }

    /// Hands a worker's answer to the invocation that waits for it. An invocation that has been cancelled or
    /// given up does not wait any more.
    pub(super) fn deliver(&self, message: Message<AnswerHead>) {
        let Message::Whole { id, head, body } = message else {
            unreachable!("an AnswerFrame has no field that cancels");
        };
        if let Some(waiting) = self.in_flight.take(id) {
            // This fails if the client is gone.
            let _ = waiting.send(Ok(Answer { head, body }));
        }
    }

    fn cancel(&self, id: u64) {
        let frame = RequestFrame {
            id,
            cancel: true,
            ..RequestFrame::default()
        };
        self.outbox.push_frame(id, frame);
    }
}

/// A worker that has been picked for an invocation, whose work it counts until it is dropped.
pub(super) struct Reservation {
    connection: Arc<Connection>,
    work: u64,
    /// Next to nothing else is in flight in the whole pool.
    is_quiet: bool,
}

impl Reservation {
    /// Sends the invocation and waits for its answer. Dropping the future cancels the invocation.
    pub(super) async fn invoke(&self, invocation: Invocation) -> Result<Answer, Lost> {
        let id = self.connection.next_id.fetch_add(1, Ordering::Relaxed);
        self.send(id, invocation).await
    }

    /// As [`invoke`](Self::invoke), for a suspect: an invocation that has already lost a worker. It waits
    /// until it is the only suspect on this worker, so that it takes no other down with it, and it counts as
    /// the cause only if the worker was scoring it when it died.
    pub(super) async fn invoke_suspect(&self, mut invocation: Invocation) -> Result<Answer, Lost> {
        let connection = &self.connection;
        let _suspect = connection.suspect.lock().await;
        invocation.head.suspect = true;
        let id = connection.next_id.fetch_add(1, Ordering::Relaxed);
        let lost = match self.send(id, invocation).await {
            Ok(answer) => return Ok(answer),
            Err(lost) => lost,
        };
        let was_scoring = connection.note.as_ref().is_none_or(|note| note.names(id));
        Err(Lost {
            may_be_cause: lost.may_be_cause && was_scoring,
        })
    }

    async fn send(&self, id: u64, invocation: Invocation) -> Result<Answer, Lost> {
        let connection = &self.connection;
        let (sender, receiver) = oneshot::channel();
        let Invocation { mut head, body } = invocation;
        head.is_quiet = self.is_quiet;
        let send = || connection.outbox.push(id, head, body);
        if !connection.in_flight.join(id, sender, send) {
            return Err(Lost {
                may_be_cause: false,
            });
        }
        let cancel = CancelOnDrop { connection, id };
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
    id: u64,
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        let waiting = self.connection.in_flight.take(self.id);
        if waiting.is_some() {
            self.connection.cancel(self.id);
        }
    }
}
