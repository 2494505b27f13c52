//! Which features a tree decides by.

use super::Tree;
use crate::importances::parts;

impl Tree {
    /// One number a feature: the impurity decrease of the splits on it, weighted with their rows and
    /// normalised to a sum of 1, as scikit-learn's `feature_importances_`; all 0 in a tree without
    /// splits.
    pub fn feature_importances(&self, n_features: usize) -> Vec<f64> {
        let mut importances = vec![0.0; n_features];
        for (at, node) in self.nodes.iter().enumerate() {
            if let (Some(split), Some(decrease)) = (node.split, self.decrease(at)) {
                importances[split.feature] += decrease;
            }
        }
        parts(importances)
    }
}
