//! Bounds the memory that answers take, if the container's memory is limited.
//!
//! The gateway admits a payload if the memory is enough for it and for an answer of about its size. An answer
//! may be many times as large: a row of four bytes, and the scores of a thousand classes. So an answer that
//! grows checks how much memory the container has left, and takes at most this worker's share of it.

use std::{
    num::NonZeroUsize,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use algorithm::Refusal;
use runtime::cgroup::Memory;
use thiserror::Error;

/// Answers up to this many bytes, or up to a quarter of their payload's, are already covered by the
/// gateway's budget.
const SMALL: usize = 1 << 20;

/// Bytes that an answer takes until it has grown to twice its length, as a multiple of its length: the old
/// buffer and the longer one that it is copied to, and the gateway's copy.
const COPIES: u64 = 4;

/// The memory that all answers of this worker share.
pub(crate) struct AnswerMemory {
    /// Workers that share what the container has left.
    workers: u64,
    read: fn() -> Option<Memory>,
    claimed: AtomicU64,
}

/// What one answer takes of it; given back when it is dropped.
pub(crate) struct Claim<'a> {
    memory: &'a AnswerMemory,
    grown: Mutex<Grown>,
}

struct Grown {
    length: usize,
    /// Bytes claimed of [`AnswerMemory`].
    bytes: u64,
    /// The length at which the claim is checked again.
    next: usize,
}

/// An answer that can't grow any more.
#[derive(Debug, Error, PartialEq)]
#[error(
    "the answer is longer than {length} bytes, and the container's memory, {limit} bytes, is not enough \
     for more; send fewer records at once, or ask for fewer outputs"
)]
pub(crate) struct OutOfMemory {
    length: usize,
    limit: u64,
}

impl From<OutOfMemory> for Refusal {
    fn from(error: OutOfMemory) -> Self {
        Refusal::OutOfMemory(error.to_string())
    }
}

impl AnswerMemory {
    /// `read` gives the container's memory, `None` if it is not limited.
    pub(crate) fn new(workers: NonZeroUsize, read: fn() -> Option<Memory>) -> Self {
        Self {
            workers: workers.get() as u64,
            read,
            claimed: AtomicU64::new(0),
        }
    }

    /// A claim for the answer to a payload of `payload` bytes.
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
    /// Notes that the answer has grown by `bytes`. The threads that write it together share the claim.
    ///
    /// # Errors
    /// The memory that is left does not let the answer grow to twice its length.
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
    fn answers_share_the_memory_that_is_left() {
        let read = || {
            Some(Memory {
                limit: 64 << 20,
                used: 20 << 20,
                version: Version::V2,
            })
        };
        // 40 MiB are free, 20 for each worker: enough for an answer that has 5 of them.
        let two = NonZeroUsize::new(2).unwrap();
        let memory = AnswerMemory::new(two, read);
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
        // Covered by the gateway's budget.
        assert_eq!(memory.claim(40 << 20).grow(9 << 20), Ok(()));
        assert_eq!(
            AnswerMemory::new(two, || None).claim(1).grow(1 << 30),
            Ok(())
        );
    }
}
