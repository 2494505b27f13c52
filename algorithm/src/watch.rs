//! The job, as a learner sees it while it learns.

use std::sync::{Arc, atomic::AtomicUsize};

/// The job that a learner works for: it watches the progress, and answers what the learner asks.
///
/// ```
/// use std::sync::atomic::Ordering;
///
/// use algorithm::Watch;
///
/// fn grow(watch: &dyn Watch) -> usize {
///     let grown = watch.begin("growing", "trees", 10);
///     for _tree in 0..10 {
///         grown.fetch_add(1, Ordering::Relaxed);
///     }
///     grown.load(Ordering::Relaxed)
/// }
///
/// assert_eq!(grow(&()), 10);
/// ```
pub trait Watch: Sync {
    /// Begins a phase of `total` units of work, 0 if their number is not known. The learner raises the
    /// counter as the work is done; the phase ends when the next one begins or the learner returns.
    fn begin(&self, phase: &'static str, unit: &'static str, total: u64) -> Arc<AtomicUsize>;

    /// Prints a line on the job's standard output, where metric definitions of tuning jobs look for figures.
    fn print(&self, line: &str) {
        let _ = line;
    }

    /// Says what the model is like so far, in a few words: `validation-rmse 0.512`. They stand beside the progress
    /// of the phase, in the log or on a terminal, when that is shown next.
    fn status(&self, text: String) {
        drop(text);
    }

    /// Whether the job is being stopped, so that the learner is to return the model as it is. Always false
    /// unless [`Learner::is_saved_when_stopped`](crate::Learner::is_saved_when_stopped).
    fn is_stopped(&self) -> bool {
        false
    }

    /// The checkpoint with the largest number that an earlier run of the job has left.
    fn last_checkpoint(&self) -> Option<Checkpoint> {
        None
    }

    /// Offers a checkpoint. If the job keeps checkpoints and the last one is a while ago, `content` is called and
    /// its result is kept as that with this number; the last five stay.
    fn checkpoint(&self, number: u64, content: &mut dyn FnMut() -> Vec<u8>) {
        let _ = (number, content);
    }

    /// What this host learns. All of it unless
    /// [`Learner::shares_work`](crate::Learner::shares_work).
    fn share(&self) -> Share {
        Share::ALL
    }
}

/// Nobody watches.
impl Watch for () {
    fn begin(&self, _: &'static str, _: &'static str, _: u64) -> Arc<AtomicUsize> {
        Arc::default()
    }
}

/// A model in the making that an earlier run of the job has left.
///
/// ```
/// use algorithm::{Checkpoint, Watch};
///
/// fn first_round(watch: &dyn Watch) -> u64 {
///     watch.last_checkpoint().map_or(0, |Checkpoint { number, .. }| number + 1)
/// }
///
/// assert_eq!(first_round(&()), 0);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its number.
    pub number: u64,
    /// What the learner gave for it; as hostile as a model file.
    pub content: Vec<u8>,
}

/// The part of the work that a host does, of several that share it.
///
/// ```
/// use algorithm::Share;
///
/// let second_of_three = Share { index: 1, count: 3 };
/// let trees: Vec<usize> = second_of_three.of(8).collect();
/// assert_eq!(trees, [1, 4, 7]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// The host's place among all hosts in sorted order, from 0.
    pub index: usize,
    /// The number of hosts, at least 1.
    pub count: usize,
}

impl Share {
    /// The whole work, of a single host.
    pub const ALL: Self = Self { index: 0, count: 1 };

    /// The host's items of `total`: every `count`-th, from `index` on.
    pub fn of(self, total: usize) -> impl Iterator<Item = usize> {
        (self.index..total).step_by(self.count.max(1))
    }
}
