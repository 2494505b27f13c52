//! Checkpoints: what a job that is interrupted leaves for the next run. SageMaker copies the directory to S3 while
//! the job runs, and back before it runs again.

use std::{
    fs,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use algorithm::Checkpoint;
use serde_json::Value;
use tracing::{info, warn};

use super::{JobError, Paths, config};
use crate::model_file;

/// Checkpoints that stay.
const KEPT: usize = 5;

/// Least time between two checkpoints: a model in the making may be large, and what a job does in this time is
/// soon done again.
const INTERVAL: Duration = Duration::from_secs(2);

/// The checkpoints of a job.
#[derive(Debug)]
pub struct Checkpoints {
    directory: PathBuf,
    /// What precedes the number in their names.
    name: &'static str,
    /// When the last one was kept.
    kept: Mutex<Option<Instant>>,
}

impl Checkpoints {
    /// Reads where the job keeps checkpoints that are called `name`; `None` if it keeps none.
    pub(super) fn read(
        paths: &Paths,
        name: Option<&'static str>,
    ) -> Result<Option<Self>, JobError> {
        let config = config::object(paths, "checkpointconfig.json")?;
        let Some(directory) = config.get("LocalPath").and_then(Value::as_str) else {
            return Ok(None);
        };
        let Some(name) = name else {
            info!("the algorithm makes no checkpoints: an interrupted job begins anew");
            return Ok(None);
        };
        Ok(Some(Self::new(PathBuf::from(directory), name)))
    }

    /// Those in `directory` that are called `name.0`, `name.1` and so on.
    pub fn new(directory: PathBuf, name: &'static str) -> Self {
        Self {
            directory,
            name,
            kept: Mutex::new(None),
        }
    }

    /// The one with the largest number. One that can't be read counts as not there, with a line in the log.
    pub fn last(&self) -> Option<Checkpoint> {
        let number = self.numbers().pop()?;
        let path = self.directory.join(self.file_name(number));
        match fs::read(&path) {
            Ok(content) => {
                info!("goes on from {}", path.display());
                Some(Checkpoint { number, content })
            }
            Err(error) => {
                warn!("begins anew: {} can't be read: {error}", path.display());
                None
            }
        }
    }

    /// Keeps what `content` returns, if the last one is a while ago, and removes the oldest. A job does not fail for
    /// want of a checkpoint.
    pub fn keep(&self, number: u64, content: &mut dyn FnMut() -> Vec<u8>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.is_some_and(|kept| kept.elapsed() < INTERVAL) {
            return;
        }
        let name = self.file_name(number);
        if let Err(error) = model_file::publish(&self.directory, &name, &content()) {
            warn!("no checkpoint: {error}");
        }
        *kept = Some(Instant::now());
        let mut numbers = self.numbers();
        numbers.truncate(numbers.len().saturating_sub(KEPT));
        for old in numbers {
            // It is in nobody's way.
            let _ = fs::remove_file(self.directory.join(self.file_name(old)));
        }
    }

    /// The numbers of those that are there, sorted.
    fn numbers(&self) -> Vec<u64> {
        let entries = self.directory.read_dir().into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut numbers: Vec<u64> = names
            .filter_map(|name| {
                let digits = name.strip_prefix(self.name)?.strip_prefix('.')?;
                let number = digits.parse().ok()?;
                (self.file_name(number) == name).then_some(number)
            })
            .collect();
        numbers.sort_unstable();
        numbers
    }

    fn file_name(&self, number: u64) -> String {
        format!("{}.{number}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(checkpoints: &Checkpoints) -> Vec<u64> {
        checkpoints.numbers()
    }

    #[test]
    fn the_last_five_stay_and_the_largest_number_is_gone_on_from() {
        let directory = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::new(directory.path().join("deeper"), "model");
        assert_eq!(checkpoints.last(), None);
        for number in 7..14 {
            *checkpoints.kept.lock().unwrap() = None;
            checkpoints.keep(number, &mut || vec![number as u8]);
        }
        assert_eq!(names(&checkpoints), [9, 10, 11, 12, 13]);
        for other in ["model.99x", "model", "model.099", "other.100", ".model.101"] {
            fs::write(checkpoints.directory.join(other), "").unwrap();
        }
        let last = Checkpoint {
            number: 13,
            content: vec![13],
        };
        assert_eq!(checkpoints.last(), Some(last));
    }

    #[test]
    fn a_checkpoint_soon_after_another_is_not_even_made() {
        let directory = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::new(directory.path().to_owned(), "model");
        checkpoints.keep(0, &mut Vec::new);
        checkpoints.keep(1, &mut || unreachable!("it is too early"));
        assert_eq!(names(&checkpoints), [0]);
    }
}
