//! The memory that a layout may take.

/// A layout takes at most this many times the memory of the nodes as they are in the file. Numeric branches never come
/// near it, nor do sets of categories that were learned; it is there for files of sets made to differ.
const MAX_GROWTH: usize = 8;

/// Bytes that a layout may still take.
#[derive(Debug)]
pub(super) struct Room {
    left: usize,
}

impl Room {
    /// For a layout of nodes that take as many bytes.
    pub(super) fn for_nodes(bytes: usize) -> Self {
        Self {
            left: bytes.saturating_mul(MAX_GROWTH),
        }
    }

    /// Counts `n` values of a type; `None` if there is no room for them.
    pub(super) fn take<V>(&mut self, n: usize) -> Option<()> {
        self.left = self.left.checked_sub(n.checked_mul(size_of::<V>())?)?;
        Some(())
    }
}
