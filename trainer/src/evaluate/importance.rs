//! Which features the tree decides by.

use crate::tree::Tree;

/// For each feature the impurity decrease of its splits, weighted with their rows and normalised to a
/// sum of 1, as scikit-learn's `feature_importances_`; all 0 in a tree without splits.
pub fn feature_importances(tree: &Tree, n_features: usize) -> Vec<f64> {
    let mut importances = vec![0.0; n_features];
    let weighted = |place: usize| {
        let node = tree.nodes.get(place);
        node.map_or(0.0, |node| node.weighted_n_node_samples * node.impurity)
    };
    for (place, node) in tree.nodes.iter().enumerate() {
        let Some(split) = node.split else { continue };
        if let Some(importance) = importances.get_mut(split.feature) {
            *importance += weighted(place) - weighted(split.left) - weighted(split.right);
        }
    }
    let sum: f64 = importances.iter().sum();
    if sum > 0.0 {
        for importance in &mut importances {
            *importance /= sum;
        }
    }
    importances
}
