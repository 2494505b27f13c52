//! The channels, from `inputdataconfig.json` if it is there, else from the directories.

use algorithm::Task;
use records::ContentType;
use serde_json::{Map, Value};

use super::{JobError, Paths, config, environment::Environment};
use crate::data::Channel;

/// What may hold the rows to train on: AWS's own samples say `training`, its algorithms `train`.
const TRAINING: [&str; 2] = ["training", "train"];
const VALIDATION: [&str; 2] = ["validation", "test"];

pub(super) struct Channels {
    pub(super) training: Channel,
    pub(super) validation: Option<Channel>,
}

pub(super) fn find<E: Fn(&str) -> Option<String>>(
    paths: &Paths,
    env: &Environment<E>,
    task: Task,
) -> Result<Channels, JobError> {
    let config = config::object(paths, "inputdataconfig.json")?;
    let first = |names: [&str; 2]| {
        let found = names
            .iter()
            .find_map(|name| channel(paths, &config, env, task, name));
        found.transpose()
    };
    let Some(training) = first(TRAINING)? else {
        let mut names: Vec<&str> = config.keys().map(String::as_str).collect();
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
        config.contains_key(&channel.name)
            || channel.files().map_or(true, |files| !files.is_empty())
    };
    Ok(Channels {
        training,
        validation: first(VALIDATION)?.filter(is_meant),
    })
}

/// The channel of this name; `None` if neither the configuration nor a directory has it.
fn channel<E: Fn(&str) -> Option<String>>(
    paths: &Paths,
    config: &Map<String, Value>,
    env: &Environment<E>,
    task: Task,
    name: &str,
) -> Option<Result<Channel, JobError>> {
    let over = env.channel(name);
    let settings = config.get(name);
    let text = |key: &str| settings?.get(key)?.as_str().map(str::trim);
    let is_pipe = text("TrainingInputMode").is_some_and(|mode| mode.eq_ignore_ascii_case("pipe"));
    let is_named = over.is_some();
    let path = match over {
        Some(path) => path,
        _ if is_pipe => paths.data.join(format!("{name}_0")),
        _ => paths.data.join(name),
    };
    if settings.is_none() && !is_named && !path.exists() {
        return None;
    }
    let content_type = content_type(name, task, text("ContentType").unwrap_or(""));
    Some(content_type.map(|content_type| Channel {
        name: name.to_owned(),
        path,
        is_pipe,
        content_type,
    }))
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
