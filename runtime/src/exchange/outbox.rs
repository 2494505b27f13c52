//! Cuts bodies into frames and packs frames into batches.
//!
//! A message whose body is at most [`CHUNK`] bytes long is small and travels in a single frame, in order of
//! arrival. A larger body is cut into chunks. Every batch carries all small messages that fit and one chunk
//! of one large body; the large bodies take turns. So a small message waits for at most one chunk, and a chunk
//! for at most one batch of small messages.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use futures_util::Stream;

use super::frame::{Batch, Frame};

/// Longest body of a frame, in bytes.
const CHUNK: usize = 64 << 10;

/// A batch takes small messages until their heads and bodies reach this many bytes. So a batch is smaller than
/// 1 MiB, as a request's head has at most some tens of KiB.
const SMALL_BYTES: usize = 128 << 10;

/// Most small messages in a batch.
const SMALL_FRAMES: usize = 256;

/// The sending half of a stream: messages go in here and come out of [`BatchStream`]. Cheap to clone.
pub struct Outbox<B: Batch>(Arc<Mutex<Queue<B>>>);

/// The stream of batches that the transport sends. It ends when the outbox is closed and empty.
pub struct BatchStream<B: Batch> {
    queue: Arc<Mutex<Queue<B>>>,
    /// Whether other ready tasks have already been given a turn.
    has_yielded: bool,
}

struct Queue<B: Batch> {
    /// Whole messages, each with the length of its head and body.
    small: VecDeque<(B::Frame, usize)>,
    large: VecDeque<Large<<B::Frame as Frame>::Head>>,
    probe: u64,
    closed: bool,
    waker: Option<Waker>,
}

struct Large<H> {
    id: u64,
    head: Option<H>,
    rest: Bytes,
}

impl<B: Batch> Outbox<B> {
    /// An empty outbox and the stream that empties it.
    pub fn new() -> (Self, BatchStream<B>) {
        let queue = Arc::new(Mutex::new(Queue {
            small: VecDeque::new(),
            large: VecDeque::new(),
            probe: 0,
            closed: false,
            waker: None,
        }));
        let stream = BatchStream {
            queue: Arc::clone(&queue),
            has_yielded: false,
        };
        (Self(queue), stream)
    }

    /// Queues a message.
    pub fn push(&self, id: u64, head: <B::Frame as Frame>::Head, body: Bytes) {
        let mut queue = lock(&self.0);
        if body.len() <= CHUNK {
            let size = B::Frame::head_length(&head) + body.len();
            let frame = B::Frame::new(id, Some(head), body, false);
            queue.small.push_back((frame, size));
        } else {
            queue.large.push_back(Large {
                id,
                head: Some(head),
                rest: body,
            });
        }
        wake(queue);
    }

    /// Queues a frame that is a message by itself, such as a cancellation. The unsent rest of a large message
    /// with this id is dropped.
    pub fn push_frame(&self, id: u64, frame: B::Frame) {
        let mut queue = lock(&self.0);
        queue.large.retain(|large| large.id != id);
        queue.small.push_back((frame, 0));
        wake(queue);
    }

    /// Whether a small message waits to be sent.
    pub fn has_unsent(&self) -> bool {
        !lock(&self.0).small.is_empty()
    }

    /// Sends `probe` with the next batch.
    pub fn probe(&self, probe: u64) {
        let mut queue = lock(&self.0);
        queue.probe = probe;
        wake(queue);
    }

    /// Empties the queue; returns the ids of the messages of which nothing had been sent.
    pub fn clear(&self) -> Vec<u64> {
        let mut queue = lock(&self.0);
        let small = queue.small.drain(..).map(|(frame, _)| frame);
        let small: Vec<u64> = small.filter_map(begun_id).collect();
        let large = queue.large.drain(..).filter(|large| large.head.is_some());
        let large: Vec<u64> = large.map(|large| large.id).collect();
        small.into_iter().chain(large).collect()
    }

    /// Ends the stream after it has sent what is queued.
    pub fn close(&self) {
        let mut queue = lock(&self.0);
        queue.closed = true;
        wake(queue);
    }
}

impl<B: Batch> Clone for Outbox<B> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<B: Batch> Queue<B> {
    fn is_empty(&self) -> bool {
        self.small.is_empty() && self.large.is_empty() && self.probe == 0
    }

    fn next_batch(&mut self) -> Option<B> {
        let mut frames = Vec::with_capacity(self.small.len().min(SMALL_FRAMES) + 1);
        let mut bytes = 0;
        while frames.len() < SMALL_FRAMES && bytes < SMALL_BYTES {
            let Some((frame, size)) = self.small.pop_front() else {
                break;
            };
            bytes += size;
            frames.push(frame);
        }
        if let Some(mut large) = self.large.pop_front() {
            let chunk = large.rest.split_to(large.rest.len().min(CHUNK));
            let more = !large.rest.is_empty();
            frames.push(B::Frame::new(large.id, large.head.take(), chunk, more));
            if more {
                self.large.push_back(large);
            }
        }
        let probe = std::mem::take(&mut self.probe);
        (!frames.is_empty() || probe != 0).then(|| B::new(frames, probe))
    }
}

