//! How a call learns that nobody waits for its answer.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the client of a call went away. Long work asks now and then, and stops.
///
/// ```
/// use algorithm::Cancellation;
///
/// let cancellation = Cancellation::new();
/// assert!(!cancellation.is_cancelled());
/// cancellation.cancel();
/// assert!(cancellation.is_cancelled());
/// ```
#[derive(Debug, Default)]
pub struct Cancellation(AtomicBool);

impl Cancellation {
    /// For a call that somebody waits for.
    pub const fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Cancels the call, for good.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the call was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
