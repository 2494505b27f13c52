//! The threads that score a large payload together.

use std::sync::OnceLock;

use rayon::{ThreadPool, ThreadPoolBuilder};
use runtime::cpus::Cpus;

/// As many as there are CPUs, started when they are wanted first: most workers never need them.
#[derive(Default)]
pub(crate) struct Threads(OnceLock<Option<ThreadPool>>);

impl Threads {
    /// `None` where one thread is as good, or threads can't be started.
    pub(crate) fn get(&self) -> Option<&ThreadPool> {
        let available = || start(Cpus::available().count.get());
        self.0.get_or_init(available).as_ref()
    }

    /// So many, whatever CPUs there are.
    #[cfg(test)]
    pub(crate) fn new(count: usize) -> Self {
        Self(OnceLock::from(start(count)))
    }
}

fn start(count: usize) -> Option<ThreadPool> {
    if count <= 1 {
        return None;
    }
    let built = ThreadPoolBuilder::new()
        .num_threads(count)
        .thread_name(|index| format!("score-{index}"))
        .build();
    built
        .inspect_err(|error| tracing::warn!(%error, "large payloads are scored by one thread each"))
        .ok()
}
