//! The `exact` engine: greedy CART as scikit-learn's best splitter defines it, made for speed.
//!
//! ```
//! use linfa::DatasetBase;
//! use linfa::traits::Fit;
//! use ndarray::array;
//!
//! let rows = DatasetBase::new(array![[1.0f32, 5.0], [2.0, 3.0], [4.0, 4.0]], array![0usize, 0, 1]);
//! let tree = trainer::exact::Params::new().max_depth(Some(3)).fit(&rows)?;
//! assert_eq!(tree.nodes[0].split.unwrap().threshold, 3.0);
//! # Ok::<(), trainer::exact::Error>(())
//! ```
//!
//! # What tree it is
//!
//! Every pair of distinct values is a place to split, however close they are. The threshold is the
//! largest float32 that is at most their midpoint. Of equally good splits the one with the lowest
//! feature is taken, of these the one with the lowest threshold, of these the one that sends missing
//! values to the right. Missing values (NaN) try both sides, and a split of present from missing
//! values has the threshold infinity; where a node's rows miss none, missing values follow the side
//! with more weight, to the right if both have the same. Rows of weight 0 are not there. Without
//! `max_leaf_nodes` the tree grows depth-first, with it best-first.
//!
//! The same rows give the same tree whatever their order and the number of threads: counts and
//! weights are whole numbers (`weights`), Gini scores are compared as fractions of whole numbers,
//! entropies in whole steps (`score`), random draws follow the node's place in the tree (`draw`).
//!
//! # How it is fast
//!
//! Each column is sorted once (`sort`) into narrow entries that hold row, class and whether the
//! value differs from the one before (`element`); a node is a range of places in all columns, and
//! splitting it is a stable partition of that range (`columns`). Finding the best split streams
//! through the entries with a few operations each (`search`). Large nodes use all threads at once,
//! feature by feature; below, each subtree is one thread's work on columns of its own that fit its
//! cache (`depth_first`). Nothing recurses: depth costs heap, not stack.
//!
//! Beyond the matrix the engine needs about once its size in entries, and while sorting at most once
//! more.

mod error;
mod params;

mod fit;
mod plan;
mod weights;

mod columns;
mod element;
mod sort;

mod best_first;
mod depth_first;
mod grower;
mod prune;

mod draw;
mod score;
mod search;
mod totals;

pub use error::Error;
pub use params::{ClassWeight, MaxFeatures, Params, Samples, ValidParams};
