//! The job as a learner sees it while it learns.

use std::sync::{Arc, atomic::AtomicUsize};

use algorithm::{Checkpoint, Share, Watch};

use crate::{
    job::{Job, checkpoints::Checkpoints, stop::Stop},
    progress::Shown,
};

/// Shows a learner's progress, and answers what it asks.
pub struct Fitting<'a> {
    shown: Shown,
    stop: &'a Stop,
    checkpoints: Option<&'a Checkpoints>,
    share: Share,
}

impl<'a> Fitting<'a> {
    /// The job of a host that learns this share.
    pub fn new(job: &'a Job, share: Share, stop: &'a Stop) -> Self {
        Self {
            shown: Shown::default(),
            stop,
            checkpoints: job.checkpoints.as_ref(),
            share,
        }
    }
}

impl Watch for Fitting<'_> {
    fn begin(&self, phase: &'static str, unit: &'static str, total: u64) -> Arc<AtomicUsize> {
        self.shown.begin(phase, unit, total)
    }

    fn print(&self, line: &str) {
        self.shown.print(line);
    }

    fn status(&self, text: String) {
        self.shown.status(text);
    }

    fn is_stopped(&self) -> bool {
        self.stop.is_asked()
    }

    fn last_checkpoint(&self) -> Option<Checkpoint> {
        self.checkpoints?.last()
    }

    fn checkpoint(&self, number: u64, content: &mut dyn FnMut() -> Vec<u8>) {
        if let Some(checkpoints) = self.checkpoints {
            checkpoints.keep(number, content);
        }
    }

    fn share(&self) -> Share {
        self.share
    }
}
