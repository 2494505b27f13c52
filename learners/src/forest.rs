//! Forests: random forests on bins, extremely randomised trees on the numbers themselves.
//!
//! | module | holds |
//! | --- | --- |
//! | `response` | what is learnt: classes or numbers; how good a split is |
//! | `block` | rows with their values in columns |
//! | `counts` | the weights of all classes in one number |
//! | `search` | the best split by one feature |
//! | `grow` | one tree |
//! | `trees` | all trees |
//! | `oob` | what the rows that a tree has not seen say of it |
//! | `parameters`, `spec` | the hyperparameters, and what they mean for a table |
//! | `part` | the trees of one host of several |
//! | `onnx` | the model file |
//! | `report` | importances, the course of the out-of-bag score |
//! | `learner` | [`RandomForest`] and [`ExtraTrees`] |

mod block;
mod counts;
mod grow;
mod learner;
mod onnx;
mod oob;
mod parameters;
mod part;
mod report;
mod response;
mod search;
mod spec;
mod trees;

pub use learner::{ExtraTrees, RandomForest};

use crate::draws::Draws;
