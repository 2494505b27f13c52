//! Checks that every walk through a forest ends, and soon.

use thiserror::Error;

use super::{
    block::{Block, LeafIndices},
    linked::{Linked, Node, Weight},
    zeros::MissingZeros,
};
use crate::number::Number;

/// Most steps (branches, leaves and weights) of one row if trees share nodes. Trees that do not share
/// nodes may take as many steps as they have nodes and weights; this limit is for small files whose trees
/// all lead through the same long list.
const MAX_SHARED_STEPS: u64 = 1 << 22;

/// Links that must not be followed. A position is that of a node in the file.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum LinkError {
    /// A child or a root does not exist.
    #[error("found a link to the node at position {0}, allowed are positions below {1}")]
    NoNode(u32, usize),
    /// A walk comes back to a node.
    #[error("found a cycle through the node at position {0}, allowed are trees")]
    Cycle(u32),
    /// Many trees lead through the same nodes.
    #[error("found trees that share nodes and take up to {0} steps a row, supported are up to {1}")]
    Steps(u64, u64),
}

/// A forest whose links lead to nodes and never back.
#[derive(Clone, Debug)]
pub(crate) struct Checked<T> {
    linked: Linked<T>,
    /// For each tree the lowest position of its nodes.
    firsts: Vec<u32>,
}

/// How far the check of a node has come.
#[derive(Clone, Copy)]
enum Visit {
    New,
    Open,
    Done(Below),
}

/// What is known about a node and everything below it.
#[derive(Clone, Copy)]
struct Below {
    /// Most steps to the end of a leaf.
    steps: u32,
    /// The lowest position.
    first: u32,
}

impl<T: Number> Checked<T> {
    /// Looks once at every node that a root leads to.
    pub(crate) fn new(linked: Linked<T>) -> Result<Self, LinkError> {
        let mut visits = vec![Visit::New; linked.nodes.len()];
        let mut firsts = Vec::with_capacity(linked.roots.len());
        let mut open = Vec::new();
        let mut total = 0_u64;
        for root in &linked.roots {
            open.push(*root);
            let below = visit(&linked, &mut visits, &mut open)?;
            total += u64::from(below.steps);
            firsts.push(below.first);
        }
        let own = (linked.nodes.len() + linked.weights.len()) as u64;
        let allowed = own.max(MAX_SHARED_STEPS);
        if total > allowed {
            return Err(LinkError::Steps(total, allowed));
        }
        Ok(Self { linked, firsts })
    }

    pub(crate) fn linked(&self) -> &Linked<T> {
        &self.linked
    }

    /// For each tree the lowest position of its nodes.
    pub(super) fn firsts(&self) -> &[u32] {
        &self.firsts
    }

    /// [`MissingZeros::take_out_of`].
    pub(super) fn take_missing_zeros(&mut self) -> MissingZeros {
        MissingZeros::take_out_of(&mut self.linked)
    }

    /// Moves the weights out, for a layout that keeps them.
    pub(super) fn take_weights(&mut self) -> Vec<Weight<T>> {
        std::mem::take(&mut self.linked.weights)
    }

    /// The nodes alone.
    pub(super) fn without_weights(self) -> Linked<T> {
        Linked {
            weights: Vec::new(),
            ..self.linked
        }
    }

    /// The leaves that the rows reach.
    pub(super) fn apply(&self, block: Block<'_, T>, mut leaves: LeafIndices<'_>) {
        for (i, row) in block.rows.chunks_exact(block.n_features).enumerate() {
            for (tree, (root, first)) in self.linked.roots.iter().zip(&self.firsts).enumerate() {
                let (position, _) = self.linked.leaf(*root, row);
                leaves.set(i, tree, position - first);
            }
        }
    }
}

/// Visits the tree whose root is in `open`, without recursion: it may be as deep as the file is long.
fn visit<T: Number>(
    linked: &Linked<T>,
    visits: &mut [Visit],
    open: &mut Vec<u32>,
) -> Result<Below, LinkError> {
    let look = |visits: &[Visit], position: u32| {
        let visit = visits.get(position as usize).copied();
        visit.ok_or(LinkError::NoNode(position, visits.len()))
    };
    loop {
        let Some(position) = open.last().copied() else {
            unreachable!("the root is done last, which ends the loop");
        };
        let below = match (look(visits, position)?, &linked.nodes[position as usize]) {
            (Visit::Done(below), _) => below,
            (_, Node::Leaf(leaf)) => Below {
                steps: 1 + (leaf.end - leaf.start),
                first: position,
            },
            (
                visit,
                Node::Branch {
                    true_child,
                    false_child,
                    ..
                },
            ) => {
                visits[position as usize] = Visit::Open;
                let is_first_look = matches!(visit, Visit::New);
                let mut below = Below {
                    steps: 0,
                    first: position,
                };
                let n_open = open.len();
                for child in [*false_child, *true_child] {
                    match look(visits, child)? {
                        Visit::New if is_first_look => open.push(child),
                        Visit::Done(child) => {
                            below.steps = below.steps.max(child.steps);
                            below.first = below.first.min(child.first);
                        }
                        _ => return Err(LinkError::Cycle(child)),
                    }
                }
                if open.len() > n_open {
                    // The branch comes up again after its children.
                    continue;
                }
                below.steps = below.steps.saturating_add(1);
                below
            }
        };
        visits[position as usize] = Visit::Done(below);
        open.pop();
        if open.is_empty() {
            return Ok(below);
        }
    }
}
