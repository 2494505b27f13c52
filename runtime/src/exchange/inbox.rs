//! Reassembles the bodies that an outbox has cut.

use std::collections::{HashMap, hash_map::Entry};

use bytes::{Bytes, BytesMut};
use thiserror::Error;

use super::{
    MAX_RESERVED,
    frame::{Frame, FrameParts},
};

/// The receiving half of a stream.
pub struct Inbox<F: Frame> {
    partial: HashMap<u64, Partial<F::Head>>,
}

struct Partial<H> {
    head: H,
    body: BytesMut,
}

/// What a frame brings to an end.
#[derive(Debug, PartialEq)]
pub enum Message<H> {
    /// A message, whose last frame has arrived.
    Whole { id: u64, head: H, body: Bytes },
    /// The sender takes a message back.
    Cancelled { id: u64 },
}

/// A frame that neither begins a message nor continues one.
#[derive(Debug, Error, PartialEq)]
#[error("frame of invocation {id}: expected a head or the continuation of a body")]
pub struct ProtocolError {
    pub id: u64,
}

impl<F: Frame> Default for Inbox<F> {
    fn default() -> Self {
        Self {
            partial: HashMap::new(),
        }
    }
}

impl<F: Frame> Inbox<F> {
    /// Takes a frame; returns the message that it completes, if any. A body in a single frame is not copied.
    ///
    /// # Errors
    /// The frame has no head and its message has not begun.
    pub fn accept(&mut self, frame: F) -> Result<Option<Message<F::Head>>, ProtocolError> {
        let FrameParts {
            id,
            head,
            body,
            more,
            cancel,
        } = frame.into_parts();
        if cancel {
            self.partial.remove(&id);
            return Ok(Some(Message::Cancelled { id }));
        }
        if let Some(head) = head {
            if !more {
                return Ok(Some(Message::Whole { id, head, body }));
            }
            let announced = usize::try_from(F::content_length(&head)).unwrap_or(usize::MAX);
            let mut start = BytesMut::with_capacity(announced.min(MAX_RESERVED));
            start.extend_from_slice(&body);
            self.partial.insert(id, Partial { head, body: start });
            return Ok(None);
        }
        let Entry::Occupied(mut partial) = self.partial.entry(id) else {
            return Err(ProtocolError { id });
        };
        partial.get_mut().body.extend_from_slice(&body);
        if more {
            return Ok(None);
        }
        let Partial { head, body } = partial.remove();
        Ok(Some(Message::Whole {
            id,
            head,
            body: body.freeze(),
        }))
    }

    /// Forgets the messages that have begun and are not `wanted`, by their ids.
    pub fn retain(&mut self, mut wanted: impl FnMut(u64) -> bool) {
        self.partial.retain(|id, _| wanted(*id));
    }
}

#[cfg(test)]
mod tests {
    use proto::invocations::RequestFrame;

    use super::*;

    #[test]
    fn a_continuation_without_a_beginning_is_an_error() {
        let mut inbox = Inbox::default();
        let frame = RequestFrame {
            id: 3,
            ..RequestFrame::default()
        };
        assert_eq!(inbox.accept(frame), Err(ProtocolError { id: 3 }));
    }

    #[test]
    fn a_cancelled_message_is_forgotten() {
        let mut inbox = Inbox::default();
        let begin = RequestFrame {
            id: 3,
            head: Some(Default::default()),
            more: true,
            ..Default::default()
        };
        assert_eq!(inbox.accept(begin), Ok(None));
        let cancel = RequestFrame {
            id: 3,
            cancel: true,
            ..Default::default()
        };
        assert_eq!(inbox.accept(cancel), Ok(Some(Message::Cancelled { id: 3 })));
        assert!(inbox.partial.is_empty());
    }

    #[test]
    fn only_what_is_wanted_stays() {
        let mut inbox = Inbox::default();
        for id in [1, 2] {
            let begin = RequestFrame {
                id,
                head: Some(Default::default()),
                more: true,
                ..Default::default()
            };
            assert_eq!(inbox.accept(begin), Ok(None));
        }
        inbox.retain(|id| id == 2);
        assert_eq!(inbox.partial.keys().collect::<Vec<_>>(), [&2]);
    }
}
