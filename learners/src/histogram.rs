//! The `histogram` engine: one tree of a gradient boosting model, on binned features.
//!
//! ```
//! use learners::{bins::Bins, histogram::{GradientPair, Params, grow, leaf_of}};
//! use ndarray::array;
//!
//! let bins = Bins::new(array![[1.0f32], [2.0], [3.0], [4.0]].view(), 256);
//! // Squared error from 0 for the targets 0, 0, 1, 1.
//! let gradients = [0.0, 0.0, -1.0, -1.0].map(|g| GradientPair { g, h: 1.0 });
//! let tree = grow(&bins, &gradients, None, &Params::default(), 0);
//! assert_eq!(tree.nodes[0].split.as_ref().unwrap().threshold, 2.5);
//! assert_eq!(leaf_of(&tree.nodes, &bins, 3), 2);
//! ```
//!
//! # What tree it is
//!
//! The tree of XGBoost's `hist`: its gain (`rule`), its choice between equally good splits (`search`), its
//! learned side for missing values, its limits and its two policies of growth (`grower`). A split has to gain
//! more than 1e-6 and at least `gamma`.
//!
//! The same rows give the same tree whatever their order and the number of threads: gradients are whole
//! numbers of a power of two (`gradient`), so their sums are exact, and random draws depend on the seed, the
//! tree's key, the level and the node's path alone (`features`).
//!
//! # How it is fast
//!
//! Sums by feature and bin are the only thing that is computed from rows (`sums`), with one addition of 16
//! bytes a value. Rows of deep nodes lie far apart in memory, so a loop of its own fetches them before they are
//! added. Of two siblings only the smaller is summed; the other is what is left of their parent. A node's rows
//! are a range of row numbers (`partition`). Work is shared by node, tile and block of rows, and a tree leaves
//! its buffers to the next (`crate::scratch`).
//!
//! Besides the bins a tree needs 16 bytes a row, and as much for sums as a byte a value, or 32 MB.

mod features;
mod gradient;
mod grower;
mod grown;
mod params;
mod partition;
mod rule;
mod search;
mod sums;

pub use gradient::GradientPair;
pub use grown::{Grown, Node, Split, leaf_of};
pub use params::{GrowPolicy, Params};

use crate::bins::Bins;

/// Grows a tree on the threads of the current rayon pool.
///
/// `gradients` has one pair for each row of `bins`. `rows` are the rows to grow on, by default all, each at
/// most once. `key` stands for the tree within its model: trees with other keys draw other features.
pub fn grow(
    bins: &Bins,
    gradients: &[GradientPair],
    rows: Option<&[u32]>,
    params: &Params,
    key: u64,
) -> Grown {
    grower::Grower::new(bins, gradients, rows, params, key).grow()
}
