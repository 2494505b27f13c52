//! How much each feature contributes to a row's sums: exact path-dependent SHAP values (Lundberg, Erion, Lee:
//! Consistent Individualized Feature Attribution for Tree Ensembles, 2018), the `pred_contribs` of XGBoost and
//! LightGBM.
//!
//! A leaf with value `v` is a game of the features on its path. Feature `j` has `o_j`, 1 if the row passes all
//! tests of the feature on the path, else 0, and `p_j`, the product of child cover / parent cover over these
//! tests: what the game has in place of `o_j` if the value of `j` is not known. The Shapley value of `i` is the
//! integral of the derivative of the game's multilinear extension along the diagonal (Owen 1972):
//!
//! ```text
//! v (o_i - p_i) * integral from 0 to 1 of (product over j != i of (o_j t + p_j (1 - t))) dt
//! ```
//!
//! With `m` features the integrand is a polynomial of degree `m - 1`, for which Gauss-Legendre quadrature with
//! `m / 2` points, rounded up, is exact. All terms are positive, so nothing cancels, however deep a tree is. A
//! walk through the whole tree (`walk`) carries the products down and the sums over the leaves up: linear in
//! the nodes for each point, where the algorithm of the paper takes the square of the depth a leaf. The walk is
//! the same for all rows, so that several go side by side.
//!
//! | module | holds |
//! | --- | --- |
//! | `quadrature` | points and weights |
//! | `paths` | the trees as the walk wants them |
//! | `walk` | the walk |

mod paths;
mod quadrature;
#[cfg(test)]
mod tests;
mod walk;

use crate::{
    forest::{Block, Linked},
    number::Number,
};
use paths::{Pass, Paths};
use quadrature::Point;
use walk::Walk;

/// Rows that walk side by side in a unit of the walk; fewer rows walk one by one.
const LANES: usize = 8;

/// Most units of a walk: what does not depend on the row is computed once for all of them.
const MAX_UNITS: usize = 4;

/// Most bytes of the sums and products of a walk of several units, so that they stay in the cache.
const UNITS_BYTES: usize = 256 << 10;

/// Most values of rows, or of contributions, that a walk holds.
const MAX_VALUES: usize = 1 << 19;

/// The trees of a forest, laid out for contributions. They cost about 25 bytes a node beside the layout for
/// scoring, in models whose files have covers.
#[derive(Debug)]
pub(crate) struct TreeShap<T> {
    paths: Paths<T>,
    /// For each number of points that a tree needs, its quadrature.
    quadratures: Vec<Vec<Point>>,
}

impl<T: Number> TreeShap<T> {
    /// Lays out checked trees that are summed, whose nodes have these covers and whose weights are those of
    /// targets below `slots`.
    ///
    /// # Errors
    /// Why there are no contributions: a clause that follows "the model gives no contributions: ".
    pub(crate) fn new(
        linked: &Linked<T>,
        covers: &[f64],
        slots: usize,
    ) -> Result<Self, &'static str> {
        let paths = Paths::new(linked, covers, slots)?;
        let most = paths.trees.iter().map(|tree| tree.points).max();
        let mut quadratures = vec![Vec::new(); most.unwrap_or(0) + 1];
        for tree in &paths.trees {
            let quadrature = &mut quadratures[tree.points];
            if quadrature.is_empty() {
                *quadrature = quadrature::gauss_legendre(tree.points);
            }
        }
        Ok(Self { paths, quadratures })
    }

    /// The mean of the trees' sum for a target, weighted by the covers.
    pub(crate) fn expected(&self, target: usize) -> f64 {
        self.paths.expected[target]
    }

    /// Adds the contributions of the trees, times `factor`, to `into`: for each row and target
    /// `block.n_features` numbers and the bias, which is left as it is.
    pub(crate) fn add(&self, block: Block<'_, T>, factor: f64, into: &mut [f64]) {
        let (columns, cells) = (self.paths.columns.len(), self.paths.max_cells);
        if block.n_rows() < LANES / 2 || LANES * columns > MAX_VALUES {
            return self.add_lanes::<1>(block, 1, factor, into);
        }
        let fits = |units: &usize| {
            units * LANES * cells * 2 * size_of::<f64>() <= UNITS_BYTES
                && units * LANES * columns <= MAX_VALUES
        };
        let needed = block.n_rows().div_ceil(LANES).min(MAX_UNITS);
        let units = (1..=needed).rev().find(fits).unwrap_or(1);
        self.add_lanes::<LANES>(block, units, factor, into);
    }

    fn add_lanes<const L: usize>(
        &self,
        block: Block<'_, T>,
        units: usize,
        factor: f64,
        into: &mut [f64],
    ) {
        let Paths {
            columns,
            expected,
            passes,
            ..
        } = &self.paths;
        let n_features = block.n_features;
        let in_row = expected.len() * (n_features + 1);
        let mut walk = Walk::new(units, self.paths.max_cells);
        // All by column, then by unit.
        let mut values = vec![[T::ZERO; L]; columns.len() * units];
        let mut sums = vec![[0.0; L]; columns.len() * units];
        let mut leaves = Vec::new();
        let rows = block.rows.chunks(units * L * n_features);
        for (rows, into) in rows.zip(into.chunks_mut(units * L * in_row)) {
            for (row, values_of_row) in rows.chunks_exact(n_features).enumerate() {
                for (column, feature) in columns.iter().enumerate() {
                    values[column * units + row / L][row % L] = values_of_row[*feature as usize];
                }
            }
            for passes in passes.chunk_by(|a, b| a.target == b.target) {
                sums.fill([0.0; L]);
                for pass in passes {
                    let tree = &self.paths.trees[pass.tree as usize];
                    self.leaf_values(pass, &mut leaves);
                    let branches = &self.paths.branches[tree.branches.clone()];
                    let quadrature = &self.quadratures[tree.points];
                    walk.tree(
                        branches,
                        &self.paths.sets,
                        &leaves,
                        quadrature,
                        &values,
                        &mut sums,
                    );
                }
                let first = passes[0].target as usize * (n_features + 1);
                for (row, into) in into.chunks_exact_mut(in_row).enumerate() {
                    for (column, feature) in columns.iter().enumerate() {
                        into[first + *feature as usize] +=
                            factor * sums[column * units + row / L][row % L];
                    }
                }
            }
        }
    }

    /// The values of a tree's leaves for the pass's target, in the order of the walk.
    fn leaf_values(&self, pass: &Pass, values: &mut Vec<f64>) {
        values.clear();
        values.resize(self.paths.trees[pass.tree as usize].n_leaves, 0.0);
        for (leaf, value) in &self.paths.values[pass.values.clone()] {
            values[*leaf as usize] += value.to_f64();
        }
    }
}
