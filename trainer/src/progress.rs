//! How far the job is: a bar on a terminal, a log line every few seconds elsewhere.

mod phases;
mod view;

use std::{
    io::{self, Write},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use indicatif::ProgressBar;

pub use phases::Phases;
use view::View;

/// Time between two looks at a counter.
const INTERVAL: Duration = Duration::from_millis(100);

/// Shows how far a learner is: the phase that it began last, until it is dropped.
#[derive(Default)]
pub struct Shown(Mutex<Option<Progress>>);

impl Shown {
    /// Begins a phase: shows how the counter that is returned rises to `total`.
    pub fn begin(&self, phase: &'static str, unit: &'static str, total: u64) -> Arc<AtomicUsize> {
        let done = Arc::<AtomicUsize>::default();
        let mut current = locked(&self.0);
        // The bar of the last phase goes before the next one appears.
        drop(current.take());
        *current = Some(Progress::show(phase, unit, total, done.clone()));
        done
    }

    /// Prints a line on stdout, beside the bar of the phase if there is one.
    pub fn print(&self, line: &str) {
        let current = locked(&self.0);
        match current.as_ref().and_then(|progress| progress.bar.as_ref()) {
            Some(bar) => bar.suspend(|| print(line)),
            None => print(line),
        }
    }

    /// Says what the model is like so far, beside the progress of the phase.
    pub fn status(&self, text: String) {
        if let Some(progress) = &*locked(&self.0) {
            *locked(&progress.status) = text;
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Prints a line on stdout, at once.
pub fn print(line: &str) {
    let mut stdout = io::stdout().lock();
    // If stdout is closed, nobody is listening.
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

/// Shows a phase until it is dropped.
pub struct Progress {
    stop: Option<Sender<()>>,
    watcher: Option<JoinHandle<()>>,
    bar: Option<ProgressBar>,
    status: Arc<Mutex<String>>,
}

impl Progress {
    /// Shows how `done` rises to `total`, or without an end if `total` is 0.
    pub fn show(
        phase: &'static str,
        unit: &'static str,
        total: u64,
        done: Arc<AtomicUsize>,
    ) -> Self {
        let (stop, stopped) = channel();
        let mut view = View::new(phase, unit, total);
        let bar = view.bar.clone();
        let status = Arc::<Mutex<String>>::default();
        let shown = status.clone();
        let watcher = thread::spawn(move || {
            while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                let status = locked(&shown).clone();
                view.show(done.load(Ordering::Relaxed) as u64, &status);
            }
            view.end();
        });
        Self {
            stop: Some(stop),
            watcher: Some(watcher),
            bar,
            status,
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(watcher) = self.watcher.take() {
            // It does nothing that fails.
            let _ = watcher.join();
        }
    }
}
