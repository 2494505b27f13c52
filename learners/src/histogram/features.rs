//! Which features a node may be split on: column sampling and interaction constraints.

use std::collections::BTreeSet;

use super::params::Params;
use crate::exact::draw::{Path, mix};

/// The draws of a tree. They depend on the seed, the tree's key, and the level or the node's path alone.
pub(super) struct Features {
    /// The tree's features, in ascending order.
    pub(super) tree: Vec<u32>,
    base: u64,
    by_level: f64,
    by_node: f64,
    interactions: Vec<BTreeSet<u32>>,
}

impl Features {
    pub(super) fn new(params: &Params, n_features: usize, key: u64) -> Self {
        let base = mix(params.seed ^ mix(key));
        let all = (0..n_features as u32).collect();
        Self {
            tree: draw(all, params.colsample_bytree, Path::root(base)),
            base,
            by_level: params.colsample_bylevel,
            by_node: params.colsample_bynode,
            interactions: params
                .interaction_constraints
                .iter()
                .map(|set| set.iter().copied().collect())
                .collect(),
        }
    }

    /// The root's path.
    pub(super) fn root(&self) -> Path {
        Path::root(mix(self.base ^ 1))
    }

    /// The features of a node at `depth`, in ascending order; `used` are those of the splits above it.
    pub(super) fn of(&self, depth: usize, path: Path, used: &[u32]) -> Vec<u32> {
        let level = Path::root(mix(self.base ^ 2).wrapping_add(depth as u64));
        let mut features = self.tree.clone();
        features = draw(features, self.by_level, level);
        features = draw(features, self.by_node, path);
        if !self.interactions.is_empty() && !used.is_empty() {
            let open: Vec<_> = self
                .interactions
                .iter()
                .filter(|set| used.iter().all(|feature| set.contains(feature)))
                .collect();
            features.retain(|f| used.contains(f) || open.iter().any(|set| set.contains(f)));
        }
        features
    }

    /// The features of the path to the child of a split on `feature`; empty if nobody asks.
    pub(super) fn used(&self, above: &[u32], feature: u32) -> Vec<u32> {
        let mut used = above.to_vec();
        if !self.interactions.is_empty() && !used.contains(&feature) {
            used.push(feature);
        }
        used
    }
}

/// Draws a part of the features, at least one. Keeps their order.
fn draw(mut features: Vec<u32>, part: f64, path: Path) -> Vec<u32> {
    let count = ((features.len() as f64 * part) as usize).max(1);
    if count < features.len() {
        features.select_nth_unstable_by_key(count, |&f| (path.rank(f), f));
        features.truncate(count);
        features.sort_unstable();
    }
    features
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_draw_is_a_part_of_the_draw_before() {
        let params = Params {
            colsample_bytree: 0.5,
            colsample_bylevel: 0.5,
            colsample_bynode: 0.5,
            ..Params::default()
        };
        let mut drawn = [0; 40];
        for key in 0..1_000 {
            let features = Features::new(&params, 40, key);
            assert_eq!(features.tree.len(), 20);
            let node = features.of(1, features.root().left(), &[]);
            assert_eq!(node.len(), 5);
            assert!(node.iter().all(|f| features.tree.contains(f)));
            node.iter().for_each(|&f| drawn[f as usize] += 1);
            let other = features.of(1, features.root().right(), &[]);
            let level: BTreeSet<_> = node.iter().chain(&other).collect();
            assert!(level.len() <= 10);
        }
        assert!(drawn.iter().all(|n| (80..170).contains(n)), "{drawn:?}");
    }

    #[test]
    fn features_interact_as_allowed() {
        let params = Params {
            interaction_constraints: vec![vec![0, 1], vec![1, 2, 3]],
            ..Params::default()
        };
        let features = Features::new(&params, 6, 0);
        let of = |used: &[u32]| features.of(1, features.root(), used);
        assert_eq!(of(&[]), [0, 1, 2, 3, 4, 5]);
        assert_eq!(of(&[0]), [0, 1]);
        assert_eq!(of(&[1]), [0, 1, 2, 3]);
        assert_eq!(of(&[1, 3]), [1, 2, 3]);
        assert_eq!(of(&[5]), [5]);
        assert_eq!(features.used(&[1], 1), [1]);
        assert_eq!(features.used(&[1], 3), [1, 3]);
    }
}
