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
use crate::{invocation::Answer, loss::Loss};

/// The sending half of a stream, shared by all invocations on it.
pub(super) struct Connection {
    peer: Peer,
    pub(super) outbox: Outbox<RequestBatch>,
    pub(super) in_flight: InFlight<oneshot::Sender<Result<Answer, Lost>>>,
    next_id: AtomicU64,
    /// Work in flight, in the units of [`Invocation::work`](crate::invocation::Invocation::work).
    pub(super) work: AtomicU64,
    /// The file in which the worker notes the suspect that it is scoring.
    pub(super) note: Option<Note>,
    /// Waits for answers while the pool is quiet.
    pub(super) waits: Waits,
    /// Held by the only suspect on this worker.
    pub(super) suspect: Mutex<()>,
}

/// The worker, or its stream, was lost before there was an answer.
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
    /// It was the suspect that the worker was scoring, or it was alone on a stream that was lost.
    Certain,
}

impl Connection {
    /// A connection, and the stream of batches to send over it.
    pub(super) fn new(peer: Peer, note: Option<Note>) -> (Arc<Self>, BatchStream<RequestBatch>) {
        let (outbox, batches) = Outbox::new();
        let connection = Self {
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

    /// An id that no other invocation on this connection has.
    pub(super) fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Work in flight, in the units of [`Invocation::work`](crate::invocation::Invocation::work).
    pub(super) fn work(&self) -> u64 {
        self.work.load(Ordering::Relaxed)
    }

    /// Whether a small invocation waits for the next batch.
    pub(super) fn has_unsent(&self) -> bool {
        self.outbox.has_unsent()
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
    pub(super) async fn receive_alone(&self, id: u64, batches: BatchStream<RequestBatch>) -> Loss {
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

/// Takes an invocation back.
pub(super) fn cancel(outbox: &Outbox<RequestBatch>, id: u64) {
    let frame = RequestFrame {
        id,
        cancel: true,
        ..RequestFrame::default()
    };
    outbox.push_frame(id, frame);
}
