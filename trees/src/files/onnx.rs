//! The ONNX file format: reading, which trusts no byte, and writing.
//!
//! | module | holds |
//! | --- | --- |
//! | `error` | why a file is refused |
//! | `file`, `tensor` | the outer messages, field by field |
//! | `names`, `absent` | what the metadata say about the input |
//! | `attributes` | an operator's attributes by name |
//! | `v3`, `v5`, `ensemble` | the tree operators, old and new |
//! | `graph` | the operators around them |
//! | `write` | trees as a file |
//! | `forest_parts` | the parts of a forest, as one file |

mod absent;
mod attributes;
mod ensemble;
mod error;
mod file;
mod forest_parts;
mod graph;
mod names;
mod tensor;
#[cfg(test)]
mod tests;
mod v3;
mod v5;
mod write;

pub use error::LoadError;

use algorithm::{ModelFormat, Parts, Signature, Values};

use crate::{model::Model, number::Float};
use file::ModelFile;

/// The file format in which `trainer` writes models, and every library's exporter. The parts of a forest, which
/// several hosts have written ([`TreeModel::part`](crate::TreeModel::part)), are one model together.
pub const ONNX: ModelFormat = ModelFormat::new("ONNX", "onnx", |file| match Model::load(file) {
    Ok(model) => Ok(Box::new(model)),
    Err(error) => Err(algorithm::LoadError::new(error)),
})
.in_parts(Parts {
    is_part: forest_parts::is_part,
    join: forest_parts::join,
});

impl Model {
    /// Reads an ONNX file and checks all of it.
    ///
    /// # Errors
    /// A file that is not ONNX, breaks the operator's rules, or uses what is not supported, in one line
    /// that names the place, what was found and what is allowed. A part of a forest, too.
    pub fn load(file: &[u8]) -> Result<Model, LoadError> {
        let file = ModelFile::read(file)?;
        forest_parts::refuse(&file)?;
        let graph = graph::read(&file)?;
        let computation = graph.computation;
        let signature = Signature {
            features: names::features(&file, graph.n_features)?,
            input_type: graph.input_type,
            input_name: graph.input_name,
            output: graph.output,
            label_name: graph.label_name,
            values_name: graph.values_name,
            is_double: computation.output_type == Float::Double,
            values: if computation.gives_probabilities {
                Values::Probabilities
            } else {
                Values::Scores
            },
            gives_path: computation.gives_path(),
            raw_scores: 0,
            leaves: computation.n_trees(),
            contributions: computation.explains(graph.n_features),
            objective: None,
            absent: absent::absent(&file, &computation)?,
            takes_missing: true,
            platform: "onnx_tree_ensemble",
        };
        Ok(Model::new(signature, computation))
    }
}
