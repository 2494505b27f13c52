//! One entry of a sorted column: the row's number, its class and two flags, in one narrow integer.
//!
//! From the top: `start` (the value differs from the entry before), `missing`, the class, the row.
//! The value itself is not kept: once columns are sorted, growing only asks where values differ, and the
//! two values around a chosen split are looked up in the matrix. Narrow entries matter because growing is
//! little more than streaming columns through the cache.

/// The integer that holds an entry: `u32` if row and class fit in 30 bits, else `u64`.
pub(super) trait Element: Copy + Default + Send + Sync + 'static {
    /// Width in bits.
    const BITS: u32;
    /// The flag that the value differs from that of the entry before.
    const START: u64 = 1 << (Self::BITS - 1);
    fn from_u64(bits: u64) -> Self;
    fn to_u64(self) -> u64;
    /// The sum of a field of all entries, in arithmetic of the entries' own width.
    fn sum_fields(entries: &[Self], shift: u32, mask: u64) -> usize;

    /// The value differs from that of the entry before.
    #[inline(always)]
    fn is_start(self) -> bool {
        self.to_u64() & Self::START != 0
    }

    /// The value is missing.
    #[inline(always)]
    fn is_missing(self) -> bool {
        (self.to_u64() >> (Self::BITS - 2)) & 1 != 0
    }
}

impl Element for u32 {
    const BITS: u32 = 32;
    #[inline(always)]
    fn from_u64(bits: u64) -> Self {
        bits as u32
    }
    #[inline(always)]
    fn to_u64(self) -> u64 {
        u64::from(self)
    }
    #[inline(always)]
    fn sum_fields(entries: &[Self], shift: u32, mask: u64) -> usize {
        entries
            .iter()
            .map(|e| (e >> shift) & mask as u32)
            .sum::<u32>() as usize
    }
}

impl Element for u64 {
    const BITS: u32 = 64;
    #[inline(always)]
    fn from_u64(bits: u64) -> Self {
        bits
    }
    #[inline(always)]
    fn to_u64(self) -> u64 {
        self
    }
    #[inline(always)]
    fn sum_fields(entries: &[Self], shift: u32, mask: u64) -> usize {
        entries.iter().map(|e| (e >> shift) & mask).sum::<u64>() as usize
    }
}

/// The positions of row and class in an entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    row_bits: u32,
    class_bits: u32,
}

impl Layout {
    pub(super) fn new(n_rows: usize, n_classes: usize) -> Self {
        let bits = |count: usize| usize::BITS - count.saturating_sub(1).leading_zeros();
        Self {
            row_bits: bits(n_rows),
            class_bits: bits(n_classes),
        }
    }

    /// Whether `E` is wide enough.
    pub(super) fn fits<E: Element>(self) -> bool {
        self.row_bits + self.class_bits + 2 <= E::BITS
    }

    #[inline(always)]
    pub(super) fn pack<E: Element>(
        self,
        row: usize,
        class: usize,
        start: bool,
        missing: bool,
    ) -> E {
        let flags = (u64::from(start) << (E::BITS - 1)) | (u64::from(missing) << (E::BITS - 2));
        E::from_u64(flags | ((class as u64) << self.row_bits) | row as u64)
    }

    #[inline(always)]
    pub(super) fn row<E: Element>(self, e: E) -> usize {
        (e.to_u64() & ((1 << self.row_bits) - 1)) as usize
    }

    #[inline(always)]
    pub(super) fn class<E: Element>(self, e: E) -> usize {
        ((e.to_u64() >> self.row_bits) & ((1 << self.class_bits) - 1)) as usize
    }

    /// The sum of the entries' classes: if there are two classes, how often the second occurs.
    #[inline(always)]
    pub(super) fn sum_classes<E: Element>(self, entries: &[E]) -> usize {
        E::sum_fields(entries, self.row_bits, (1 << self.class_bits) - 1)
    }

    /// The entry under another row number.
    #[inline(always)]
    pub(super) fn renumber<E: Element>(self, e: E, row: u32) -> E {
        let mask = (1u64 << self.row_bits) - 1;
        E::from_u64((e.to_u64() & !mask) | u64::from(row))
    }
}
