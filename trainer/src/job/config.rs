//! The JSON files below `input/config`.

use std::{fmt, fs, io};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use serde_json::Value;

use super::{Host, JobError, Paths, environment::Environment};

const RESOURCES: &str = "resourceconfig.json";

/// The members of a JSON object in their order; of equal names the last one counts.
#[derive(Debug, Default)]
pub(super) struct Members(pub(super) Vec<(String, Value)>);

impl Members {
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        let found = self.0.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members: Vec<(String, Value)> = Vec::new();
                while let Some(member) = map.next_entry()? {
                    if members.len() == MAX_MEMBERS {
                        return Err(A::Error::custom(format!("more than {MAX_MEMBERS} members")));
                    }
                    members.retain(|(name, _)| *name != member.0);
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

/// Most members of an object. SageMaker allows 100 hyperparameters and 20 channels.
const MAX_MEMBERS: usize = 1000;

/// The object in a file; empty if there is no such file.
pub(super) fn object(paths: &Paths, name: &str) -> Result<Members, JobError> {
    let path = paths.config.join(name);
    let file = path.display().to_string();
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Members::default()),
        Err(source) => return Err(JobError::Read { file, source }),
    };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let error = match serde_json::from_slice(bytes) {
        Ok(members) => return Ok(members),
        Err(error) => error,
    };
    let (line, column, found) = match serde_json::from_slice::<Value>(bytes) {
        Ok(other) if !other.is_object() => (1, 1, kind(&other).to_owned()),
        _ => (error.line(), error.column(), error.to_string()),
    };
    Err(JobError::Json {
        file,
        line,
        column,
        what: format!("found {found}, expected a JSON object"),
    })
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
