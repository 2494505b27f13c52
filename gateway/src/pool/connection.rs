//! Many invocations on one stream to one worker.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use proto::invocations::{AnswerBatch, AnswerFrame, AnswerHead, RequestBatch, RequestFrame};
use runtime::{
    awake::Waits,
    exchange::{BatchStream, Inbox, Message, Outbox, ProtocolError},
    suspect::Note,
};
use tokio::sync::{Mutex, oneshot};

use super::{in_flight::InFlight, stream::Peer};
use crate::{
    invocation::{Answer, Invocation},
    loss::Loss,
};

/// The sending half of a stream, shared by all invocations on it.
pub(super) struct Connection {
    /// The worker's index.
    worker: usize,
    peer: Peer,
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

/// The worker died, was given up, or broke the protocol, before it answered.
#[derive(Debug)]
pub(super) struct Lost {
    pub(super) how: Loss,
    pub(super) blame: Blame,
}

/// Whether an invocation is the cause of its worker's loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blame {
    /// It was not sent, or the worker was not scoring it.
    None,
    /// It was sent.
    Possible,
    /// It was the suspect that the worker was scoring, or it was alone on a stream that broke.
    Certain,
}

impl Connection {
    /// A connection to worker number `worker`, and the stream of batches to send over it.
    pub(super) fn new(
        worker: usize,
        peer: Peer,
        note: Option<Note>,
    ) -> (Arc<Self>, BatchStream<RequestBatch>) {
        let (outbox, batches) = Outbox::new();
        let connection = Self {
            worker,
            peer,
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
    pub(super) fn lose(&self, how: &Loss) {
        let (lost, unsent) = self.in_flight.give_up(|| self.outbox.clear());
        let unsent: HashSet<u64> = unsent.into_iter().collect();
        for (id, waiting) in lost {
            let blame = if unsent.contains(&id) {
                Blame::None
            } else {
                cancel(&self.outbox, id);
                Blame::Possible
            };
            // This fails if the client is gone.
            let _ = waiting.send(Err(Lost {
                how: how.clone(),
                blame,
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

    /// Ends the stream, because the worker was lost.
    pub(super) fn close(&self, how: &Loss) {
        self.lose(how);
        self.outbox.close();
    }

    /// Hands the answers of a batch to the invocations that wait for them. An invocation that has been cancelled
    /// or given up does not wait any more, and whatever comes for it is dropped.
    pub(super) fn receive(&self, inbox: &mut Inbox<AnswerFrame>, batch: AnswerBatch) {
        for frame in batch.frames {
            match inbox.accept(frame) {
                Ok(Some(message)) => self.deliver(message),
                Ok(None) => {}
                Err(error) => self.fail(&error),
            }
        }
    }

    /// Forgets the answers in `inbox` that have begun and that nobody waits for: the worker may not finish them.
    pub(super) fn forget_unwanted(&self, inbox: &mut Inbox<AnswerFrame>) {
        inbox.retain(|id| self.in_flight.contains(id));
    }

    fn deliver(&self, message: Message<AnswerHead>) {
        let Message::Whole { id, head, body } = message else {
            unreachable!("an AnswerFrame has no field that cancels");
        };
        if let Some(waiting) = self.in_flight.take(id) {
            // This fails if the client is gone.
            let _ = waiting.send(Ok(Answer { head, body }));
        }
    }

    /// Gives up the invocation whose answer can't be put together; the rest of the stream is sound.
    fn fail(&self, error: &ProtocolError) {
        if let Some(waiting) = self.in_flight.take(error.id) {
            // This fails if the client is gone.
            let _ = waiting.send(Err(Lost {
                how: Loss::broke_protocol(&error.to_string()),
                blame: Blame::Possible,
            }));
        }
    }

    /// Delivers the answer to invocation `id`, which is alone on a stream of its own. Returns how that stream was
    /// lost.
    async fn receive_alone(&self, id: u64, batches: BatchStream<RequestBatch>) -> Loss {
        let mut answers = match self.peer.exchange(batches).await {
            Ok(answers) => answers,
            Err(status) => return self.peer.loss(Some(&status)),
        };
        let mut inbox = Inbox::default();
        loop {
            let batch = match answers.message().await {
                Ok(Some(batch)) => batch,
                Ok(None) => return self.peer.loss(None),
                Err(status) => return self.peer.loss(Some(&status)),
            };
            for frame in batch.frames {
                match inbox.accept(frame) {
                    Ok(Some(message)) => self.deliver(message),
                    Err(error) if error.id == id => {
                        return Loss::broke_protocol(&error.to_string());
                    }
                    Ok(None) | Err(_) => {}
                }
            }
        }
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
    /// The worker's index.
    pub(super) fn worker(&self) -> usize {
        self.connection.worker
    }

    /// Sends the invocation and waits for its answer. Dropping the future cancels the invocation.
    pub(super) async fn invoke(&self, invocation: Invocation) -> Result<Answer, Lost> {
        let id = self.next_id();
        self.send(&self.connection.outbox, id, invocation).await
    }

    /// As [`invoke`](Self::invoke), for a suspect: an invocation that has already lost a worker as `before` says.
    /// It waits until it is the only suspect on this worker, so that it takes no other down with it.
    ///
    /// If the worker ends or stalls, its note says whether it was scoring the suspect. If a worker breaks the
    /// protocol, nothing says which of the invocations on the stream is the cause. Each then gets a stream of its
    /// own.
    pub(super) async fn invoke_suspect(
        &self,
        mut invocation: Invocation,
        before: &Loss,
    ) -> Result<Answer, Lost> {
        let connection = &self.connection;
        let _suspect = connection.suspect.lock().await;
        invocation.head.suspect = true;
        let id = self.next_id();
        let answer = if before.is_broken_protocol() {
            self.send_alone(id, invocation).await
        } else {
            self.send(&connection.outbox, id, invocation).await
        };
        let mut lost = match answer {
            Ok(answer) => return Ok(answer),
            Err(lost) => lost,
        };
        if lost.blame == Blame::Possible && !lost.how.is_broken_protocol() {
            let was_scoring = connection.note.as_ref().is_none_or(|note| note.names(id));
            lost.blame = if was_scoring {
                Blame::Certain
            } else {
                Blame::None
            };
        }
        Err(lost)
    }

    fn next_id(&self) -> u64 {
        self.connection.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Sends the invocation on a stream of its own, and waits for its answer.
    async fn send_alone(&self, id: u64, invocation: Invocation) -> Result<Answer, Lost> {
        let (outbox, batches) = Outbox::new();
        tokio::select! {
            biased;
            // It is given up with all others if the worker stalls or its main stream is lost.
            answer = self.send(&outbox, id, invocation) => answer,
            how = self.connection.receive_alone(id, batches) => {
                let blame = if how.is_broken_protocol() {
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

fn cancel(outbox: &Outbox<RequestBatch>, id: u64) {
    let frame = RequestFrame {
        id,
        cancel: true,
        ..RequestFrame::default()
    };
    outbox.push_frame(id, frame);
}
