//! What a sparse record leaves out, for which ONNX has no field.

use algorithm::Absent;

use super::{LoadError, file::ModelFile};
use crate::{computation::Computation, files::absent};

/// As the file says. Without an entry, or with another value: missing if the model distinguishes missing
/// values from others, else 0.
pub(super) fn absent(file: &ModelFile<'_>, computation: &Computation) -> Result<Absent, LoadError> {
    let said = file.metadata(absent::KEY)?.and_then(absent::parse);
    Ok(said.unwrap_or(if computation.tracks_missing() {
        Absent::Missing
    } else {
        Absent::Zero
    }))
}
