//! The ONNX file format: reading, with every byte in doubt, and writing.

mod attributes;
mod ensemble;
mod error;
mod file;
mod graph;
mod names;
mod nodes;
mod tensor;
#[cfg(test)]
mod tests;
mod tree_ensemble;
mod weights;
mod wire;
mod write;

pub use error::LoadError;
pub use write::WriteError;
pub(crate) use write::write;

use crate::Model;

/// Reads a whole model file.
pub(crate) fn load(file: &[u8]) -> Result<Model, LoadError> {
    let file = file::ModelFile::read(file)?;
    let (input, outputs) = graph::read(&file)?;
    let feature_names = names::feature_names(&file, input.n_features)?;
    Ok(Model {
        input,
        feature_names,
        output: outputs.output,
        label_name: outputs.label_name,
        values_name: outputs.values_name,
        scorer: outputs.scorer,
    })
}
