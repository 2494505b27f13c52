//! A tree's arrays, checked, as nodes.

use super::{
    categories::{CategoryArrays, Sets},
    error::{Fault, invalid, unsupported},
};
use crate::{
    boosted_model::{BoostedNode, BoostedSplit},
    forest::{Leaf, Linked, Missing, Mode, Node, Test, Weight},
};

/// Most nodes, weights of leaves or sets of all trees together.
const MAX_NODES: usize = u32::MAX as usize / 2;

/// A tree as a file has it: one array a property, one entry a node.
#[derive(Debug, Default)]
pub(super) struct TreeArrays {
    /// As its parameters say, if they do.
    pub(super) n_nodes: Option<usize>,
    /// Values of a leaf; 0 and 1 both mean one.
    pub(super) leaf_size: usize,
    /// -1 for a leaf.
    pub(super) left_children: Vec<i32>,
    pub(super) right_children: Vec<i32>,
    pub(super) split_indices: Vec<i32>,
    /// Thresholds of branches, values of leaves.
    pub(super) split_conditions: Vec<f32>,
    pub(super) default_left: Vec<i32>,
    /// 1 for a branch by categories; empty in files older than these.
    pub(super) split_type: Vec<i32>,
    /// Empty if the file has none.
    pub(super) sum_hessian: Vec<f32>,
    /// Read if the tree is kept as it is.
    pub(super) loss_changes: Vec<f32>,
    /// Up to XGBoost 3.1 the vectors of leaves, one a node.
    pub(super) base_weights: Vec<f32>,
    /// The vectors of leaves since then; that of a leaf is the one at its right child.
    pub(super) leaf_weights: Option<Vec<f32>>,
    pub(super) categories: CategoryArrays,
}

