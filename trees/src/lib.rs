//! Tree ensembles: a model file in, scores out, and grown trees back into a model file.
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
//! | `forest::planes`, `forest::masks` | small trees: what they ask about a row, and the leaves that answers rule out |
//! | `forest::packed` | other trees: nodes laid out for the cache, and the walk |
//! | `post_processing` | from sums to labels and values, as onnxruntime does it |
//! | `link` | the same, as another library does it |
//! | `post` | one of the two |
//! | `summary` | what the nodes say about all answers |
//! | `contributions` | how much each feature adds to a row's sums |
//! | `ensemble` | a forest with its post-processing, in either float type |
//! | `linear` | trees whose leaves are linear models |
//! | `decisions` | a row's path as rules |
//! | `casts`, `computation` | ensembles, and the operators around them |
//! | `model` | [`Model`] |
//! | `checks` | what trees to write promise |
//! | `forest_part` | [`ForestPart`]: which trees of a forest a file has |
//! | `tree_model` | [`TreeModel`]: trees to write |
//! | `boosted_model` | [`BoostedModel`]: boosted trees to write |
//! | `files::onnx` | the file format, read and written |
//! | `files::lightgbm` | LightGBM's own file, read |
//! | `files::library` | what a library's own file says, as a model |
//! | `files::xgboost` | XGBoost's own files, read and written |

mod boosted_model;
mod casts;
mod checks;
mod computation;
mod contributions;
mod decisions;
mod ensemble;
mod files;
mod forest;
mod forest_part;
mod linear;
mod link;
mod model;
mod number;
mod post;
mod post_processing;
mod summary;
mod tree_model;

pub use boosted_model::{BoostedModel, BoostedNode, BoostedSplit, Objective};
pub use checks::WriteError;
pub use files::{
    lightgbm::LIGHTGBM,
    onnx::{LoadError, ONNX},
    xgboost::{XGBOOST, XGBoostError},
};
pub use forest_part::{ForestPart, NoForestPart};
pub use model::Model;
pub use tree_model::{NodeList, PostTransform, TreeModel, TreeNode};

/// Every format that this crate reads.
///
/// ```
/// use algorithm::ModelFormat;
///
/// let format = |name, head| ModelFormat::of_file(&trees::FORMATS, name, head).map(|format| format.name);
/// assert_eq!(format("leaf.onnx", b""), Some("ONNX"));
/// assert_eq!(format("xgboost-model", b"binf"), Some("XGBoost"));
/// assert_eq!(format("model.txt", b"tree\nversion=v4\n"), Some("LightGBM"));
/// assert_eq!(format("requirements.txt", b"numpy\n"), None);
/// ```
pub const FORMATS: [algorithm::ModelFormat; 3] = [ONNX, XGBOOST, LIGHTGBM];
