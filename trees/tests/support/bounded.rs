//! Loading within a small multiple of a file's size, and soon.

use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Most bytes that loading may hold at a time, a byte of the file.
const MAX_RATIO: f64 = 20.0;

/// What even the smallest file may take.
const SLACK: usize = 256 * 1024;

/// Loads within the limits; `reason` is part of the refusal, or `None` if the file is good.
#[track_caller]
pub(crate) fn load<M, E: ToString>(
    what: &str,
    file: &[u8],
    reason: Option<&str>,
    load: impl FnOnce(&[u8]) -> Result<M, E>,
) -> Option<M> {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let start = Instant::now();
    let loaded = load(file);
    let elapsed = start.elapsed();
    let used = ALLOCATOR.peak_usage().saturating_sub(before);
    let ratio = used as f64 / file.len() as f64;
    println!(
        "{what}: {} bytes, {ratio:.1} x, {} ms",
        file.len(),
        elapsed.as_millis()
    );
    assert!(
        used <= SLACK || ratio <= MAX_RATIO,
        "{what}: {used} bytes for a file of {} ({ratio:.1} x)",
        file.len()
    );
    assert!(elapsed < Duration::from_secs(20), "{what}: {elapsed:?}");
    match (loaded, reason) {
        (Ok(model), None) => Some(model),
        (Err(error), Some(reason)) if error.to_string().contains(reason) => None,
        (Err(error), _) => panic!("{what}: {}", error.to_string()),
        (Ok(_), Some(reason)) => panic!("{what}: loaded, expected: {reason}"),
    }
}
