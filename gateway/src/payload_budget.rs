//! Bounds the memory that payloads take: the sum of their lengths, from the first byte read until the
//! answer is sent.
//!
//! There are two bounds: a number of payloads of the largest size allowed, and the memory that the
//! container's limit leaves free. Free memory is measured only while no large payload is in memory, so that
//! none counts twice.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Body;
use runtime::{cgroup::Memory, exchange::MAX_RESERVED};

use crate::error::Error;

/// The budget has room for this many payloads of the largest size allowed, or for as many as a batch
/// transform job sends at once.
const LARGEST_PAYLOADS: usize = 4;

/// The memory that a payload takes, as a multiple of its length: the gateway keeps a copy in case a worker
/// dies, the worker has one, and the rest is for the answer in both. A worker limits by itself an answer that
/// is larger.
const COPIES: usize = 3;

/// Payloads up to this many bytes are not worth reading the container's memory for.
const SMALL: usize = 64 << 10;

/// With at most this many bytes of payloads in memory, all memory in use counts as the container's own.
const IDLE: usize = 1 << 20;

/// Reads the container's memory; `None` if it has no limit.
pub(crate) type ReadMemory = fn() -> Option<Memory>;

/// The budget of all payloads together. Cheap to clone.
#[derive(Clone)]
pub(crate) struct PayloadBudget(Arc<Shared>);

struct Shared {
    /// The largest payload allowed, in bytes, as all numbers here.
    largest: usize,
    /// The largest sum of all payloads.
    most: usize,
    read_memory: ReadMemory,
    /// The sum of all payloads that the container's memory has room for, as last measured.
    affordable: AtomicUsize,
    /// The largest value that `affordable` has had.
    most_affordable: AtomicUsize,
    /// The sum of all shares.
    taken: AtomicUsize,
}

/// A payload, and its share of the budget.
pub(crate) struct Payload {
    pub(crate) bytes: Bytes,
    pub(crate) share: Share,
}

/// A number of bytes of the budget, which are given back when it is dropped.
pub(crate) struct Share {
    budget: Arc<Shared>,
    bytes: usize,
}

impl PayloadBudget {
    /// A budget for payloads of at most `largest` bytes, with room for `at_once` of them if the memory
    /// allows.
    pub(crate) fn new(largest: usize, at_once: usize, read_memory: ReadMemory) -> Self {
        Self(Arc::new(Shared {
            largest,
            most: largest.saturating_mul(at_once.max(LARGEST_PAYLOADS)),
            read_memory,
            affordable: AtomicUsize::new(affordable(read_memory)),
            most_affordable: AtomicUsize::new(0),
            taken: AtomicUsize::new(0),
        }))
    }

    /// The largest payload in bytes that each of `at_once` requests may have.
    pub(crate) fn largest(&self, at_once: usize) -> usize {
        (self.affordable() / at_once.max(1)).min(self.0.largest)
    }

    /// Reads a body of `announced` bytes, if the client has said. The share grows as the bytes arrive, so a
    /// client that only announces a large body takes none of the budget.
    ///
    /// # Errors
    /// [`Error::PayloadTooLarge`], [`Error::TooLittleMemory`], [`Error::Overloaded`] if the budget is used
    /// up, or [`Error::Body`].
    pub(crate) async fn read<B>(
        &self,
        mut body: B,
        announced: Option<usize>,
    ) -> Result<Payload, Error>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let announced = announced.unwrap_or(0);
        self.check(announced)?;
        let mut bytes = Bytes::new();
        let mut joined = BytesMut::new();
        let mut share = Share {
            budget: Arc::clone(&self.0),
            bytes: 0,
        };
        share.grow(1)?;
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|_| Error::Body)?.into_data() else {
                continue; // trailers
            };
            let length = bytes.len().max(joined.len()) + data.len();
            if length > announced {
                self.check(length)?;
            }
            share.grow(length)?;
            // Most bodies are a single frame, which is passed on without a copy.
            if length == data.len() {
                bytes = data;
            } else {
                if joined.is_empty() {
                    // Capacity takes no memory until it is written to.
                    joined.reserve(announced.min(MAX_RESERVED).max(length));
                    joined.extend_from_slice(&std::mem::take(&mut bytes));
                }
                joined.extend_from_slice(&data);
            }
        }
        if !joined.is_empty() {
            bytes = joined.freeze();
        }
        Ok(Payload { bytes, share })
    }

    /// The sum of all payloads that the container's memory has room for, measured anew if it is idle.
    fn affordable(&self) -> usize {
        let budget = &*self.0;
        if budget.taken.load(Ordering::Relaxed) <= IDLE {
            let affordable = affordable(budget.read_memory);
            budget.affordable.store(affordable, Ordering::Relaxed);
            let most = &budget.most_affordable;
            most.fetch_max(affordable, Ordering::Relaxed);
        }
        budget.affordable.load(Ordering::Relaxed)
    }

    /// Refuses a payload of `length` bytes that could not be answered even if it were alone. If it could
    /// have been answered at an earlier time, it is refused only for now: the memory of earlier payloads is
    /// not all free again.
    fn check(&self, length: usize) -> Result<(), Error> {
        let budget = &*self.0;
        if length > budget.largest {
            return Err(Error::PayloadTooLarge {
                limit: budget.largest,
            });
        }
        if length <= SMALL {
            return Ok(());
        }
        if length <= self.affordable() {
            return Ok(());
        }
        let affordable = budget.most_affordable.load(Ordering::Relaxed);
        if length <= affordable {
            return Err(Error::Overloaded);
        }
        Err(Error::TooLittleMemory { affordable })
    }
}

