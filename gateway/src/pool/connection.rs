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
use tokio::sync::{Semaphore, oneshot};

use super::in_flight::InFlight;
use crate::invocation::{Answer, Invocation};

/// The sending half of a stream, shared by all invocations on it.
pub(super) struct Connection {
    outbox: Outbox<RequestBatch>,
    in_flight: InFlight<oneshot::Sender<Result<Answer, Lost>>>,
    next_id: AtomicU64,
    work: AtomicU64,
    /// What the worker was scoring when it died.
    note: Option<Note>,
    /// For answers, while the pool is quiet.
    waits: Waits,
    /// Held by an invocation that has lost a worker already.
    alone: Semaphore,
}

/// The worker died, or was given up, before it answered.
#[derive(Debug)]
pub(super) struct Lost {
    /// The invocation may be the cause: part of it had been sent or, for a suspect, the worker was scoring
    /// it.
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
            alone: Semaphore::new(1),
        };
        (Arc::new(connection), batches)
    }

    /// Work in flight, in the units of [`Invocation::work`].
    pub(super) fn work(&self) -> u64 {
        self.work.load(Ordering::Relaxed)
    }

    /// Whether a batch is about to leave.
    pub(super) fn has_unsent(&self) -> bool {
        self.outbox.has_unsent()
    }

    /// Counts an invocation as in flight until the guard is dropped. `is_quiet` tells that there is next to
    /// nothing else in flight.
    pub(super) fn reserve(self: &Arc<Self>, work: u64, is_quiet: bool) -> Reservation {
        self.work.fetch_add(work, Ordering::Relaxed);
        Reservation {
            connection: Arc::clone(self),
            work,
            is_quiet,
        }
    }

    /// Sends a probe; the worker is to send the number back.
    pub(super) fn probe(&self, number: u64) {
        self.outbox.probe(number);
    }

    /// The worker answers its probes; see [`super::worker`].
    pub(super) fn is_alive(&self) -> bool {
        self.in_flight.is_alive()
    }

    /// The worker answers again.
    pub(super) fn revive(&self) {
        self.in_flight.revive();
    }

    /// Gives up every invocation in flight, which then goes to another worker, and takes no more.
    pub(super) fn lose(&self) {
        let (lost, unsent) = self.in_flight.give_up(|| self.outbox.clear());
        let unsent: HashSet<u64> = unsent.into_iter().collect();
        for (id, waiting) in lost {
            let was_sent = !unsent.contains(&id);
            if was_sent {
                self.cancel(id);
            }
            // The receiver is gone where the client is.
            let _ = waiting.send(Err(Lost {
                may_be_cause: was_sent,
            }));
        }
    }

    /// Removes the note of a worker that is gone, once no suspect needs it any more.
    pub(super) async fn discard_note(&self) {
        // An error means that no suspect may come any more, which is as good.
        let _alone = self.alone.acquire().await;
        if let Some(note) = &self.note {
            note.remove();
        }
    }

    /// Ends the stream.
    pub(super) fn close(&self) {
        self.lose();
        self.outbox.close();
    }

    /// Hands a worker's answer to the invocation that waits for it, if one still does.
    pub(super) fn deliver(&self, message: Message<AnswerHead>) {
        let Message::Whole { id, head, body } = message else {
            return;
        };
        let waiting = self.in_flight.take(id);
        if let Some(waiting) = waiting {
            // The receiver is gone where the client is.
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

/// A place in a worker's queue; dropping it gives the place back.
pub(super) struct Reservation {
    connection: Arc<Connection>,
    work: u64,
    /// There is next to nothing else to do.
    is_quiet: bool,
}

impl Reservation {
    /// Sends the invocation and waits for its answer. Dropping the future cancels the invocation.
    pub(super) async fn invoke(&self, invocation: Invocation) -> Result<Answer, Lost> {
        let id = self.connection.next_id.fetch_add(1, Ordering::Relaxed);
        self.send(id, invocation).await
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
        answer.unwrap_or(Err(Lost { may_be_cause: true }))
    }
}

impl Reservation {
    /// As [`invoke`](Self::invoke), for a suspect: an invocation that has lost a worker already. It is the
    /// only one on this worker, so that no other suspect is taken down with it, and it is taken for the
    /// cause only where the worker was scoring it when it died.
    pub(super) async fn invoke_suspect(&self, mut invocation: Invocation) -> Result<Answer, Lost> {
        let connection = &self.connection;
        let alone = connection.alone.acquire().await;
        let _alone = alone.map_err(|_| Lost {
            may_be_cause: false,
        })?;
        invocation.head.suspect = true;
        let id = connection.next_id.fetch_add(1, Ordering::Relaxed);
        let lost = match self.send(id, invocation).await {
            Ok(answer) => return Ok(answer),
            Err(lost) => lost,
        };
        let was_at_work = connection.note.as_ref().is_none_or(|note| note.names(id));
        Err(Lost {
            may_be_cause: lost.may_be_cause && was_at_work,
        })
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.connection.work.fetch_sub(self.work, Ordering::Relaxed);
    }
}

/// Tells the worker to forget an invocation whose client is gone.
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
