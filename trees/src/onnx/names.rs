//! The features' names, which ONNX has no field for.

use serde::de::{SeqAccess, Visitor};
use std::fmt;

use super::LoadError;
use super::file::ModelFile;

/// The metadata entry that holds the names, as a JSON array of strings.
pub(crate) const KEY: &str = "feature_names";

/// The names, or none where the entry is absent, of another form or of another length. Not an error:
/// the key is no standard, other exporters may mean something else by it.
pub(super) fn feature_names(
    file: &ModelFile<'_>,
    n_features: usize,
) -> Result<Vec<String>, LoadError> {
    let Some(json) = file.metadata(KEY)? else {
        return Ok(Vec::new());
    };
    let mut reader = serde_json::Deserializer::from_str(json);
    let names = serde::Deserializer::deserialize_seq(&mut reader, Names { n_features, json });
    Ok(names
        .ok()
        .filter(|names| names.len() == n_features && reader.end().is_ok())
        .unwrap_or_default())
}

/// The names as the metadata entry's value.
pub(crate) fn to_json(names: &[String]) -> Result<String, serde_json::Error> {
    serde_json::to_string(names)
}

/// Takes no more than the expected number of names, so that a long list costs no memory.
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
                return Err(serde::de::Error::invalid_length(names.len() + 1, &self));
            }
            names.push(name);
        }
        Ok(names)
    }
}
