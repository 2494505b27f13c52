//! What a sparse record leaves out, for which ONNX has no field.

use algorithm::Absent;

use super::{LoadError, file::ModelFile};
use crate::computation::Computation;

/// The metadata entry that says it: `zero` or `missing`.
const KEY: &str = "sparse_absent";

/// As the file says. Without an entry, or with another value: missing if the model distinguishes missing
/// values from others, else 0.
pub(super) fn absent(file: &ModelFile<'_>, computation: &Computation) -> Result<Absent, LoadError> {
    Ok(match file.metadata(KEY)? {
        Some("zero") => Absent::Zero,
        Some("missing") => Absent::Missing,
        _ if computation.tracks_missing() => Absent::Missing,
        _ => Absent::Zero,
    })
}
