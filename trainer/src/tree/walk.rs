//! Rows to the leaves that they reach.

use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;

use super::{Node, Split, Tree};

/// Values that are laid out row by row at a time, to stay in the cache.
const BLOCK_VALUES: usize = 1 << 16;

/// Up to so many rows walk alone.
const FEW_ROWS: usize = 8;

impl Tree {
    /// For each row the index of its leaf among the nodes. `records` is rows x features, NaN where a
    /// value is missing.
    pub fn apply(&self, records: &Array2<f32>) -> Vec<u32> {
        let block_rows = (BLOCK_VALUES / records.ncols().max(1)).clamp(16, 4096);
        let mut leaves = vec![0; records.nrows()];
        leaves
            .par_chunks_mut(block_rows)
            .zip(
                records
                    .axis_chunks_iter(Axis(0), block_rows)
                    .into_par_iter(),
            )
            .for_each(|(leaves, block)| self.apply_block(&block, leaves));
        leaves
    }

    /// The columns of a table lie far apart, and a row's walk would jump between them.
    fn apply_block(&self, block: &ArrayView2<'_, f32>, leaves: &mut [u32]) {
        let n_features = block.ncols().max(1);
        let mut rows = vec![0.0; block.len()];
        for (feature, column) in block.columns().into_iter().enumerate() {
            let places = rows.iter_mut().skip(feature).step_by(n_features);
            for (place, value) in places.zip(column) {
                *place = *value;
            }
        }
        let mut order: Vec<u32> = (0..leaves.len() as u32).collect();
        let value = |row: u32, feature: usize| {
            let place = row as usize * n_features + feature;
            rows.get(place).copied().unwrap_or(f32::NAN)
        };
        // A node and its rows, as a range of `order`: each node on the way is looked at once for all.
        let mut waiting = vec![(0, 0, order.len())];
        while let Some((place, start, end)) = waiting.pop() {
            let Some(group) = order.get_mut(start..end) else {
                continue;
            };
            let split = self.nodes.get(place).and_then(|node| node.split);
            match split {
                Some(split) if group.len() > FEW_ROWS => {
                    let mut n_left = 0;
                    for index in 0..group.len() {
                        let goes_left = group
                            .get(index)
                            .is_some_and(|row| split.goes_left(value(*row, split.feature)));
                        if goes_left {
                            group.swap(n_left, index);
                            n_left += 1;
                        }
                    }
                    waiting.push((split.right, start + n_left, end));
                    waiting.push((split.left, start, start + n_left));
                }
                _ => {
                    for row in group {
                        let first = *row as usize * n_features;
                        let values = rows.get(first..first + n_features).unwrap_or_default();
                        if let Some(leaf) = leaves.get_mut(*row as usize) {
                            *leaf = self.leaf_below(place, values) as u32;
                        }
                    }
                }
            }
        }
    }

    /// The leaf of a row that has come to `place`.
    fn leaf_below(&self, mut place: usize, row: &[f32]) -> usize {
        while let Some(Node {
            split: Some(split), ..
        }) = self.nodes.get(place)
        {
            let value = row.get(split.feature).copied().unwrap_or(f32::NAN);
            place = split.child(value);
        }
        place
    }

    /// Levels of splits above the deepest leaf.
    pub fn depth(&self) -> usize {
        self.depths().into_iter().max().unwrap_or_default()
    }

    /// For each node, the levels above it.
    pub fn depths(&self) -> Vec<usize> {
        let mut depths = vec![0; self.nodes.len()];
        for (place, node) in self.nodes.iter().enumerate() {
            let Some(split) = &node.split else { continue };
            let below = depths.get(place).map_or(0, |depth| depth + 1);
            for child in [split.left, split.right] {
                if let Some(depth) = depths.get_mut(child) {
                    *depth = below;
                }
            }
        }
        depths
    }

    /// Number of leaves.
    pub fn n_leaves(&self) -> usize {
        self.nodes
            .iter()
            .filter(|node| node.split.is_none())
            .count()
    }
}

impl Split {
    /// The node where a value leads.
    pub fn child(&self, value: f32) -> usize {
        if self.goes_left(value) {
            self.left
        } else {
            self.right
        }
    }

    fn goes_left(&self, value: f32) -> bool {
        if value.is_nan() {
            self.missing_go_to_left
        } else {
            value <= self.threshold
        }
    }
}

#[cfg(test)]
mod tests {
    use linfa::{DatasetBase, traits::Fit};
    use ndarray::{Array1, Array2};
    use proptest::prelude::*;

    use crate::exact;

    proptest! {
        /// Rows that go together against rows that walk alone.
        #[test]
        fn rows_reach_the_same_leaves_together_and_alone(
            values in prop::collection::vec(prop_oneof![9 => (0..40_u8).prop_map(f32::from), 1 => Just(f32::NAN)], 3 * 200),
            labels in prop::collection::vec(0..4_usize, 200),
        ) {
            let records = Array2::from_shape_vec((200, 3), values).unwrap();
            let targets: Array1<usize> = labels.into_iter().collect();
            let dataset = DatasetBase::new(records, targets);
            let tree = exact::Params::new().fit(&dataset).unwrap();
            let together = tree.apply(&dataset.records);
            for (row, leaf) in dataset.records.rows().into_iter().zip(&together) {
                prop_assert_eq!(tree.leaf_below(0, row.as_slice().unwrap()), *leaf as usize);
            }
            for (place, node) in tree.nodes.iter().enumerate() {
                let reached = together.iter().filter(|leaf| **leaf as usize == place).count();
                let expected = if node.split.is_none() { node.n_node_samples } else { 0 };
                prop_assert_eq!(reached, expected);
            }
        }
    }
}
