//! The JSON files below `input/config`.

use std::{fs, io};

use serde_json::{Map, Value};

use super::{Host, JobError, Paths, environment::Environment};

const RESOURCES: &str = "resourceconfig.json";

/// The object in a file; empty if there is no such file.
pub(super) fn object(paths: &Paths, name: &str) -> Result<Map<String, Value>, JobError> {
    let path = paths.config.join(name);
    let file = path.display().to_string();
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Map::new()),
        Err(source) => return Err(JobError::Read { file, source }),
    };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(other) => Err(JobError::Json {
            file,
            line: 1,
            column: 1,
            what: format!("found {}, expected a JSON object", kind(&other)),
        }),
        Err(error) => Err(JobError::Json {
            file,
            line: error.line(),
            column: error.column(),
            what: format!("found {error}, expected a JSON object"),
        }),
    }
}

/// This machine and all machines of the job, from `resourceconfig.json`.
pub(super) fn host<E: Fn(&str) -> Option<String>>(
    paths: &Paths,
    env: &Environment<E>,
) -> Result<Host, JobError> {
    let config = object(paths, RESOURCES)?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let mut all: Vec<String> = match (env.hosts(), config.get("hosts")) {
        (Some(hosts), _) => hosts,
        (None, None) => Vec::new(),
        // Each of several machines that took itself for the only one would write a model.
        (None, Some(hosts)) => {
            let names = hosts.as_array().map(|hosts| hosts.iter().map(text));
            let names = names.and_then(Iterator::collect::<Option<_>>);
            names.ok_or_else(|| JobError::Json {
                file: paths.config.join(RESOURCES).display().to_string(),
                line: 1,
                column: 1,
                what: format!("found hosts {hosts}, expected an array of strings"),
            })?
        }
    };
    all.sort();
    let name = env
        .current_host()
        .or_else(|| config.get("current_host").and_then(text))
        .or_else(|| all.first().cloned())
        .unwrap_or_else(|| "this host".to_owned());
    Ok(Host { name, all })
}

/// What a JSON value is, as a message names it.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
