//! Faults on demand, for a worker that only these tests run: a payload that begins with one of the words
//! below is a fault and not data.

use std::{process, sync::Arc, thread, time::Duration};

use algorithm::{Answer, Handler, Refusal, Request};

/// Ends the process as a crash does.
const CRASH: &[u8] = b"fault: crash";

/// Never comes back.
const HANG: &[u8] = b"fault: hang";

/// Holds up the event loop for two seconds, as a computation does that holds Python's interpreter lock.
const NAP: &[u8] = b"fault: nap";

/// Panics.
const PANIC: &[u8] = b"fault: panic";

/// Looks for faults, and hands every other payload on.
struct Faulty(Arc<dyn Handler>);

/// Puts the faults in front of a handler.
pub fn wrap(handler: Arc<dyn Handler>) -> Arc<dyn Handler> {
    Arc::new(Faulty(handler))
}

impl Handler for Faulty {
    fn handle(&self, request: Request<'_>) -> Result<Answer, Refusal> {
        if request.body.starts_with(CRASH) {
            process::abort();
        }
        while request.body.starts_with(HANG) {
            thread::sleep(Duration::from_secs(1));
        }
        if request.body.starts_with(NAP) {
            thread::sleep(Duration::from_secs(2));
        }
        assert!(!request.body.starts_with(PANIC), "a payload asks for it");
        self.0.handle(request)
    }

    fn is_quick(&self, request: Request<'_>) -> bool {
        self.0.is_quick(request)
    }

    fn handle_together(&self, requests: &[Request<'_>]) -> Vec<Result<Answer, Refusal>> {
        let is_fault = |request: &Request<'_>| request.body.starts_with(b"fault:");
        if requests.iter().any(is_fault) {
            return requests
                .iter()
                .map(|request| self.handle(*request))
                .collect();
        }
        self.0.handle_together(requests)
    }
}
