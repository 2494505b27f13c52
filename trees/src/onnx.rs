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

use algorithm::{Absent, Features, ModelFormat, Signature};

use crate::Model;

/// The file format in which `trainer` writes models, and every library's exporter.
pub const ONNX: ModelFormat = ModelFormat {
    name: "ONNX",
    extension: "onnx",
    load: |file| match Model::load(file) {
        Ok(model) => Ok(Box::new(model)),
        Err(error) => Err(algorithm::LoadError::new(error)),
    },
};

impl Model {
    /// Reads an ONNX file and checks all of it.
    ///
    /// # Errors
    /// A file that is not ONNX, breaks the operator's rules, or uses what is not supported, in one line
    /// that names the place, what was found and what is allowed.
    pub fn load(file: &[u8]) -> Result<Model, LoadError> {
        let file = file::ModelFile::read(file)?;
        let (input, outputs) = graph::read(&file)?;
        let scorer = outputs.scorer;
        Ok(Model {
            signature: Signature {
                features: match names::feature_names(&file, input.n_features)? {
                    names if names.is_empty() => Features::unnamed(input.n_features),
                    names => Features::named(names),
                },
                input_type: input.kind,
                input_name: input.name,
                output: outputs.output,
                label_name: outputs.label_name,
                values_name: outputs.values_name,
                is_double: scorer.double_output,
                gives_probabilities: scorer.gives_probabilities(),
                gives_path: scorer.is_single_tree(),
                absent: if scorer.tracks_missing() {
                    Absent::Missing
                } else {
                    Absent::Zero
                },
                platform: "onnx_tree_ensemble",
            },
            scorer,
        })
    }
}
