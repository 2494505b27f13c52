//! The trees as the walk wants them: branches in preorder, with ratios of covers.

use std::ops::Range;

use crate::{
    forest::{Categories, Linked, Missing, Node, Test},
    number::Number,
};

/// Most levels of a tree times its quadrature's points: a walk takes 256 bytes for each, 32 MiB in all.
const MAX_CELLS: usize = 1 << 17;

/// Most branches times points that a row passes in all trees, once for each target of a tree: seconds of work.
const MAX_STEPS: u64 = 1 << 32;

const NO_COVERS: &str = "its file has no covers of the nodes";

/// Trees of branches in preorder.
#[derive(Debug)]
pub(super) struct Paths<T> {
    /// The features that branches test, ascending.
    pub(super) columns: Vec<u32>,
    pub(super) branches: Vec<Branch<T>>,
    pub(super) sets: Vec<Categories>,
    pub(super) trees: Vec<Tree>,
    /// By target, then by tree.
    pub(super) passes: Vec<Pass>,
    /// What leaves add to their targets: the leaf by its place in the walk of its tree, and the value.
    pub(super) values: Vec<(u32, T)>,
    /// For each target the mean of the trees' sum.
    pub(super) expected: Vec<f64>,
    /// Most levels times points of a tree.
    pub(super) max_cells: usize,
}

/// A branch. The one below its true child follows it; then come those below its false child.
#[derive(Clone, Copy, Debug)]
pub(super) struct Branch<T> {
    /// The cover of the true child and of the false child, as parts of the branch's own cover.
    pub(super) ratios: [f64; 2],
    pub(super) test: Test<T>,
    /// Position in [`Paths::columns`].
    pub(super) column: u32,
    /// The level of the last branch above that tests the same feature, counted from 1 at the root; 0 if there
    /// is none.
    pub(super) previous: u32,
    pub(super) missing: Missing,
    pub(super) missing_true: bool,
    /// Whether the true child and the false child are leaves.
    pub(super) ends: [bool; 2],
}

#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) branches: Range<usize>,
    pub(super) n_leaves: usize,
    /// Points of its quadrature.
    pub(super) points: usize,
}

/// A tree whose leaves have values for a target.
#[derive(Clone, Debug)]
pub(super) struct Pass {
    pub(super) tree: u32,
    pub(super) target: u32,
    /// In [`Paths::values`].
    pub(super) values: Range<usize>,
}

/// A branch whose children are being visited.
struct Open {
    children: [u32; 2],
    /// The child that comes next.
    side: usize,
    branch: usize,
    /// Part of the tree's cover that reaches it.
    reach: f64,
}

impl<T: Number> Paths<T> {
    /// # Errors
    /// As those of [`TreeShap::new`](super::TreeShap::new).
    pub(super) fn new(
        linked: &Linked<T>,
        covers: &[f64],
        slots: usize,
    ) -> Result<Self, &'static str> {
        if covers.len() != linked.nodes.len() {
            return Err(NO_COVERS);
        }
        let is_cover = |cover: &f64| cover.is_finite() && *cover >= 0.0;
        // A tree that is a leaf has no part of its cover to give to children.
        let is_empty = |root: &u32| {
            let is_branch = matches!(linked.nodes[*root as usize], Node::Branch { .. });
            is_branch && covers[*root as usize] == 0.0
        };
        if !covers.iter().all(is_cover) || linked.roots.iter().any(is_empty) {
            return Err("the covers of its nodes are no weights of training rows");
        }
        let mut builder = Builder {
            linked,
            covers,
            seen: vec![false; linked.nodes.len()],
            levels: Vec::new(),
            found: Vec::new(),
            steps: 0,
            paths: Self {
                columns: columns(linked),
                branches: Vec::new(),
                sets: linked.sets.clone(),
                trees: Vec::new(),
                passes: Vec::new(),
                values: Vec::new(),
                expected: vec![0.0; slots],
                max_cells: 0,
            },
        };
        builder.levels = vec![0; builder.paths.columns.len()];
        for root in &linked.roots {
            builder.tree(*root)?;
        }
        let mut paths = builder.paths;
        paths.passes.sort_by_key(|pass| pass.target);
        Ok(paths)
    }
}

fn columns<T: Number>(linked: &Linked<T>) -> Vec<u32> {
    let features = linked.nodes.iter().filter_map(|node| match node {
        Node::Branch { feature, .. } => Some(*feature),
        Node::Leaf(_) => None,
    });
    let mut columns: Vec<u32> = features.collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}

