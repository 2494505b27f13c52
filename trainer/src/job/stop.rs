//! SIGTERM and SIGINT end the job at once, but never in the middle of putting the model in place.

use std::{
    io, process,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use runtime::shutdown;
use tokio::runtime::Builder;

use super::{Paths, outcome};

/// Exit code of a job that was stopped before its model was complete: 128 and SIGTERM's number.
const STOPPED: i32 = 143;

/// What a signal finds: no model, or a complete one.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    model_is_complete: Arc<Mutex<bool>>,
}

impl Stop {
    /// Installs the handlers; process 1 of a container has no default handlers. A signal then ends the
    /// process: with exit code 0 if the model is complete, else with 143 and a failure file.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn on_signals(paths: Paths) -> io::Result<Self> {
        let stop = Self::default();
        let reactor = Builder::new_current_thread().enable_io().build()?;
        let signalled = {
            let _within = reactor.enter();
            shutdown::signalled()?
        };
        let watched = stop.clone();
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                let name = reactor.block_on(signalled);
                watched.end(&paths, name);
            })?;
        Ok(stop)
    }

    /// Puts the model in place. No signal interrupts this, and a later signal does not make the job a
    /// failure.
    ///
    /// # Errors
    /// Those of `publish`.
    pub fn publishing<E>(&self, publish: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        let mut complete = self
            .model_is_complete
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        publish()?;
        *complete = true;
        Ok(())
    }

    fn end(&self, paths: &Paths, signal: &str) {
        // Held to the end of the process, so that no model is put in place from here on.
        let complete = self
            .model_is_complete
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if *complete {
            eprintln!("stopped by {signal}: the model is complete");
            process::exit(0);
        }
        let reason = format!("stopped by {signal} before the model was complete");
        eprintln!("{reason}");
        if let Err(error) = outcome::write_failure(paths, &reason) {
            eprintln!("output/failure can't be written: {error}");
        }
        process::exit(STOPPED);
    }
}
