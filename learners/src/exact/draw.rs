//! Random choices that depend only on `random_state` and on the node's path from the root.

/// The path from the root to a node, hashed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Path(u64);

impl Path {
    pub(crate) fn root(random_state: u64) -> Self {
        Self(mix(random_state))
    }

    pub(crate) fn left(self) -> Self {
        Self(mix(self.0.wrapping_add(1)))
    }

    pub(crate) fn right(self) -> Self {
        Self(mix(self.0.wrapping_add(2)))
    }

    /// All features in the node's random order, computed only as far as needed: the first `count` of
    /// them, which come in no particular order, and an iterator over the rest, in order.
    pub(super) fn features(
        self,
        n_features: usize,
        count: usize,
    ) -> (Vec<u32>, impl Iterator<Item = u32>) {
        let mut order: Vec<(u64, u32)> =
            (0..n_features as u32).map(|f| (self.rank(f), f)).collect();
        if count < order.len() {
            order.select_nth_unstable(count);
        }
        let mut rest = order.split_off(count.min(order.len()));
        let rest = std::iter::once_with(move || {
            rest.sort_unstable();
            rest.into_iter().map(|(_, f)| f)
        });
        (order.into_iter().map(|(_, f)| f).collect(), rest.flatten())
    }

    pub(crate) fn rank(self, feature: u32) -> u64 {
        mix(self.0 ^ mix(u64::from(feature)))
    }
}

/// The output function of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
/// Generators, 2014).
pub(crate) fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::Path;

    #[test]
    fn every_feature_is_drawn_about_as_often() {
        let mut drawn = [0; 10];
        let mut path = Path::root(7);
        for step in 0..10_000 {
            path = if step % 3 == 0 {
                path.left()
            } else {
                path.right()
            };
            let (first, rest) = path.features(10, 3);
            let rest: Vec<u32> = rest.collect();
            assert_eq!((first.len(), rest.len()), (3, 7));
            first.iter().for_each(|&f| drawn[f as usize] += 1);
        }
        assert!(
            drawn.iter().all(|&n| (2_800..3_200).contains(&n)),
            "{drawn:?}"
        );
    }
}
