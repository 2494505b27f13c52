//! LightGBM's own model file, `model.txt`: reading, which trusts no byte.
//!
//! | module | holds |
//! | --- | --- |
//! | `error` | why a file is refused |
//! | `lines`, `list` | the text: lines, and lists of numbers |
//! | `header` | what stands before the trees |
//! | `objective` | from raw scores to answers |
//! | `fields` | the lines of a tree |
//! | `tree`, `categories`, `linear` | a tree's nodes, sets of categories and linear leaves |
//! | `trees` | all trees |

mod categories;
mod error;
mod fields;
mod header;
mod linear;
mod lines;
mod list;
mod objective;
mod tree;
mod trees;

use std::sync::Arc;

use algorithm::{Absent, ModelFormat};

use super::LibraryFile;
use crate::{linear::LinearTrees, model::Model};
use error::Error;
use header::Header;
use lines::Lines;
use trees::Trees;

/// The text file that LightGBM's `save_model` writes, of the versions from 2019 on.
pub const LIGHTGBM: ModelFormat = ModelFormat::new("LightGBM", "txt", |file| match load(file) {
    Ok(model) => Ok(Box::new(model)),
    Err(error) => Err(algorithm::LoadError::new(error)),
})
.recognized_by(looks_like_lightgbm);

/// Whether a file begins as LightGBM's model files do: with the lines `tree` and `version=...`.
fn looks_like_lightgbm(bytes: &[u8]) -> bool {
    let mut lines = Lines::new(bytes);
    lines.next() == Some(b"tree")
        && lines
            .next()
            .is_some_and(|line| line.starts_with(b"version="))
}

fn load(file: &[u8]) -> Result<Model, Error> {
    if !looks_like_lightgbm(file) {
        return Err(Error::malformed(file));
    }
    let mut lines = Lines::new(file);
    let header = Header::read(&mut lines)?;
    let trees = Trees::read(lines, &header)?;
    let n_iterations = trees.linked.roots.len() / header.trees_per_iteration;
    let objective = header.objective(n_iterations)?;
    let library_file = LibraryFile {
        trees: trees.linked,
        base: vec![0.0; header.trees_per_iteration],
        adds_base_last: false,
        output: objective.output(),
        link: Box::new(objective),
        objective: header.objective_name(),
        features: header.features,
        // LightGBM's own reader of libsvm takes what a row leaves out for 0.
        absent: Absent::Zero,
        platform: "lightgbm_txt",
    };
    let model = match trees.linear {
        None => library_file.load(),
        Some(leaves) => {
            let firsts = trees.first_leaves;
            library_file.load_as(|ensemble| Arc::new(LinearTrees::new(ensemble, leaves, firsts)))
        }
    };
    model.map_err(|error| Error::Invalid(error.to_string()))
}