/// The sum of all payloads that the free memory has room for.
fn affordable(read_memory: ReadMemory) -> usize {
    let Some(memory) = read_memory() else {
        return usize::MAX;
    };
    let free = usize::try_from(memory.free()).unwrap_or(usize::MAX);
    (free / COPIES).max(IDLE)
}

impl Share {
    /// Grows the share to `bytes`.
    fn grow(&mut self, bytes: usize) -> Result<(), Error> {
        let missing = bytes.saturating_sub(self.bytes);
        let affordable = self.budget.affordable.load(Ordering::Relaxed);
        let most = self.budget.most.min(affordable);
        let taken = self
            .budget
            .taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| {
                taken.checked_add(missing).filter(|sum| *sum <= most)
            });
        taken.map_err(|_| Error::Overloaded)?;
        self.bytes += missing;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use futures_util::stream;
    use runtime::cgroup::Version;

    use super::*;

    const KIB: usize = 1024;

    fn chunks(sizes: &[usize]) -> Body {
        let chunks: Vec<_> = sizes
            .iter()
            .map(|size| Bytes::from(vec![7; *size]))
            .collect();
        Body::from_stream(stream::iter(chunks.into_iter().map(Ok::<_, Error>)))
    }

    #[tokio::test]
    async fn a_body_in_pieces_arrives_whole() {
        let budget = PayloadBudget::new(10_000, 1, || None);
        for sizes in [&[][..], &[5], &[5, 0, 6], &[3000, 3000, 4000]] {
            let whole = sizes.iter().sum();
            for announced in [None, Some(whole), Some(2)] {
                let payload = budget.read(chunks(sizes), announced).await.unwrap();
                assert_eq!(payload.bytes, vec![7; whole]);
            }
        }
        for (sizes, announced) in [(&[9_000, 1_001][..], None), (&[][..], Some(10_001))] {
            let refused = budget.read(chunks(sizes), announced).await;
            assert!(matches!(
                refused,
                Err(Error::PayloadTooLarge { limit: 10_000 })
            ));
        }
    }

    #[tokio::test]
    async fn payloads_together_stay_within_the_budget_and_give_it_back() {
        for (at_once, fit) in [(1, LARGEST_PAYLOADS), (6, 6)] {
            let budget = PayloadBudget::new(10 * KIB, at_once, || None);
            let mut held = Vec::new();
            for _ in 0..fit {
                held.push(budget.read(chunks(&[10 * KIB]), None).await.unwrap());
            }
            let refused = budget.read(chunks(&[1]), None).await;
            assert!(matches!(refused, Err(Error::Overloaded)));
            held.pop();
            budget.read(chunks(&[9 * KIB, KIB]), None).await.unwrap();
        }
    }

    #[tokio::test]
    async fn payloads_together_fit_into_the_memory() {
        const MIB: usize = KIB * KIB;
        let memory = || {
            Some(Memory {
                limit: 64 << 20,
                used: 30 << 20,
                version: Version::V2,
            })
        };
        // 64 less a sixteenth less 30, which is 30, is free.
        let budget = PayloadBudget::new(100 * MIB, 1, memory);
        assert_eq!(budget.largest(2), 5 * MIB);
        for announced in [None, Some(11 * MIB)] {
            let refused = budget.read(chunks(&[6 * MIB, 5 * MIB]), announced).await;
            assert!(
                matches!(refused, Err(Error::TooLittleMemory { affordable }) if affordable == 10 * MIB)
            );
        }
        let held = budget.read(chunks(&[6 * MIB]), None).await.unwrap();
        let refused = budget.read(chunks(&[5 * MIB]), None).await;
        assert!(matches!(refused, Err(Error::Overloaded)));
        drop(held);
        budget.read(chunks(&[5 * MIB]), None).await.unwrap();
    }
}
