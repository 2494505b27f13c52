//! The trees of a file.

use super::{
    error::{Fault, invalid},
    tree::TreeArrays,
};
use crate::forest::{Linked, Node};

/// Trees as they are read, before the file has said all about them.
#[derive(Debug, Default)]
pub(super) struct ForestBuilder {
    linked: Linked<f32>,
    /// For each tree the position of its first weight.
    first_weights: Vec<u32>,
    /// For each tree the values of a leaf.
    leaf_sizes: Vec<u32>,
    /// For each tree the output that it adds to.
    pub(super) groups: Vec<i32>,
    /// For each tree what its leaves are multiplied with, if the file says it.
    pub(super) weight_drop: Option<Vec<f32>>,
}

impl ForestBuilder {
    pub(super) fn push(&mut self, tree: &TreeArrays) -> Result<(), Fault> {
        self.linked.roots.push(self.linked.nodes.len() as u32);
        self.first_weights.push(self.linked.weights.len() as u32);
        self.leaf_sizes.push(tree.leaf_size.max(1) as u32);
        tree.append(&mut self.linked)
    }

    pub(super) fn n_trees(&self) -> usize {
        self.linked.roots.len()
    }

    /// The trees of a model with this many features and outputs.
    pub(super) fn finish(
        mut self,
        n_features: usize,
        n_outputs: usize,
    ) -> Result<Linked<f32>, Fault> {
        self.check_features(n_features)?;
        let n_trees = self.n_trees();
        if self.groups.len() != n_trees {
            let found = self.groups.len();
            return Err(
                Fault::invalid(format!("found {found} entries for {n_trees} trees"))
                    .at("tree_info"),
            );
        }
        if let Some(found) = self.weight_drop.as_ref().map(Vec::len)
            && found != n_trees
        {
            return Err(
                Fault::invalid(format!("found {found} entries for {n_trees} trees"))
                    .at("weight_drop"),
            );
        }
        let n_weights = self.linked.weights.len() as u32;
        for tree in 0..n_trees {
            let end = self
                .first_weights
                .get(tree + 1)
                .copied()
                .unwrap_or(n_weights);
            let weights = &mut self.linked.weights[self.first_weights[tree] as usize..end as usize];
            if self.leaf_sizes[tree] == 1 {
                let group = group(self.groups[tree], n_outputs)
                    .map_err(|fault| fault.at(format!("tree_info[{tree}]")))?;
                weights.iter_mut().for_each(|weight| weight.target = group);
            } else if self.leaf_sizes[tree] as usize != n_outputs {
                let found = self.leaf_sizes[tree];
                let message = format!("found {found}, the model has {n_outputs} outputs");
                let place = format!("trees[{tree}].tree_param.size_leaf_vector");
                return Err(Fault::invalid(message).at(place));
            }
            if let Some(weight_drop) = &self.weight_drop {
                let drop = weight_drop[tree];
                weights.iter_mut().for_each(|weight| weight.value *= drop);
            }
        }
        if self.linked.covers.len() != self.linked.nodes.len() {
            self.linked.covers.clear();
        }
        Ok(self.linked)
    }

    /// Nodes that pruning left behind are leaves by now; their features count for nothing.
    fn check_features(&self, n_features: usize) -> Result<(), Fault> {
        for (at, node) in self.linked.nodes.iter().enumerate() {
            if let Node::Branch { feature, .. } = node
                && *feature as usize >= n_features
            {
                let tree = self
                    .linked
                    .roots
                    .partition_point(|root| *root as usize <= at)
                    - 1;
                let at = at - self.linked.roots[tree] as usize;
                let place = format!("trees[{tree}].split_indices[{at}]");
                let message = format!("found {feature}, allowed are 0 to {}", n_features - 1);
                return Err(Fault::invalid(message).at(place));
            }
        }
        Ok(())
    }
}

fn group(found: i32, n_outputs: usize) -> Result<u32, Fault> {
    match u32::try_from(found) {
        Ok(group) if (group as usize) < n_outputs => Ok(group),
        _ => invalid!("found {found}, allowed are 0 to {}", n_outputs - 1),
    }
}
