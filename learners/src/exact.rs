//! The `exact` engine: greedy CART as scikit-learn's best splitter defines it, made for speed.
//!
//! ```
//! use learners::exact::Params;
//! use linfa::{DatasetBase, traits::Fit};
//! use ndarray::array;
//!
//! let rows = DatasetBase::new(array![[1.0f32, 5.0], [2.0, 3.0], [4.0, 4.0]], array![0usize, 0, 1]);
//! let params = Params { max_depth: Some(3), ..Params::default() };
//! let tree = params.fit(&rows)?;
//! assert_eq!(tree.nodes[0].split.unwrap().threshold, 3.0);
//! # Ok::<(), learners::exact::Error>(())
//! ```
//!
//! # What tree it is
//!
//! A node may be split between any two neighbouring values, however close they are. The threshold is
//! the largest float32 that is at most their midpoint. Of equally good splits the engine takes the split
//! with the lowest feature; if that leaves several, with the lowest threshold; and then the split that
//! sends missing values (NaN) to the right. Missing values are tried on both sides. A split of rows with
//! a value from rows without has the threshold infinity. If none of a node's rows misses the value,
//! missing values follow the side with more weight, or go right if both sides weigh the same. Rows of
//! weight 0 are ignored. Without `max_leaf_nodes` the tree grows depth-first, with it best-first.
//!
//! The same rows give the same tree whatever their order and the number of threads: counts and weights
//! are whole numbers (`weights`), Gini scores are compared as fractions of whole numbers, entropies in
//! whole steps (`criterion`), and random draws depend only on the node's path from the root (`draw`).
//!
//! # How it is fast
//!
//! Each column is sorted once (`sort`) into narrow entries that hold the row, its class and whether the
//! value differs from the entry before (`element`). A node is a range of positions in all columns, and
//! splitting it is a stable partition of that range (`columns`). Finding the best split streams through
//! the entries with a few operations each (`search`). Large nodes use all threads at once, feature by
//! feature; each subtree below them is grown by one thread on columns of its own that fit the thread's
//! cache (`depth_first`). Nothing recurses: depth costs heap, not stack.
//!
//! Besides the matrix the engine needs about as much memory again for the entries, and at most as much
//! once more while it sorts.

mod error;
mod params;

mod fit;
mod numbers;
pub(crate) mod plan;
mod weights;

mod columns;
mod element;
pub(crate) mod sort;

mod best_first;
mod depth_first;
mod grower;
mod prune;

mod criterion;
pub(crate) mod draw;
mod search;
mod totals;

pub use error::Error;
pub use params::{MaxFeatures, Params};

pub use crate::impurity::NumberCriterion;
