//! Stand-in for `trees::Model::apply`, to be replaced by it.

use algorithm::Rows;

use crate::Tree;

/// For each row the index of its leaf among the tree's nodes; what `leaves` held before is gone.
pub(super) fn apply(tree: &Tree, n_features: usize, rows: Rows<'_>, leaves: &mut Vec<u32>) {
    let Rows::F32(values) = rows else {
        unreachable!("a table has float32 values");
    };
    leaves.clear();
    leaves.extend(values.chunks_exact(n_features).map(|row| {
        let mut at = 0;
        while let Some(split) = tree.nodes[at].split {
            let value = row[split.feature];
            let goes_left = if value.is_nan() {
                split.missing_go_to_left
            } else {
                value <= split.threshold
            };
            at = if goes_left { split.left } else { split.right };
        }
        at as u32
    }));
}
