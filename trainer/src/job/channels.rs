//! The channels, from `inputdataconfig.json` if it is there, else from the directories.

use std::path::{Path, PathBuf};

use algorithm::{ChosenChannel, FoundChannel, Learner, Settings, Task};
use records::ContentType;
use serde_json::Value;

use super::{
    JobError, Paths,
    config::{self, Members},
    environment::Environment,
    hyperparameters::text_of,
};
use crate::data::Channel;

/// What may hold the rows to train on: AWS's own samples say `training`, its algorithms `train`.
const TRAINING: [&str; 2] = ["training", "train"];
const VALIDATION: [&str; 2] = ["validation", "test"];

/// How the objects of a channel are spread over the hosts.
const DISTRIBUTION: &str = "S3DistributionType";

pub(super) struct Channels {
    pub(super) training: Channel,
    pub(super) validation: Option<Channel>,
    /// Whether each host has other rows to train on.
    pub(super) is_sharded: bool,
}

/// The channels that `learner` chooses, else those of this container's rules.
pub(super) fn find<E: Fn(&str) -> Option<String>>(
    paths: &Paths,
    env: &Environment<E>,
    learner: &dyn Learner,
    settings: &Settings,
) -> Result<Channels, JobError> {
    let config = config::object(paths, "inputdataconfig.json")?;
    let task = learner.task(settings);
    let chosen = learner.channels(settings, &found(paths, &config, env));
    let (training, validation) = match chosen {
        Some(chosen) => {
            let chosen = chosen.map_err(|error| JobError::Channel(error.to_string()))?;
            let channel = |chosen: &ChosenChannel| {
                let found = Place::of(paths, &config, env, &chosen.name);
                found.channel(&chosen.name, task, &chosen.content_type, chosen.separators)
            };
            let validation = chosen.validation.as_ref().map(channel);
            (channel(&chosen.train)?, validation.transpose()?)
        }
        None => usual(paths, &config, env, task)?,
    };
    let distribution = setting(config.get(&training.name), DISTRIBUTION);
    Ok(Channels {
        is_sharded: distribution.is_some_and(|text| text.eq_ignore_ascii_case("ShardedByS3Key")),
        training,
        validation,
    })
}

/// `training` or `train`, and `validation` or `test`.
fn usual<E: Fn(&str) -> Option<String>>(
    paths: &Paths,
    config: &Members,
    env: &Environment<E>,
    task: Task,
) -> Result<(Channel, Option<Channel>), JobError> {
    let first = |names: [&str; 2]| {
        let found = names.iter().find_map(|name| {
            let place = Place::of(paths, config, env, name);
            let content_type = setting(config.get(name), "ContentType").unwrap_or("");
            place
                .is_there
                .then(|| place.channel(name, task, content_type, ""))
        });
        found.transpose()
    };
    let Some(training) = first(TRAINING)? else {
        let mut names: Vec<&str> = config.names().collect();
        names.sort_unstable();
        let found = match names.len() {
            0 => format!("no channel in {}", paths.data.display()),
            _ => format!("no channel to train on among {}", names.join(", ")),
        };
        return Err(JobError::Channel(format!(
            "{found}, expected training or train"
        )));
    };
    // A directory that nobody configured and that holds nothing is no channel.
    let is_meant = |channel: &Channel| {
        config.get(&channel.name).is_some()
            || channel.files().map_or(true, |files| !files.is_empty())
    };
    Ok((training, first(VALIDATION)?.filter(is_meant)))
}

/// All channels: those of the configuration, and if there is none the directories, sorted.
fn found<E: Fn(&str) -> Option<String>>(
    paths: &Paths,
    config: &Members,
    env: &Environment<E>,
) -> Vec<FoundChannel> {
    let mut names: Vec<String> = config.names().map(str::to_owned).collect();
    if names.is_empty() {
        names = directories(&paths.data);
    }
    let channels = names.into_iter().map(|name| {
        let place = Place::of(paths, config, env, &name);
        let settings = config.get(&name).and_then(Value::as_object);
        let settings = settings.into_iter().flatten();
        FoundChannel {
            settings: settings
                .map(|(name, value)| (name.clone(), text_of(value)))
                .collect(),
            files: match place.is_pipe {
                true => None,
                false => Channel::all_files(&place.path),
            },
            path: place.path,
            name,
        }
    });
    channels.collect()
}

/// The names of the directories in `path`.
fn directories(path: &Path) -> Vec<String> {
    let entries = path.read_dir().into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort_unstable();
    names
}

/// A setting of a channel in the configuration.
fn setting<'c>(channel: Option<&'c Value>, name: &str) -> Option<&'c str> {
    channel?.get(name)?.as_str().map(str::trim)
}

/// Where a channel's rows come from.
struct Place {
    path: PathBuf,
    is_pipe: bool,
    /// Whether the configuration, a variable or a directory has the channel.
    is_there: bool,
}

impl Place {
    fn of<E: Fn(&str) -> Option<String>>(
        paths: &Paths,
        config: &Members,
        env: &Environment<E>,
        name: &str,
    ) -> Self {
        let over = env.channel(name);
        let settings = config.get(name);
        let mode = setting(settings, "TrainingInputMode");
        let is_pipe = mode.is_some_and(|mode| mode.eq_ignore_ascii_case("pipe"));
        let is_named = settings.is_some() || over.is_some();
        let path = match over {
            Some(path) => path,
            _ if is_pipe => paths.data.join(format!("{name}_0")),
            _ => paths.data.join(name),
        };
        Self {
            is_there: is_named || path.exists(),
            path,
            is_pipe,
        }
    }

    fn channel(
        self,
        name: &str,
        task: Task,
        content_type: &str,
        separators: &'static str,
    ) -> Result<Channel, JobError> {
        Ok(Channel {
            name: name.to_owned(),
            path: self.path,
            is_pipe: self.is_pipe,
            content_type: self::content_type(name, task, content_type)?,
            separators,
        })
    }
}

/// The content type of a channel, as AWS's built-in algorithms take them: `text/csv`, `csv`,
/// `text/csv;label_size=1`, `application/x-recordio-protobuf`; `None` if the job leaves it open.
fn content_type(channel: &str, task: Task, text: &str) -> Result<Option<ContentType>, JobError> {
    if text.is_empty() {
        return Ok(None);
    }
    let content_type = ContentType::parse(text)
        .map_err(|error| JobError::Channel(format!("channel {channel}: {error}")))?;
    // A learner that wants no labels passes over those that the files have.
    if content_type.has_label() == Some(false) && task != Task::Unlabelled {
        return Err(JobError::Channel(format!(
            "channel {channel}: found label_size=0 in its ContentType, expected 1"
        )));
    }
    Ok(Some(content_type))
}
