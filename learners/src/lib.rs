//! How trees are grown, and what a training job's report says of them.
//!
//! | module | holds |
//! | --- | --- |
//! | `importances` | gain, cover and frequency of the features |
//! | `tree` | a grown [`Tree`]: nodes in preorder, walks, what its leaves answer, importances |
//! | `impurity` | Gini impurity and entropy |
//! | `task` | classes or numbers, and by which criterion |
//! | `parameters` | the hyperparameters: one table |
//! | `targets` | a table's labels and the class of each row, or the number of each row |
//! | `class_weight` | `class_weight` by label into factors by class |
//! | `scratch` | buffers that one tree leaves to the next |
//! | [`bins`] | a table as one byte a value, cut at quantiles |
//! | [`exact`] | the engine that grows scikit-learn's tree |
//! | [`histogram`] | the engine that grows the trees of gradient boosting |
//! | `linfa` | the engine of the crate linfa-trees |
//! | `canonical` | an order of rows that files do not decide |
//! | `explained` | the rows whose contributions the report shows |
//! | `decision_tree` | [`DecisionTree`]: the learner of a single tree, and its model file |
//! | `draws` | random numbers |
//! | `metadata` | what a model file says of its origin |
//! | `forest` | [`RandomForest`] and [`ExtraTrees`] |
//! | [`boosting`] | gradient boosting, in jobs as those of AWS's XGBoost container |
//! | `report` | the report's sections about a tree: the drawing, accuracy against tree size; `tree.txt` |
//!
//! Each module uses only those above it.

pub mod bins;
pub mod boosting;
mod canonical;
mod class_weight;
mod decision_tree;
mod draws;
pub mod exact;
mod explained;
mod forest;
pub mod histogram;
mod importances;
mod impurity;
mod linfa;
mod metadata;
mod parameters;
mod report;
mod scratch;
mod targets;
mod task;
mod tree;

pub use boosting::GradientBoosting;
pub use class_weight::ClassWeight;
pub use decision_tree::{DecisionTree, grow, to_onnx};
pub use forest::{ExtraTrees, RandomForest};
pub use tree::{Node, Split, Targets, Tree};
