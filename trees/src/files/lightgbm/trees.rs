//! All trees of a file.

use super::{
    categories,
    error::{Error, invalid, unsupported},
    fields::Fields,
    header::Header,
    linear,
    lines::Lines,
    tree::{Branches, Offsets},
};
use crate::{
    forest::{Leaf, Linked, Node, Weight},
    linear::LinearLeaves,
};

/// The trees as nodes. A tree's leaves come first, in their order, then its branches.
#[derive(Debug)]
pub(super) struct Trees {
    pub(super) linked: Linked<f64>,
    /// For each tree the number of leaves before it.
    pub(super) first_leaves: Vec<usize>,
    /// The leaves of all trees, if those of one are linear.
    pub(super) linear: Option<LinearLeaves>,
    /// Whether the file has the covers of all trees so far.
    has_covers: bool,
}

impl Trees {
    /// Reads the trees, and nothing after them.
    pub(super) fn read(mut lines: Lines<'_>, header: &Header) -> Result<Self, Error> {
        let mut trees = Self {
            linked: Linked {
                nodes: Vec::new(),
                roots: Vec::new(),
                weights: Vec::new(),
                sets: Vec::new(),
                covers: Vec::new(),
            },
            first_leaves: Vec::new(),
            linear: None,
            has_covers: true,
        };
        while let Some(line) = lines.next() {
            if line.starts_with(b"Tree=") {
                let fields = Fields::read(trees.linked.roots.len(), &mut lines)?;
                trees.add(&fields, header)?;
            } else if !line.is_empty() {
                break;
            }
        }
        let found = trees.linked.roots.len();
        if let Some(expected) = header.n_trees
            && found != expected
        {
            return invalid!("found {found} trees, expected {expected}, as tree_sizes says");
        }
        let factor = header.trees_per_iteration;
        // A model before its first iteration says that there are none.
        let is_cut_off = found == 0 && !(header.ends && header.n_trees == Some(0));
        if is_cut_off || !found.is_multiple_of(factor) {
            return invalid!(
                "found {found} trees, expected a multiple of {factor}, as num_tree_per_iteration says"
            );
        }
        if !trees.has_covers {
            trees.linked.covers = Vec::new();
        }
        Ok(trees)
    }

    fn add(&mut self, fields: &Fields<'_>, header: &Header) -> Result<(), Error> {
        let n_features = header.features.len();
        let n_leaves = fields.need("num_leaves")?;
        let (place, n_leaves) = (n_leaves.place, n_leaves.integer(i32::MAX as u32)? as usize);
        if n_leaves == 0 {
            return invalid!("{place}: found 0, allowed are numbers from 1");
        }
        let leaf_values = fields.need("leaf_value")?.floats(n_leaves)?;
        let branches = Branches::read(fields, n_leaves, n_features)?;
        self.covers(fields, n_leaves)?;
        let first_set = self.linked.sets.len();
        let n_sets = categories::read(fields, n_leaves - 1, &mut self.linked.sets)?;
        let first = self.linked.nodes.len();
        // Positions are 32 bits wide; the sets and weights are fewer than the nodes' bytes in the file.
        let Ok(_) = u32::try_from(first + 2 * n_leaves) else {
            return unsupported!("found more than {} nodes in all trees", u32::MAX);
        };
        let offsets = Offsets {
            leaves: first as u32,
            branches: (first + n_leaves) as u32,
            sets: first_set as u32,
            n_sets,
        };
        self.linear_leaves(fields, &leaf_values, n_features)?;
        self.first_leaves.push(self.linked.weights.len());
        let target = (self.linked.roots.len() % header.trees_per_iteration) as u32;
        let Linked {
            nodes,
            roots,
            weights,
            ..
        } = &mut self.linked;
        roots.push(if n_leaves == 1 {
            offsets.leaves
        } else {
            offsets.branches
        });
        for value in leaf_values {
            let start = weights.len() as u32;
            weights.push(Weight { target, value });
            nodes.push(Node::Leaf(Leaf {
                start,
                end: start + 1,
            }));
        }
        branches.append(offsets, nodes)
    }

    /// Appends the tree's leaves as linear models, if a tree so far has such leaves.
    fn linear_leaves(
        &mut self,
        fields: &Fields<'_>,
        leaf_values: &[f64],
        n_features: usize,
    ) -> Result<(), Error> {
        let is_linear = linear::is_linear(fields)?;
        if is_linear && self.linear.is_none() {
            let mut leaves = LinearLeaves::new();
            for weight in &self.linked.weights {
                leaves.push(weight.value, weight.value, []);
            }
            self.linear = Some(leaves);
        }
        match &mut self.linear {
            Some(leaves) if is_linear => linear::read(fields, leaf_values, n_features, leaves),
            Some(leaves) => {
                let values = leaf_values.iter();
                values.for_each(|value| leaves.push(*value, *value, []));
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Appends the numbers of training rows at the tree's nodes.
    fn covers(&mut self, fields: &Fields<'_>, n_leaves: usize) -> Result<(), Error> {
        if n_leaves == 1 {
            // Nothing depends on it, and LightGBM leaves it out.
            self.linked.covers.push(1.0);
            return Ok(());
        }
        let (Some(leaves), Some(branches)) =
            (fields.get("leaf_count"), fields.get("internal_count"))
        else {
            self.has_covers = false;
            return Ok(());
        };
        self.linked.covers.extend(leaves.floats(n_leaves)?);
        self.linked.covers.extend(branches.floats(n_leaves - 1)?);
        Ok(())
    }
}
