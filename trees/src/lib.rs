//! Tree ensembles: an ONNX file in, scores out, and grown trees back into an ONNX file.
//!
//! Bytes in, numbers out: no files, no network, no async, no `unsafe`. A file is hostile until
//! [`Model::load`] has checked every index, length and cycle in it; scoring then needs no checks of
//! its own beyond the shape of the rows.
//!
//! In the order in which they build on each other:
//!
//! | module | holds |
//! | --- | --- |
//! | `number` | the two float types |
//! | `forest::linked`, `forest::checked` | nodes as a file has them; no cycle, no endless walk |
//! | `forest::packed` | nodes laid out for the cache, and the walk |
//! | `post_processing` | from sums to labels and values, as onnxruntime does it |
//! | `link` | the same, as another library does it |
//! | `summary` | what the nodes say about all answers |
//! | `ensemble` | a forest with its post-processing, in either float type |
//! | `decisions` | a row's path as rules |
//! | `casts`, `computation` | ensembles, and the operators around them |
//! | `model` | [`Model`] |
//! | `tree_model` | [`TreeModel`]: trees to write |
//! | `files::onnx` | the file format, read and written |

mod casts;
mod computation;
mod decisions;
mod ensemble;
mod files;
mod forest;
mod link;
mod model;
mod number;
mod post_processing;
mod summary;
mod tree_model;

pub use files::onnx::{LoadError, ONNX, WriteError};
pub use model::Model;
pub use tree_model::{TreeModel, TreeNode};
