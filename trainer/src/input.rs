//! The channels of a job, read into tables.

use algorithm::{Target, Task, text::listed};
use tracing::{info, warn};

use crate::{
    data::{Channel, ChannelTable, DataError, ReadOptions, warnings},
    job::Job,
    parameters::{csv_weights, header},
    progress::{Phases, Progress},
};

/// Names that a line lists.
const LISTED: usize = 10;

/// What is trained and validated on.
#[derive(Debug)]
pub struct Input {
    /// The channel to train on.
    pub training: ChannelTable,
    /// The channel that is only measured.
    pub validation: Option<ChannelTable>,
    /// Signs that the data are not what the user meant, one sentence each.
    pub warnings: Vec<String>,
}

impl Input {
    /// Reads the channels of `job`, and logs what was found.
    ///
    /// # Errors
    /// The first problem in the files.
    pub fn read(job: &Job, phases: &mut Phases) -> Result<Self, DataError> {
        let training = read(job, &job.training, phases, ChannelTable::training)?;
        if let Target::Classes { labels, .. } = &training.table.target {
            info!(
                "{} classes: {}",
                labels.len(),
                listed(labels.texts(), LISTED)
            );
        }
        if !training.table.features.names().is_empty() {
            info!("the columns are named by {}", training.given_by);
        }
        if let (Task::ByLabels, Target::Numbers(_)) = (job.task, &training.table.target) {
            info!("the labels have fractions, so that they are numbers to predict and not classes");
        }
        let (mut warnings, _) = phases.time("reading", || warnings(&training.table));
        let mut validation = None;
        if let Some(channel) = &job.validation {
            let mut unseen = Vec::new();
            validation = Some(read(job, channel, phases, |channel, options| {
                let read = ChannelTable::like(channel, options, &training)?;
                unseen = read.1;
                Ok(read.0)
            })?);
            if !unseen.is_empty() {
                warnings.push(format!(
                    "channel {} has labels that training does not have, so that the model never predicts them: {}",
                    channel.name,
                    listed(&unseen, LISTED)
                ));
            }
        }
        for warning in &warnings {
            warn!("{warning}");
        }
        Ok(Self {
            training,
            validation,
            warnings,
        })
    }
}

/// Reads a channel while its progress is shown.
fn read(
    job: &Job,
    channel: &Channel,
    phases: &mut Phases,
    read: impl FnOnce(&Channel, &ReadOptions) -> Result<ChannelTable, DataError>,
) -> Result<ChannelTable, DataError> {
    let options = ReadOptions {
        task: job.task,
        header: header(&job.settings),
        csv_weights: csv_weights(&job.settings),
        absent: job.absent,
        takes_missing: job.takes_missing,
        ..ReadOptions::default()
    };
    let n_bytes = channel.n_bytes()?;
    let (table, seconds) = phases.time("reading", || {
        let _progress = Progress::show("reading", "bytes", n_bytes, options.bytes_read.clone());
        read(channel, &options)
    });
    let table = table?;
    info!(
        "read channel {} in {seconds:.2} s: {} files, {} bytes, {} rows, {} features, {} missing values",
        channel.name,
        table.n_files,
        table.n_bytes,
        table.table.n_rows(),
        table.table.features.len(),
        table.n_missing,
    );
    if table.n_weightless > 0 {
        info!("left out {} rows whose weight is 0", table.n_weightless);
    }
    Ok(table)
}