struct Builder<'a, T> {
    linked: &'a Linked<T>,
    covers: &'a [f64],
    seen: Vec<bool>,
    /// For each column the level of the last open branch that tests it, from 1; 0 if there is none.
    levels: Vec<u32>,
    /// Target, leaf and value of the weights of a tree.
    found: Vec<(u32, u32, T)>,
    steps: u64,
    paths: Paths<T>,
}

impl<T: Number> Builder<'_, T> {
    /// Adds a tree, without recursion.
    fn tree(&mut self, root: u32) -> Result<(), &'static str> {
        let first = self.paths.branches.len();
        let (mut n_leaves, mut depth, mut features, mut max_features) = (0, 0, 0, 0);
        let mut open: Vec<Open> = Vec::new();
        let mut next = Some((root, 1.0));
        loop {
            if let Some((position, reach)) = next.take() {
                if std::mem::replace(&mut self.seen[position as usize], true) {
                    return Err("its trees share nodes");
                }
                match self.linked.nodes[position as usize] {
                    Node::Leaf(leaf) => {
                        for weight in self.linked.weights_of(leaf) {
                            self.paths.expected[weight.target as usize] +=
                                reach * weight.value.to_f64();
                            self.found.push((weight.target, n_leaves, weight.value));
                        }
                        n_leaves += 1;
                    }
                    Node::Branch {
                        test,
                        missing,
                        missing_true,
                        feature,
                        true_child,
                        false_child,
                    } => {
                        let Ok(column) = self.paths.columns.binary_search(&feature) else {
                            unreachable!("the columns are the features of all branches");
                        };
                        let children = [true_child, false_child];
                        let cover = self.covers[position as usize];
                        let ratio = |child: u32| match self.covers[child as usize] {
                            // No row came here, and so none to the child.
                            _ if cover == 0.0 => 0.0,
                            below => below / cover,
                        };
                        let is_leaf =
                            |child: u32| matches!(self.linked.nodes[child as usize], Node::Leaf(_));
                        let level = open.len() as u32 + 1;
                        let previous = std::mem::replace(&mut self.levels[column], level);
                        features += usize::from(previous == 0);
                        max_features = features.max(max_features);
                        depth = depth.max(level as usize);
                        open.push(Open {
                            children,
                            side: 0,
                            branch: self.paths.branches.len(),
                            reach,
                        });
                        self.paths.branches.push(Branch {
                            ratios: children.map(ratio),
                            test,
                            column: column as u32,
                            previous,
                            missing,
                            missing_true,
                            ends: children.map(is_leaf),
                        });
                    }
                }
            }
            let Some(last) = open.last_mut() else { break };
            let branch = &self.paths.branches[last.branch];
            if let Some(child) = last.children.get(last.side) {
                next = Some((*child, last.reach * branch.ratios[last.side]));
                last.side += 1;
                continue;
            }
            self.levels[branch.column as usize] = branch.previous;
            features -= usize::from(branch.previous == 0);
            open.pop();
        }
        let points = max_features.div_ceil(2).max(1);
        self.finish(first, n_leaves as usize, points)?;
        let cells = (depth + 1) * points;
        if cells > MAX_CELLS {
            return Err("its trees are too deep");
        }
        self.paths.max_cells = cells.max(self.paths.max_cells);
        Ok(())
    }

    /// Notes the tree whose branches begin at `first`, and the weights that were found in it.
    fn finish(&mut self, first: usize, n_leaves: usize, points: usize) -> Result<(), &'static str> {
        let paths = &mut self.paths;
        let tree = paths.trees.len() as u32;
        let branches = first..paths.branches.len();
        self.found.sort_by_key(|(target, leaf, _)| (*target, *leaf));
        let of_targets = self.found.chunk_by(|a, b| a.0 == b.0);
        // A tree without a branch says the same of every row.
        for found in of_targets.filter(|_| !branches.is_empty()) {
            let start = paths.values.len();
            let values = found.iter().map(|(_, leaf, value)| (*leaf, *value));
            paths.values.extend(values);
            paths.passes.push(Pass {
                tree,
                target: found[0].0,
                values: start..paths.values.len(),
            });
            self.steps += branches.len() as u64 * points as u64;
        }
        self.found.clear();
        if self.steps > MAX_STEPS {
            return Err("its trees are too many and too large");
        }
        paths.trees.push(Tree {
            branches,
            n_leaves,
            points,
        });
        Ok(())
    }
}
