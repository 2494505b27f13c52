//! Trees whose leaves are linear models.

use algorithm::Decision;

use crate::{
    casts::CastRows,
    ensemble::{Ensemble, Scratch, Trees},
    forest::{LeafIndices, ZERO},
    number::Number,
    summary::Summary,
};

/// The leaves of all trees, one tree after the other.
#[derive(Clone, Debug)]
pub(crate) struct LinearLeaves {
    leaves: Vec<LinearLeaf>,
    terms: Vec<Term>,
}

/// The constant and the terms, or, if the feature of a term is missing, `otherwise`.
#[derive(Clone, Copy, Debug)]
struct LinearLeaf {
    constant: f64,
    otherwise: f64,
    /// Where the terms end; they begin where those of the leaf before end.
    end: usize,
}

/// A feature's coefficient.
#[derive(Clone, Copy, Debug)]
struct Term {
    feature: u32,
    coefficient: f64,
}

/// An ensemble for the paths of its trees, and what its leaves add instead of their weights.
#[derive(Debug)]
pub(crate) struct LinearTrees {
    ensemble: Ensemble<f64>,
    leaves: LinearLeaves,
    /// For each tree its first leaf.
    firsts: Vec<usize>,
}

impl LinearLeaves {
    pub(crate) fn new() -> Self {
        Self {
            leaves: Vec::new(),
            terms: Vec::new(),
        }
    }

    /// Appends a leaf. The caller has checked the features.
    pub(crate) fn push(
        &mut self,
        constant: f64,
        otherwise: f64,
        terms: impl IntoIterator<Item = (u32, f64)>,
    ) {
        let terms = terms.into_iter().map(|(feature, coefficient)| Term {
            feature,
            coefficient,
        });
        self.terms.extend(terms);
        self.leaves.push(LinearLeaf {
            constant,
            otherwise,
            end: self.terms.len(),
        });
    }

    fn output(&self, leaf: usize, row: &[f64]) -> f64 {
        let start = match leaf {
            0 => 0,
            _ => self.leaves[leaf - 1].end,
        };
        let LinearLeaf {
            constant,
            otherwise,
            end,
        } = self.leaves[leaf];
        let mut output = constant;
        for term in &self.terms[start..end] {
            let x = row[term.feature as usize];
            if x.is_nan() {
                return otherwise;
            }
            // LightGBM takes such a value for 0.
            if x.abs() > ZERO {
                output += term.coefficient * x;
            }
        }
        output
    }
}

impl LinearTrees {
    /// `firsts` has for each tree its first leaf in `leaves`; a leaf's index in the ensemble is its number in
    /// the tree.
    pub(crate) fn new(ensemble: Ensemble<f64>, leaves: LinearLeaves, firsts: Vec<usize>) -> Self {
        Self {
            ensemble,
            leaves,
            firsts,
        }
    }
}

impl Trees for LinearTrees {
    fn width(&self) -> usize {
        self.ensemble.width()
    }

    fn n_raw_scores(&self) -> usize {
        self.ensemble.n_raw_scores()
    }

    fn n_features(&self) -> usize {
        let features = self
            .leaves
            .terms
            .iter()
            .map(|term| term.feature as usize + 1);
        features.fold(self.ensemble.n_features(), usize::max)
    }

    fn n_trees(&self) -> usize {
        self.ensemble.n_trees()
    }

    fn has_large_trees(&self) -> bool {
        self.ensemble.has_large_trees()
    }

    fn summary(&self) -> Summary {
        self.ensemble.summary()
    }

    fn score(&self, rows: CastRows<'_>, labels: &mut [u32], scratch: &mut Scratch) {
        self.raw_scores(rows, scratch);
        let mut values = vec![0.0; rows.n_rows() * self.width()];
        self.ensemble
            .link()
            .answer(&scratch.values, labels, &mut values);
        scratch.values = values;
    }

    fn raw_scores(&self, rows: CastRows<'_>, scratch: &mut Scratch) {
        let (n_trees, slots) = (self.n_trees(), self.n_raw_scores());
        let mut indices = vec![0; rows.n_rows() * n_trees];
        let leaves = LeafIndices {
            indices: &mut indices,
            stride: n_trees,
            first: 0,
        };
        self.ensemble.apply(rows, leaves, scratch);
        // The rows as they are: to a leaf, a zero is never missing.
        let of_rows = f64::of(&mut scratch.rows);
        rows.cast(of_rows);
        let sums = &mut scratch.values;
        sums.clear();
        sums.resize(rows.n_rows() * slots, 0.0);
        let indices = indices.chunks_exact(n_trees);
        let rows = of_rows.chunks_exact(rows.n_features).zip(indices);
        for ((row, indices), sums) in rows.zip(sums.chunks_exact_mut(slots)) {
            for (tree, (index, first)) in indices.iter().zip(&self.firsts).enumerate() {
                sums[tree % slots] += self.leaves.output(first + *index as usize, row);
            }
        }
    }

    fn apply(&self, rows: CastRows<'_>, leaves: LeafIndices<'_>, scratch: &mut Scratch) {
        self.ensemble.apply(rows, leaves, scratch);
    }

    fn path(&self, row: CastRows<'_>) -> Option<Vec<Decision>> {
        self.ensemble.path(row)
    }

    fn contributions(&self) -> Result<usize, &'static str> {
        Err("its leaves hold lines instead of numbers")
    }

    fn add_contributions(&self, _: CastRows<'_>, _: &mut [f64], _: &mut Scratch) {
        unreachable!("a model without contributions announces none");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_adds_its_line_or_its_value() {
        let mut leaves = LinearLeaves::new();
        leaves.push(1.0, 7.0, [(0, 1e40)]);
        leaves.push(2.0, 8.0, []);
        leaves.push(3.0, 9.0, [(1, 0.5), (0, 1e40)]);
        let outputs = |row: &[f64]| [0, 1, 2].map(|leaf| leaves.output(leaf, row));
        // Twice LightGBM's zero, the zero itself, and a value that only one leaf needs missing.
        assert_eq!(outputs(&[2.0 * ZERO, 4.0])[1..2], [2.0]);
        assert!(outputs(&[2.0 * ZERO, 4.0])[0] > 1e5);
        assert_eq!(outputs(&[ZERO, 4.0]), [1.0, 2.0, 5.0]);
        assert_eq!(outputs(&[-ZERO, f64::NAN]), [1.0, 2.0, 9.0]);
        assert_eq!(outputs(&[f64::NAN, 4.0]), [7.0, 2.0, 9.0]);
    }
}
