//! Bounds the memory that answers take, where the container has a limit of it.
//!
//! The gateway lets a payload in where the memory is enough for it and an answer of about its size. An
//! answer may be many times as large: a row of four bytes, and its path through the tree. So one that grows
//! looks at what the container has left before it grows further, and takes at most this worker's part.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use runtime::cgroup::Memory;
use thiserror::Error;

/// Answers up to so many bytes, or a quarter of their payload's, are reckoned with already.
const SMALL: usize = 1 << 20;

/// What an answer takes until it has grown to twice its length, as a multiple of its length: the longer
/// buffer while the old one is copied, and the gateway's own.
const COPIES: u64 = 4;

/// The memory that all answers of this worker share.
pub(crate) struct AnswerMemory {
    /// The part of what is left that is this worker's: one in so many.
    workers: u64,
    read: fn() -> Option<Memory>,
    claimed: AtomicU64,
}

/// One answer's part.
pub(crate) struct Claim<'a> {
    memory: &'a AnswerMemory,
    grown: Mutex<Grown>,
}

struct Grown {
    length: usize,
    /// Claimed, of [`AnswerMemory`].
    bytes: u64,
    /// The length at which it has to look again.
    next: usize,
}

/// The answer can't grow any more.
#[derive(Debug, Error, PartialEq)]
#[error(
    "the answer is longer than {length} bytes, and the container's memory, {limit} bytes, is not enough \
     for more: expected fewer records at once, or fewer outputs"
)]
pub(crate) struct OutOfMemory {
    length: usize,
    limit: u64,
}

impl AnswerMemory {
    pub(crate) fn new(workers: usize, read: fn() -> Option<Memory>) -> Self {
        Self {
            workers: workers.max(1) as u64,
            read,
            claimed: AtomicU64::new(0),
        }
    }

    /// For the answer to a payload of so many bytes.
    pub(crate) fn claim(&self, payload: usize) -> Claim<'_> {
        Claim {
            memory: self,
            grown: Mutex::new(Grown {
                length: 0,
                bytes: 0,
                next: (payload / 4).max(SMALL),
            }),
        }
    }
}

impl Claim<'_> {
    /// To be called when the answer has grown by `bytes`, by the threads that write it.
    ///
    /// # Errors
    /// The memory that is left is not enough to let it grow to twice its length.
    pub(crate) fn grow(&self, bytes: usize) -> Result<(), OutOfMemory> {
        let mut grown = self.grown.lock().unwrap_or_else(PoisonError::into_inner);
        grown.length = grown.length.saturating_add(bytes);
        let length = grown.length;
        if length < grown.next {
            return Ok(());
        }
        grown.next = length.saturating_mul(2);
        let Some(memory) = (self.memory.read)() else {
            return Ok(());
        };
        let more = COPIES
            .saturating_mul(length as u64)
            .saturating_sub(grown.bytes);
        grown.bytes += more;
        let claimed = self.memory.claimed.fetch_add(more, Ordering::Relaxed) + more;
        if claimed > memory.free() / self.memory.workers {
            return Err(OutOfMemory {
                length,
                limit: memory.limit,
            });
        }
        Ok(())
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let grown = self.grown.get_mut();
        let bytes = grown.unwrap_or_else(PoisonError::into_inner).bytes;
        self.memory.claimed.fetch_sub(bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use runtime::cgroup::Version;

    use super::*;

    #[test]
    fn answers_share_what_is_left_for_the_worker() {
        let read = || {
            Some(Memory {
                limit: 64 << 20,
                used: 20 << 20,
                version: Version::V2,
            })
        };
        // 40 MiB are free, 20 for each worker: enough for an answer that has 5 of them.
        let memory = AnswerMemory::new(2, read);
        let first = memory.claim(100);
        assert_eq!(first.grow(2 << 20), Ok(()));
        assert_eq!(first.grow(2 << 20), Ok(()));
        let second = memory.claim(100);
        assert_eq!(second.grow(1 << 19), Ok(()));
        assert_eq!(
            second.grow(3 << 19),
            Err(OutOfMemory {
                length: 2 << 20,
                limit: 64 << 20
            })
        );
        drop((first, second));
        assert_eq!(memory.claim(100).grow(5 << 20), Ok(()));
        assert!(memory.claim(100).grow(6 << 20).is_err());
        // Reckoned with by the gateway.
        assert_eq!(memory.claim(40 << 20).grow(9 << 20), Ok(()));
        assert_eq!(AnswerMemory::new(2, || None).claim(1).grow(1 << 30), Ok(()));
    }
}