impl TreeArrays {
    /// Adds the nodes to those of `linked`. The nodes that pruning left behind are leaves that nothing leads to.
    pub(super) fn append(&self, linked: &mut Linked<f32>) -> Result<(), Fault> {
        self.check_lengths()?;
        let n = self.left_children.len();
        let sets = self.categories.sets(n, linked.sets.len())?;
        let first = linked.nodes.len();
        if [linked.nodes.len() + n, linked.sets.len() + sets.len()]
            .iter()
            .any(|n| *n > MAX_NODES)
        {
            return invalid!("found more than {MAX_NODES} nodes");
        }
        let vectors = self.vectors()?;
        if linked.weights.len() + n + vectors.map_or(0, <[f32]>::len) > MAX_NODES {
            return invalid!("found more than {MAX_NODES} values of leaves");
        }
        let first_weight = linked.weights.len();
        if let Some(vectors) = vectors {
            let weights = vectors.chunks_exact(self.leaf_size).flat_map(|vector| {
                let values = vector.iter().enumerate();
                values.map(|(target, value)| Weight {
                    target: target as u32,
                    value: *value,
                })
            });
            linked.weights.extend(weights);
        }
        let unreached = Node::Leaf(Leaf { start: 0, end: 0 });
        linked.nodes.resize(first + n, unreached);
        let mut reached = vec![false; n];
        let mut rows = Rows::new(vectors, self.leaf_size);
        let mut open = vec![0];
        let mut last_leaf = unreached;
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut reached[at], true) {
                return invalid!("found several ways to node {at}, allowed are trees");
            }
            linked.nodes[first + at] = if self.left_children[at] == -1 {
                last_leaf = match &mut rows {
                    Some(rows) => self.vector(at, rows, first_weight)?,
                    None => self.scalar(at, &mut linked.weights),
                };
                last_leaf
            } else {
                let children = [
                    child("left_children", &self.left_children, at)?,
                    child("right_children", &self.right_children, at)?,
                ];
                open.extend([children[1], children[0]]);
                let children = children.map(|child| (first + child) as u32);
                self.branch(at, children, &sets)?
            };
        }
        for (node, reached) in linked.nodes[first..].iter_mut().zip(reached) {
            if !reached {
                *node = last_leaf;
            }
        }
        linked.sets.extend(sets.into_sets());
        let covers = self.sum_hessian.iter().map(|cover| f64::from(*cover));
        linked.covers.extend(covers);
        Ok(())
    }

    /// The nodes as they are written, of a tree that [`append`](Self::append) has taken.
    pub(super) fn boosted(&self) -> Result<Vec<BoostedNode>, Fault> {
        let n = self.left_children.len();
        for (name, found) in [
            ("loss_changes", self.loss_changes.len()),
            ("base_weights", self.base_weights.len()),
            ("sum_hessian", self.sum_hessian.len()),
        ] {
            if found != n {
                let message = format!("found {found} entries, left_children has {n}");
                return Err(Fault::invalid(message).at(name));
            }
        }
        let index = |name: &str, values: &[i32], at: usize| {
            u32::try_from(values[at]).map_err(|_| {
                let message = format!("found {}, allowed are numbers from 0", values[at]);
                Fault::invalid(message).at(format!("{name}[{at}]"))
            })
        };
        let node = |at: usize| {
            if self.split_type.get(at).is_some_and(|kind| *kind != 0) {
                return unsupported!("split_type[{at}]: found categories, supported are numbers");
            }
            let split = match self.left_children[at] {
                -1 => None,
                _ => Some(BoostedSplit {
                    feature: index("split_indices", &self.split_indices, at)?,
                    threshold: self.split_conditions[at].next_down(),
                    missing_goes_left: self.default_left[at] != 0,
                    left: index("left_children", &self.left_children, at)?,
                    right: index("right_children", &self.right_children, at)?,
                    gain: self.loss_changes[at],
                }),
            };
            Ok(BoostedNode {
                weight: match split {
                    Some(_) => self.base_weights[at],
                    None => self.split_conditions[at],
                },
                split,
                sum_hessian: self.sum_hessian[at],
            })
        };
        (0..n).map(node).collect()
    }

    fn check_lengths(&self) -> Result<(), Fault> {
        let n = self.left_children.len();
        if n == 0 {
            return Err(Fault::invalid("found no nodes, expected at least one").at("left_children"));
        }
        if let Some(found) = self.n_nodes.filter(|found| *found != n) {
            return Err(
                Fault::invalid(format!("found {found}, left_children has {n} entries"))
                    .at("tree_param.num_nodes"),
            );
        }
        for (name, found, may_be_empty) in [
            ("right_children", self.right_children.len(), false),
            ("split_indices", self.split_indices.len(), false),
            ("split_conditions", self.split_conditions.len(), false),
            ("default_left", self.default_left.len(), false),
            ("split_type", self.split_type.len(), true),
            ("sum_hessian", self.sum_hessian.len(), true),
        ] {
            if found != n && (found > 0 || !may_be_empty) {
                return Err(Fault::invalid(format!(
                    "found {found} entries, left_children has {n}"
                ))
                .at(name));
            }
        }
        Ok(())
    }

    /// The vectors of all leaves, a multiple of `leaf_size` numbers, if leaves are vectors.
    fn vectors(&self) -> Result<Option<&[f32]>, Fault> {
        if self.leaf_size <= 1 {
            return Ok(None);
        }
        let size = self.leaf_size;
        if let Some(weights) = &self.leaf_weights {
            let found = weights.len();
            if !found.is_multiple_of(size) {
                return Err(Fault::invalid(format!(
                    "found {found} numbers, expected a multiple of {size}"
                ))
                .at("leaf_weights"));
            }
            return Ok(Some(weights));
        }
        let (found, n) = (self.base_weights.len(), self.left_children.len());
        if n.checked_mul(size) != Some(found) {
            return Err(Fault::invalid(format!(
                "found {found} numbers, expected {size} for each of {n} nodes"
            ))
            .at("base_weights"));
        }
        Ok(Some(&self.base_weights))
    }

    /// The leaf at `at`, whose vector is one of `rows`; their weights begin at `first_weight`.
    fn vector(&self, at: usize, rows: &mut Rows, first_weight: usize) -> Result<Node<f32>, Fault> {
        let row = match self.leaf_weights {
            Some(_) => rows
                .take(self.right_children[at])
                .map_err(|fault| fault.at(format!("right_children[{at}]")))?,
            None => at,
        };
        let start = first_weight + row * self.leaf_size;
        Ok(Node::Leaf(Leaf {
            start: start as u32,
            end: (start + self.leaf_size) as u32,
        }))
    }

    /// The leaf at `at`, with a weight for target 0: the file says elsewhere which the tree's target is.
    fn scalar(&self, at: usize, weights: &mut Vec<Weight<f32>>) -> Node<f32> {
        let start = weights.len() as u32;
        weights.push(Weight {
            target: 0,
            value: self.split_conditions[at],
        });
        Node::Leaf(Leaf {
            start,
            end: start + 1,
        })
    }

    /// The branch at `at`, with its children's positions among all nodes.
    fn branch(&self, at: usize, [left, right]: [u32; 2], sets: &Sets) -> Result<Node<f32>, Fault> {
        let feature = u32::try_from(self.split_indices[at]).map_err(|_| {
            let found = self.split_indices[at];
            Fault::invalid(format!("found {found}, allowed are numbers from 0"))
                .at(format!("split_indices[{at}]"))
        })?;
        let default_left = self.default_left[at] != 0;
        Ok(match self.split_type.get(at).copied().unwrap_or(0) {
            0 => Node::Branch {
                test: Test::Compare(Mode::Lt, self.split_conditions[at]),
                missing: Missing::Nan,
                missing_true: default_left,
                feature,
                true_child: left,
                false_child: right,
            },
            // Members of the set go right.
            1 => Node::Branch {
                test: Test::Member(sets.position(at)?),
                missing: Missing::Nan,
                missing_true: !default_left,
                feature,
                true_child: right,
                false_child: left,
            },
            found => {
                return Err(
                    Fault::invalid(format!("found {found}, allowed are 0 and 1"))
                        .at(format!("split_type[{at}]")),
                );
            }
        })
    }
}

/// The vectors of leaves, each of which is the vector of one leaf: if they shared them, the sum of all leaves'
/// vectors would be as large as the product of both.
struct Rows {
    taken: Vec<bool>,
}

impl Rows {
    fn new(vectors: Option<&[f32]>, leaf_size: usize) -> Option<Self> {
        let n = vectors?.len() / leaf_size;
        Some(Self {
            taken: vec![false; n],
        })
    }

    fn take(&mut self, found: i32) -> Result<usize, Fault> {
        let row = position(found, self.taken.len())?;
        if std::mem::replace(&mut self.taken[row], true) {
            return invalid!("found {found} for several leaves, expected a vector for each");
        }
        Ok(row)
    }
}

/// The child of a branch at `at`.
fn child(name: &str, children: &[i32], at: usize) -> Result<usize, Fault> {
    position(children[at], children.len()).map_err(|fault| fault.at(format!("{name}[{at}]")))
}

/// A position below `n`, which is at least 1.
fn position(found: i32, n: usize) -> Result<usize, Fault> {
    match usize::try_from(found) {
        Ok(position) if position < n => Ok(position),
        _ if n == 0 => invalid!("found {found}, there are none"),
        _ => invalid!("found {found}, allowed are 0 to {}", n - 1),
    }
}
