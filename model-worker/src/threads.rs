//! The threads that score a large payload together.

use std::sync::OnceLock;

use rayon::{ThreadPool, ThreadPoolBuilder};
use runtime::cpus::Cpus;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// A thread for each CPU, started at the first use: most workers never need them.
#[derive(Default)]
pub(crate) struct Threads(OnceLock<Option<ThreadPool>>);

impl Threads {
    /// `None` if there is only one CPU, or if threads can't be started.
    pub(crate) fn get(&self) -> Option<&ThreadPool> {
        let available = || start(Cpus::available().count.get());
        self.0.get_or_init(available).as_ref()
    }

    /// `count` threads, however many CPUs there are.
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
        .start_handler(move |index| stay_on_one_cpu(index, count))
        .build();
    built
        .inspect_err(|error| tracing::warn!(%error, "large payloads are scored by one thread each"))
        .ok()
}

/// Gives each of `count` threads a CPU of its own. Some kernels wake all of them on one CPU and move them
/// apart only after several milliseconds, when the payload is nearly done. A thread whose CPU has other work
/// leaves its parts of the payload to the other threads.
fn stay_on_one_cpu(index: usize, count: usize) {
    let Ok(allowed) = sched_getaffinity(None) else {
        return;
    };
    // If a quota allows fewer threads than there are CPUs, nobody knows which CPUs are free.
    if allowed.count() as usize != count {
        return;
    }
    let cpu = (0..CpuSet::MAX_CPU)
        .filter(|cpu| allowed.is_set(*cpu))
        .nth(index);
    if let Some(cpu) = cpu {
        let mut own = CpuSet::new();
        own.set(cpu);
        // If that is not permitted, the kernel chooses.
        let _ = sched_setaffinity(None, &own);
    }
}
