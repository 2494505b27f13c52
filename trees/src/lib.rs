//! Tree ensembles: an ONNX file in, scores out, and a grown tree back into an ONNX file.
//!
//! Bytes in, numbers out: no files, no network, no async, no `unsafe`. A file is hostile until
//! [`Model::load`] has checked every index, length and cycle in it; scoring then needs no checks of
//! its own beyond the shape of the rows.
//!
//! | step | where |
//! | --- | --- |
//! | the file's bytes, field by field | `onnx::wire`, `onnx::file` |
//! | its graph: tree nodes and the operators around them | `onnx::graph` |
//! | a tree operator's attributes | `onnx::attributes`, `onnx::ensemble`, `onnx::tree_ensemble` |
//! | nodes and weights as the file has them, linked | `onnx::nodes`, `onnx::weights`, `forest::link` |
//! | no cycle, no endless walk | `forest::check` |
//! | nodes laid out for the cache, and the walk | `forest::packed` |
//! | from sums to labels and probabilities | `finish` |
//! | several tree nodes, casts, products | `scorer` |
//! | facts about a model, and a row's decisions | `explain` |
//! | writing | [`DecisionTree`] |

mod decision_tree;
mod explain;
mod finish;
mod forest;
mod model;
mod number;
mod onnx;
mod scorer;

pub use decision_tree::{DecisionTree, TreeNode};
pub use model::Model;
pub use onnx::{LoadError, ONNX, WriteError};
