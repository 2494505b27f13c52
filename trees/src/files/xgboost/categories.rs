//! The sets of categories of a tree's branches.

use super::error::Fault;
use crate::forest::Categories;

/// One more than the largest category that XGBoost allows: float32 holds all whole numbers below it.
const MAX_CATEGORY: i32 = 1 << 24;

/// Node `nodes[k]` has the categories `codes[segments[k]..segments[k] + sizes[k]]`.
#[derive(Debug, Default)]
pub(super) struct CategoryArrays {
    pub(super) codes: Vec<i32>,
    pub(super) nodes: Vec<i32>,
    pub(super) segments: Vec<i32>,
    pub(super) sizes: Vec<i32>,
}

/// The sets of a tree.
#[derive(Debug)]
pub(super) struct Sets {
    /// The node of each set, ascending, with the set's position in `sets`.
    nodes: Vec<(u32, u32)>,
    sets: Vec<Categories>,
    /// Sets of the trees before.
    first: usize,
}

impl CategoryArrays {
    /// The sets of a tree of `n_nodes`, after `first` sets of other trees.
    pub(super) fn sets(&self, n_nodes: usize, first: usize) -> Result<Sets, Fault> {
        let n = self.nodes.len();
        for (name, found) in [
            ("categories_segments", self.segments.len()),
            ("categories_sizes", self.sizes.len()),
        ] {
            if found != n {
                let message = format!("found {found} entries, categories_nodes has {n}");
                return Err(Fault::invalid(message).at(name));
            }
        }
        let mut sets = Sets {
            nodes: Vec::with_capacity(n),
            sets: Vec::with_capacity(n),
            first,
        };
        // Sets that overlap would take more memory than the file.
        let mut left = self.codes.len();
        for k in 0..n {
            let node = usize::try_from(self.nodes[k])
                .ok()
                .filter(|node| *node < n_nodes);
            let Some(node) = node else {
                let message = format!("found {}, allowed are 0 to {}", self.nodes[k], n_nodes - 1);
                return Err(Fault::invalid(message).at(format!("categories_nodes[{k}]")));
            };
            let (start, size) = (self.segments[k], self.sizes[k]);
            let codes = usize::try_from(start).ok().zip(usize::try_from(size).ok());
            let codes = codes.filter(|(_, size)| *size <= left);
            let codes = codes.and_then(|(start, size)| {
                left -= size;
                self.codes.get(start..)?.get(..size)
            });
            let Some(codes) = codes else {
                let message = format!(
                    "found {size} categories from {start} on, categories has {} for {n} nodes",
                    self.codes.len()
                );
                return Err(Fault::invalid(message).at(format!("categories_segments[{k}]")));
            };
            sets.nodes.push((node as u32, sets.sets.len() as u32));
            sets.sets.push(self.set(codes)?);
        }
        sets.nodes.sort_unstable();
        if let Some(pair) = sets.nodes.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let message = format!("found node {} twice, allowed is once", pair[0].0);
            return Err(Fault::invalid(message).at("categories_nodes"));
        }
        Ok(sets)
    }

    fn set(&self, codes: &[i32]) -> Result<Categories, Fault> {
        if let Some(code) = codes.iter().find(|code| !(0..MAX_CATEGORY).contains(*code)) {
            let message = format!("found {code}, allowed are 0 to {}", MAX_CATEGORY - 1);
            return Err(Fault::invalid(message).at("categories"));
        }
        Ok(Categories::of(codes.iter().map(|code| *code as u32)))
    }
}

impl Sets {
    pub(super) fn len(&self) -> usize {
        self.sets.len()
    }

    /// The position of a node's set among those of all trees.
    pub(super) fn position(&self, node: usize) -> Result<u32, Fault> {
        let found = self
            .nodes
            .binary_search_by_key(&(node as u32), |(node, _)| *node);
        match found {
            Ok(at) => Ok(self.first as u32 + self.nodes[at].1),
            Err(_) => {
                let message = format!("found no entry for node {node}, which splits by categories");
                Err(Fault::invalid(message).at("categories_nodes"))
            }
        }
    }

    pub(super) fn into_sets(self) -> Vec<Categories> {
        self.sets
    }
}
