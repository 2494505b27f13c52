//! Bounds the memory that payloads take: the sum of their lengths, from the first byte read until the
//! answer is written.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Body;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Error;

/// The budget holds this many payloads of the largest size allowed.
const LARGEST_PAYLOADS: usize = 4;

/// What a permit stands for, in bytes.
const UNIT: usize = 1024;

/// Room that is set aside at once for a body of known length, in bytes: untouched, it takes no memory yet.
const MAX_RESERVED: u64 = 16 << 20;

/// The budget of all payloads together. Cheap to clone.
#[derive(Clone)]
pub(crate) struct PayloadBudget {
    units: Arc<Semaphore>,
    largest: usize,
}

/// A payload, and its share of the budget.
pub(crate) struct Payload {
    pub(crate) bytes: Bytes,
    pub(crate) share: OwnedSemaphorePermit,
}

impl PayloadBudget {
    /// A budget for payloads of at most `largest` bytes.
    pub(crate) fn new(largest: usize) -> Self {
        let units = largest.div_ceil(UNIT).saturating_mul(LARGEST_PAYLOADS);
        Self {
            units: Arc::new(Semaphore::new(units.min(Semaphore::MAX_PERMITS))),
            largest,
        }
    }

    /// Reads a body; takes its share of the budget as the bytes come, so that a client that only
    /// announces a large body costs nothing.
    ///
    /// # Errors
    /// A body over the limit, one that breaks off, or a budget that is used up.
    pub(crate) async fn read<B>(&self, mut body: B) -> Result<Payload, Error>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let mut bytes = Bytes::new();
        let mut joined = BytesMut::new();
        let mut share = self.take(1)?;
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|_| Error::Body)?.into_data() else {
                continue; // trailers
            };
            let length = bytes.len().max(joined.len()) + data.len();
            if length > self.largest {
                return Err(Error::PayloadTooLarge {
                    limit: self.largest,
                });
            }
            let missing = length.div_ceil(UNIT).saturating_sub(share.num_permits());
            if missing > 0 {
                share.merge(self.take(missing)?);
            }
            // The usual body is one frame, which is passed on without a copy.
            if length == data.len() {
                bytes = data;
            } else {
                if joined.is_empty() {
                    joined.reserve(body.size_hint().lower().min(MAX_RESERVED) as usize + length);
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

    fn take(&self, units: usize) -> Result<OwnedSemaphorePermit, Error> {
        let units = u32::try_from(units).map_err(|_| Error::Overloaded)?;
        let taken = Arc::clone(&self.units).try_acquire_many_owned(units);
        taken.map_err(|_| Error::Overloaded)
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use futures_util::stream;

    use super::*;

    fn chunks(sizes: &[usize]) -> Body {
        let chunks: Vec<_> = sizes
            .iter()
            .map(|size| Bytes::from(vec![7; *size]))
            .collect();
        Body::from_stream(stream::iter(chunks.into_iter().map(Ok::<_, Error>)))
    }

    #[tokio::test]
    async fn a_body_in_pieces_arrives_whole() {
        let budget = PayloadBudget::new(10_000);
        for sizes in [&[][..], &[5], &[5, 0, 6], &[3000, 3000, 4000]] {
            let payload = budget.read(chunks(sizes)).await.unwrap();
            assert_eq!(payload.bytes, vec![7; sizes.iter().sum()]);
        }
        let refused = budget.read(chunks(&[9_000, 1_001])).await;
        assert!(matches!(
            refused,
            Err(Error::PayloadTooLarge { limit: 10_000 })
        ));
    }

    #[tokio::test]
    async fn payloads_together_stay_within_the_budget_and_give_it_back() {
        let budget = PayloadBudget::new(10 * UNIT);
        let mut held = Vec::new();
        for _ in 0..LARGEST_PAYLOADS {
            held.push(budget.read(chunks(&[10 * UNIT])).await.unwrap());
        }
        let refused = budget.read(chunks(&[1])).await;
        assert!(matches!(refused, Err(Error::Overloaded)));
        held.pop();
        budget.read(chunks(&[9 * UNIT, UNIT])).await.unwrap();
    }
}
