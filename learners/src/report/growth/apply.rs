//! Stand-in for `trees::Model`, which has no `apply` yet: `use trees::Model` replaces this file, and
//! `Model::load(file)` its `load`.

use algorithm::{LoadError, PredictError, Rows};

use crate::Tree;

pub(super) struct Model<'a> {
    tree: &'a Tree,
    n_features: usize,
}

impl<'a> Model<'a> {
    pub(super) fn load(file: &[u8], tree: &'a Tree) -> Result<Self, LoadError> {
        let model = (trees::ONNX.load)(file)?;
        let n_features = model.signature().features.len();
        Ok(Self { tree, n_features })
    }

    /// For each row the index of its leaf among the tree's nodes, in place of what `leaves` held.
    pub(super) fn apply(&self, rows: Rows<'_>, leaves: &mut Vec<u32>) -> Result<(), PredictError> {
        let Rows::F32(values) = rows else {
            unreachable!("a table has float32 values");
        };
        leaves.clear();
        leaves.extend(values.chunks_exact(self.n_features).map(|row| {
            let mut at = 0;
            while let Some(split) = self.tree.nodes[at].split {
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
        Ok(())
    }
}
