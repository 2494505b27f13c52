//! The features' names, for which ONNX has no field.

use algorithm::Features;

use super::{LoadError, file::ModelFile};

/// The features, without names if the metadata entry is absent, of another form or of another length. That is
/// not an error: the key is not standard, and other exporters may mean something else by it.
pub(super) fn features(file: &ModelFile<'_>, n_features: usize) -> Result<Features, LoadError> {
    Ok(match file.metadata(Features::NAMES_KEY)? {
        Some(json) => Features::from_json(json, n_features),
        None => Features::unnamed(n_features),
    })
}
