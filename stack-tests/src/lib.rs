//! Support for whole-stack tests: the real trainer, and `serve` with real processes under supervisord.
//!
//! `supervisord` must be found; `local-test/test.sh` installs it. Gateway, worker and
//! trainer are binaries of this package, which cargo builds for its tests, so that none of them is ever stale.

// A test that can't set itself up fails at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod faults;
pub mod load;
pub mod models;
pub mod processes;
pub mod stack;
pub mod training;

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Longest wait for anything that must happen.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// The project's top directory.
pub fn project() -> PathBuf {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_dir.parent().unwrap().to_owned()
}

/// The sample payload: CSV, 24 columns.
pub fn payload() -> String {
    fs::read_to_string(project().join("local-test/payload.csv")).unwrap()
}

/// The directory of the binaries that are built with this test.
pub fn binaries() -> PathBuf {
    // target/PROFILE/deps/TEST
    let test = env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().to_owned()
}

/// Polls until `condition` gives a value.
///
/// # Panics
/// It gave none within [`DEADLINE`].
pub async fn eventually<T>(what: &str, mut condition: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = condition().await {
            return value;
        }
        assert!(
            start.elapsed() < DEADLINE,
            "not within {DEADLINE:?}: {what}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
