//! Bounds the log lines about single invocations, so that a client that is refused all day does not fill the
//! log.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Lines that may be written in each [`PERIOD`].
const LINES: u32 = 10;

const PERIOD: Duration = Duration::from_secs(10);

/// The quota of one kind of line. It is a static beside the code that writes the line.
pub struct LogQuota(Mutex<Window>);

struct Window {
    /// `None` before the first line.
    began: Option<Instant>,
    lines: u32,
    /// Lines left out since the last line that was written.
    left_out: u64,
}

impl LogQuota {
    /// A quota of which nothing is used.
    #[must_use]
    pub const fn new() -> Self {
        Self(Mutex::new(Window {
            began: None,
            lines: 0,
            left_out: 0,
        }))
    }

    /// The number of lines left out since the last one, if a line may be written now; else `None`.
    pub fn take(&self) -> Option<u64> {
        self.take_at(Instant::now())
    }

    fn take_at(&self, now: Instant) -> Option<u64> {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |began: Instant| now.saturating_duration_since(began) >= PERIOD;
        if window.began.is_none_or(is_over) {
            window.began = Some(now);
            window.lines = 0;
        }
        if window.lines >= LINES {
            window.left_out += 1;
            return None;
        }
        window.lines += 1;
        Some(std::mem::take(&mut window.left_out))
    }
}

impl Default for LogQuota {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_leaves_a_few_lines_and_a_count() {
        let quota = LogQuota::new();
        let start = Instant::now();
        let written = (0..1000).filter_map(|_| quota.take_at(start));
        assert_eq!(written.collect::<Vec<_>>(), [0; LINES as usize]);
        assert_eq!(quota.take_at(start + PERIOD / 2), None);
        assert_eq!(quota.take_at(start + PERIOD), Some(991));
        assert_eq!(quota.take_at(start + PERIOD), Some(0));
    }
}
