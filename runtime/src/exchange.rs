//! Both ends of the invocation stream. [`Outbox`] cuts bodies into frames and packs frames into batches;
//! [`Inbox`] reassembles the bodies. The gateway sends requests and receives answers, a worker the reverse;
//! the traits [`Frame`] and [`Batch`] cover both directions.

mod frame;
mod inbox;
mod outbox;

pub use frame::{Batch, Frame};
pub use inbox::{Inbox, Message, ProtocolError};
pub use outbox::{BatchStream, Outbox};

/// HTTP/2 window of the stream and of its connection, in bytes. HTTP/2's default of 64 KiB would make a
/// large body wait for a window update every 64 KiB.
pub const WINDOW: u32 = 4 << 20;

/// Most memory that is reserved for a body because of its announced length, in bytes. A longer body gets more
/// as it arrives.
pub const MAX_RESERVED: usize = 16 << 20;

/// Largest batch of answers that the gateway takes, in bytes, so that a worker may send an answer of any usual
/// length in one frame: 1 GiB, like the largest `SAGEMAKER_MAX_PAYLOAD_IN_MB`.
pub const MAX_ANSWER_BATCH: usize = 1 << 30;

/// Largest HTTP/2 frame in bytes: a batch should travel in one.
pub const MAX_HTTP2_FRAME: u32 = 256 << 10;
