//! SIGTERM and SIGINT end the job at once, but never in the middle of putting the model in place. A learner whose
//! model so far is wanted is asked for it instead; a second signal does not wait for the answer.

use std::{
    io, process,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use runtime::shutdown;
use tokio::runtime::Builder;

use super::{Paths, outcome};

/// What a signal finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// No model.
    #[default]
    Begun,
    /// A learner that returns the model as it is.
    Learning,
    /// A model that is in place.
    Complete,
}

/// Exit code of a job that was stopped before its model was complete: 128 and SIGTERM's number.
const STOPPED: i32 = 143;

/// How far the job is when a signal comes, and whether one has come.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    state: Arc<Mutex<State>>,
    asked: Arc<AtomicBool>,
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
                let _within = reactor.enter();
                // Handlers for the next signal, before this one is acted on.
                let again = shutdown::signalled();
                watched.end(&paths, name);
                if let Ok(again) = again {
                    watched.end(&paths, reactor.block_on(again));
                }
            })?;
        Ok(stop)
    }

    /// Whether a signal wants the model as it is.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// From here on a signal does not end the job, but [asks](Self::is_asked) for the model as it is.
    pub fn learning(&self) {
        *self.lock() = State::Learning;
    }

    /// Puts the model in place. No signal interrupts this, and a later signal does not make the job a
    /// failure.
    ///
    /// # Errors
    /// Those of `publish`.
    pub fn publishing<E>(&self, publish: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        let mut state = self.lock();
        publish()?;
        *state = State::Complete;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, paths: &Paths, signal: &str) {
        // Held to the end of the process, so that no model is put in place from here on.
        let state = self.lock();
        match *state {
            State::Complete => {
                eprintln!("stopped by {signal}: the model is complete");
                process::exit(0);
            }
            State::Learning if !self.asked.swap(true, Ordering::Relaxed) => {
                eprintln!("stopped by {signal}: what is learnt so far becomes the model");
                return;
            }
            State::Begun | State::Learning => {}
        }
        let reason = format!("stopped by {signal} before the model was complete");
        eprintln!("{reason}");
        if let Err(error) = outcome::write_failure(paths, &reason) {
            eprintln!("output/failure can't be written: {error}");
        }
        process::exit(STOPPED);
    }
}
