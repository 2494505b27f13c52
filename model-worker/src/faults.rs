//! Faults on demand, for tests of the whole stack. Off unless `MODEL_SERVER_TEST_FAULTS` is 1: then a
//! payload that begins with one of the words below is a fault and not data.

use std::{process, thread, time::Duration};

/// Ends the process as a crash does.
const CRASH: &[u8] = b"fault: crash";

/// Never comes back.
const HANG: &[u8] = b"fault: hang";

/// Whether payloads may be faults.
#[derive(Clone, Copy, Debug)]
pub struct Faults {
    on: bool,
}

impl Faults {
    /// Reads `MODEL_SERVER_TEST_FAULTS`.
    pub fn read(env: impl Fn(&str) -> Option<String>) -> Self {
        let on = env("MODEL_SERVER_TEST_FAULTS").is_some_and(|value| value == "1");
        if on {
            tracing::warn!("payloads may be faults (MODEL_SERVER_TEST_FAULTS=1)");
        }
        Self { on }
    }

    /// Does what the payload says, where it is a fault.
    pub(crate) fn act(self, payload: &[u8]) {
        if !self.on {
            return;
        }
        if payload.starts_with(CRASH) {
            process::abort();
        }
        while payload.starts_with(HANG) {
            thread::sleep(Duration::from_secs(1));
        }
    }
}
