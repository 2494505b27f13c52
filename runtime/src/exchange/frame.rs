//! What requests and answers have in common on the wire.

use bytes::Bytes;
use proto::invocations::{
    AnswerBatch, AnswerFrame, AnswerHead, RequestBatch, RequestFrame, RequestHead,
};

/// A piece of a message: of an invocation's request or of its answer.
pub trait Frame: Sized {
    /// What a message carries besides its body; it travels in the first frame.
    type Head;

    /// A frame of these fields; `more` says that the body continues in a later frame.
    fn new(id: u64, head: Option<Self::Head>, body: Bytes, more: bool) -> Self;

    /// Takes a frame apart.
    fn into_parts(self) -> FrameParts<Self::Head>;

    /// Length of the whole body in bytes, as the head says; 0 if it does not.
    fn content_length(head: &Self::Head) -> u64;

    /// Length of the head's texts in bytes, which may be longer than the body.
    fn head_length(head: &Self::Head) -> usize;
}

/// The fields of a [`Frame`].
pub struct FrameParts<H> {
    pub id: u64,
    pub head: Option<H>,
    pub body: Bytes,
    pub more: bool,
    pub cancel: bool,
}

/// Frames that travel together, and a probe's number, or 0 for no probe.
pub trait Batch: Default {
    type Frame: Frame;

    fn new(frames: Vec<Self::Frame>, probe: u64) -> Self;
}

// === requests ===

impl Frame for RequestFrame {
    type Head = RequestHead;

    fn new(id: u64, head: Option<RequestHead>, body: Bytes, more: bool) -> Self {
        Self {
            id,
            head,
            body,
            more,
            cancel: false,
        }
    }

    fn into_parts(self) -> FrameParts<RequestHead> {
        FrameParts {
            id: self.id,
            head: self.head,
            body: self.body,
            more: self.more,
            cancel: self.cancel,
        }
    }

    fn content_length(head: &RequestHead) -> u64 {
        head.content_length
    }

    fn head_length(head: &RequestHead) -> usize {
        let RequestHead {
            content_type,
            accept,
            custom_attributes,
            inference_id,
            content_encoding,
            ..
        } = head;
        content_type.len()
            + accept.len()
            + custom_attributes.len()
            + inference_id.len()
            + content_encoding.len()
    }
}

impl Batch for RequestBatch {
    type Frame = RequestFrame;

    fn new(frames: Vec<RequestFrame>, probe: u64) -> Self {
        Self { frames, probe }
    }
}

// === answers ===

impl Frame for AnswerFrame {
    type Head = AnswerHead;

    fn new(id: u64, head: Option<AnswerHead>, body: Bytes, more: bool) -> Self {
        Self {
            id,
            head,
            body,
            more,
        }
    }

    fn into_parts(self) -> FrameParts<AnswerHead> {
        FrameParts {
            id: self.id,
            head: self.head,
            body: self.body,
            more: self.more,
            cancel: false,
        }
    }

    fn content_length(head: &AnswerHead) -> u64 {
        head.content_length
    }

    fn head_length(head: &AnswerHead) -> usize {
        head.content_type.len()
    }
}

impl Batch for AnswerBatch {
    type Frame = AnswerFrame;

    fn new(frames: Vec<AnswerFrame>, probe: u64) -> Self {
        Self { frames, probe }
    }
}
