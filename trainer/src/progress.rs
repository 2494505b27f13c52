//! How far the job is: a bar on a terminal, a log line every few seconds elsewhere.

mod phases;

use std::{
    io::{self, IsTerminal, Write},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use tracing::info;

pub use phases::Phases;

/// Time between two log lines.
const LOG_INTERVAL: Duration = Duration::from_secs(5);

/// Time between two updates of a bar.
const BAR_INTERVAL: Duration = Duration::from_millis(100);

/// Shows how far a learner is: the phase that it began last, until it is dropped.
#[derive(Default)]
pub struct Shown(Mutex<Option<Progress>>);

impl Shown {
    /// Begins a phase: shows how the counter that is returned rises to `total`.
    pub fn begin(&self, phase: &'static str, unit: &'static str, total: u64) -> Arc<AtomicUsize> {
        let done = Arc::<AtomicUsize>::default();
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The bar of the last phase goes before the next one appears.
        drop(current.take());
        *current = Some(Progress::show(phase, unit, total, done.clone()));
        done
    }

    /// Prints a line on stdout, beside the bar of the phase if there is one.
    pub fn print(&self, line: &str) {
        let current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match current.as_ref().and_then(|progress| progress.bar.as_ref()) {
            Some(bar) => bar.suspend(|| print(line)),
            None => print(line),
        }
    }
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
        let view = View::new(phase, unit, total);
        let bar = view.bar.clone();
        let watcher = thread::spawn(move || {
            while stopped.recv_timeout(view.interval()) == Err(RecvTimeoutError::Timeout) {
                view.show(done.load(Ordering::Relaxed) as u64);
            }
            view.end();
        });
        Self {
            stop: Some(stop),
            watcher: Some(watcher),
            bar,
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

struct View {
    phase: &'static str,
    unit: &'static str,
    total: u64,
    started: Instant,
    bar: Option<ProgressBar>,
}

impl View {
    fn new(phase: &'static str, unit: &'static str, total: u64) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let (bar, form) = match total {
                0 => (
                    ProgressBar::new_spinner(),
                    "{spinner} {msg} {human_pos} {prefix} {elapsed}",
                ),
                _ => (
                    ProgressBar::new(total),
                    "{msg} {wide_bar} {percent}% of {human_len} {prefix}, {eta} left",
                ),
            };
            // A form that can't be read leaves the default one.
            let style = ProgressStyle::with_template(form);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.with_message(phase).with_prefix(unit)
        });
        Self {
            phase,
            unit,
            total,
            started: Instant::now(),
            bar,
        }
    }

    fn interval(&self) -> Duration {
        self.bar.as_ref().map_or(LOG_INTERVAL, |_| BAR_INTERVAL)
    }

    fn show(&self, done: u64) {
        let Self {
            phase, unit, total, ..
        } = self;
        let seconds = self.started.elapsed().as_secs();
        match &self.bar {
            Some(bar) => bar.set_position(done),
            None if *total == 0 => info!("{phase}: {done} {unit} after {seconds} s"),
            None => {
                let percent = done.min(*total) * 100 / total;
                info!("{phase}: {percent}% of {total} {unit} after {seconds} s");
            }
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