impl<B: Batch> Stream for BatchStream<B> {
    type Item = B;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<B>> {
        // tokio runs a task that was just woken before tasks that have been ready for longer. Those may have
        // more to send. After them, one write takes it all.
        if !std::mem::replace(&mut self.has_yielded, true) {
            let queue = lock(&self.queue);
            if !queue.is_empty() {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
        self.has_yielded = false;
        let mut queue = lock(&self.queue);
        match queue.next_batch() {
            Some(batch) => Poll::Ready(Some(batch)),
            None if queue.closed => Poll::Ready(None),
            None => {
                queue.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// The id of a frame that begins a message.
fn begun_id(frame: impl Frame) -> Option<u64> {
    let parts = frame.into_parts();
    parts.head.is_some().then_some(parts.id)
}

/// No code here panics while it holds the lock. Even if it did, the queue would be usable.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Releases the lock, then wakes the stream, so that the stream does not have to wait for the lock.
fn wake<B: Batch>(mut queue: MutexGuard<'_, Queue<B>>) {
    let waker = queue.waker.take();
    drop(queue);
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use futures_util::StreamExt as _;
    use proptest::prelude::*;
    use proto::invocations::{RequestBatch, RequestHead};

    use super::super::inbox::{Inbox, Message};
    use super::*;

    fn head(body: &[u8]) -> RequestHead {
        RequestHead {
            content_length: body.len() as u64,
            ..RequestHead::default()
        }
    }

    fn next(stream: &mut BatchStream<RequestBatch>) -> Option<RequestBatch> {
        let mut poll = || stream.next().now_or_never().flatten();
        // The stream yields once before it gives a batch.
        poll().or_else(poll)
    }

    #[test]
    fn a_small_message_overtakes_the_rest_of_a_large_one() {
        let (outbox, mut stream) = Outbox::<RequestBatch>::new();
        let large = vec![1; 3 * CHUNK];
        outbox.push(1, head(&large), large.into());
        let first = next(&mut stream).unwrap();
        assert_eq!(first.frames.len(), 1);
        outbox.push(2, head(b"x"), Bytes::from_static(b"x"));
        let second = next(&mut stream).unwrap();
        let ids: Vec<u64> = second.frames.iter().map(|frame| frame.id).collect();
        assert_eq!(ids, [2, 1]);
    }

    #[test]
    fn long_heads_make_no_large_batch() {
        let (outbox, mut stream) = Outbox::<RequestBatch>::new();
        for id in 0..300 {
            let head = RequestHead {
                custom_attributes: "x".repeat(32 << 10),
                ..RequestHead::default()
            };
            outbox.push(id, head, Bytes::new());
        }
        outbox.close();
        let mut frames = 0;
        while let Some(batch) = next(&mut stream) {
            let heads = batch.frames.iter().filter_map(|frame| frame.head.as_ref());
            let bytes: usize = heads.map(|head| head.custom_attributes.len()).sum();
            assert!(bytes < 200 << 10, "{bytes}");
            frames += batch.frames.len();
        }
        assert_eq!(frames, 300);
    }

    #[test]
    fn large_bodies_take_turns() {
        let (outbox, mut stream) = Outbox::<RequestBatch>::new();
        for id in [1, 2] {
            let body = vec![0; 2 * CHUNK];
            outbox.push(id, head(&body), body.into());
        }
        outbox.close();
        let mut ids = Vec::new();
        while let Some(batch) = next(&mut stream) {
            ids.extend(batch.frames.iter().map(|frame| frame.id));
        }
        assert_eq!(ids, [1, 2, 1, 2]);
    }

    #[test]
    fn a_cancellation_drops_what_is_unsent() {
        let (outbox, mut stream) = Outbox::<RequestBatch>::new();
        let body = vec![0; 2 * CHUNK];
        outbox.push(7, head(&body), body.into());
        let cancel = proto::invocations::RequestFrame {
            id: 7,
            cancel: true,
            ..Default::default()
        };
        outbox.push_frame(7, cancel);
        outbox.close();
        let batch = next(&mut stream).unwrap();
        assert!(batch.frames.iter().all(|frame| frame.cancel));
        assert_eq!(next(&mut stream), None);
    }

    #[test]
    fn clearing_returns_what_was_never_sent() {
        let (outbox, mut stream) = Outbox::<RequestBatch>::new();
        let large = Bytes::from(vec![0; 2 * CHUNK]);
        outbox.push(1, head(b"x"), Bytes::from_static(b"x"));
        outbox.push(2, head(&large), large.clone());
        next(&mut stream).unwrap();
        outbox.push(3, head(b"x"), Bytes::from_static(b"x"));
        outbox.push(4, head(&large), large);
        assert_eq!(outbox.clear(), [3, 4]);
        assert_eq!(next(&mut stream), None);
    }

    #[test]
    fn a_probe_travels_alone_if_nothing_else_waits() {
        let (outbox, mut stream) = Outbox::<RequestBatch>::new();
        outbox.probe(5);
        assert_eq!(next(&mut stream).unwrap().probe, 5);
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(sizes in prop::collection::vec(0_usize..200_000, 0..20)) {
            let (outbox, mut stream) = Outbox::<RequestBatch>::new();
            let bodies: Vec<Bytes> = sizes
                .iter()
                .enumerate()
                .map(|(i, size)| vec![i as u8; *size].into())
                .collect();
            for (id, body) in bodies.iter().enumerate() {
                outbox.push(id as u64, head(body), body.clone());
            }
            outbox.close();
            let mut inbox = Inbox::default();
            let mut arrived = vec![None; bodies.len()];
            while let Some(batch) = next(&mut stream) {
                for frame in batch.frames {
                    if let Some(Message::Whole { id, body, .. }) = inbox.accept(frame).unwrap() {
                        prop_assert!(arrived[id as usize].replace(body).is_none());
                    }
                }
            }
            prop_assert_eq!(arrived, bodies.into_iter().map(Some).collect::<Vec<_>>());
        }
    }
}
