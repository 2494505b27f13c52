//! How long each phase of a job takes.

use std::time::Instant;

/// The phases of a job and their seconds, in their order.
#[derive(Clone, Debug, Default)]
pub struct Phases(Vec<(&'static str, f64)>);

impl Phases {
    /// Does `work`, which is a part of `phase`. Returns what it returns, and the seconds that it takes.
    pub fn time<T>(&mut self, phase: &'static str, work: impl FnOnce() -> T) -> (T, f64) {
        let started = Instant::now();
        let done = work();
        let seconds = started.elapsed().as_secs_f64();
        match self.0.iter_mut().find(|known| known.0 == phase) {
            Some(known) => known.1 += seconds,
            None => self.0.push((phase, seconds)),
        }
        (done, seconds)
    }

    /// Each phase and its seconds.
    pub fn seconds(&self) -> &[(&'static str, f64)] {
        &self.0
    }

    /// The seconds of all phases together.
    pub fn total(&self) -> f64 {
        self.0.iter().map(|phase| phase.1).sum()
    }
}
