//! From a value to its bin.

use crate::exact::sort;

use super::MISSING;

/// Values whose keys agree in their upper bits share a bucket. A bucket holds few cuts, often none, so
/// that a value needs one load and few comparisons.
pub(super) struct Lookup {
    /// The keys of the cuts.
    cuts: Vec<u32>,
    /// How many cuts lie below each bucket, for every bucket and once more at the end.
    below: Vec<u8>,
    /// A key's bucket is its distance from the first cut, shifted by this.
    first: u32,
    shift: u32,
}

/// About as many buckets as this cover the range of the cuts.
const BUCKETS: u32 = 1 << 15;

impl Lookup {
    pub(super) fn new(cuts: &[f32]) -> Self {
        let cuts: Vec<u32> = cuts.iter().map(|&cut| sort::key(cut)).collect();
        let (first, last) = (
            cuts.first().copied().unwrap_or(0),
            cuts.last().copied().unwrap_or(0),
        );
        let shift = ((last - first) / BUCKETS)
            .checked_ilog2()
            .map_or(0, |log| log + 1);
        let n_buckets = ((last - first) >> shift) + 1;
        let below = (0..=n_buckets)
            .map(|bucket| {
                let start = u64::from(first) + (u64::from(bucket) << shift);
                cuts.partition_point(|&cut| u64::from(cut) < start) as u8
            })
            .collect();
        Self {
            cuts,
            below,
            first,
            shift,
        }
    }

    /// How many cuts the value is above.
    #[inline(always)]
    pub(super) fn bin(&self, x: f32) -> u8 {
        if x.is_nan() {
            return MISSING;
        }
        let key = sort::key(x);
        let bucket = (key.saturating_sub(self.first) >> self.shift) as usize;
        match self.below.get(bucket..bucket + 2) {
            Some(&[start, end]) => {
                let cuts = &self.cuts[usize::from(start)..usize::from(end)];
                start + cuts.partition_point(|&cut| cut < key) as u8
            }
            _ => self.cuts.len() as u8,
        }
    }
}
