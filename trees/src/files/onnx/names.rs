//! The features' names, for which ONNX has no field.

use std::fmt;

use algorithm::Features;
use serde::de::{Error, SeqAccess, Visitor};

use super::{LoadError, file::ModelFile};

/// The metadata entry that holds the names, as a JSON array of strings.
pub(super) const KEY: &str = "feature_names";

/// The features, without names if the entry is absent, of another form or of another length. That is not an
/// error: the key is not standard, and other exporters may mean something else by it.
pub(super) fn features(file: &ModelFile<'_>, n_features: usize) -> Result<Features, LoadError> {
    let json = file.metadata(KEY)?;
    let names = json.and_then(|json| {
        let mut reader = serde_json::Deserializer::from_str(json);
        let names = serde::Deserializer::deserialize_seq(&mut reader, Names { n_features, json });
        let names = names.ok().filter(|names| names.len() == n_features)?;
        reader.end().is_ok().then_some(names)
    });
    Ok(match names {
        Some(names) => Features::named(names),
        None => Features::unnamed(n_features),
    })
}

/// The names as the metadata entry's value.
pub(super) fn to_json(names: &[String]) -> Result<String, serde_json::Error> {
    serde_json::to_string(names)
}

/// Takes no more names than there are features, so that a long list costs no memory.
struct Names<'a> {
    n_features: usize,
    json: &'a str,
}

impl<'de> Visitor<'de> for Names<'_> {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} strings", self.n_features)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        // A name takes at least two quotes and a comma.
        let mut names = Vec::with_capacity(self.n_features.min(self.json.len() / 3 + 1));
        while let Some(name) = entries.next_element()? {
            if names.len() == self.n_features {
                return Err(A::Error::invalid_length(names.len() + 1, &self));
            }
            names.push(name);
        }
        Ok(names)
    }
}
