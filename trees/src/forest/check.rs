//! Every walk through a forest ends, and soon.

use thiserror::Error;

use super::link::{Linked, Node};
use crate::number::Number;

/// Most steps (branches, leaves and weights) of one row where trees share nodes. Trees that do not
/// may take as many as they have nodes and weights; this is for small files whose trees all lead
/// through the same long list.
const MAX_SHARED_STEPS: u64 = 1 << 22;

/// A forest that must not be walked.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum Endless {
    /// Through a node, or to a child that does not exist.
    #[error("found a cycle through the node at position {0}, a tree has none")]
    Cycle(u32),
    /// Through nodes that many trees share.
    #[error(
        "found trees that share nodes and take up to {0} steps a row, at most {1} are supported"
    )]
    Steps(u64, u64),
}

/// How far a node is looked at; a number is the most steps from the node to the end of a leaf.
#[derive(Clone, Copy)]
enum Visit {
    New,
    Open,
    Done(u32),
}

/// Looks at every node that a root leads to, once. Without recursion: a tree may be as deep as the file
/// is long.
pub(super) fn check<T: Number>(forest: &Linked<T>) -> Result<(), Endless> {
    let mut visits = vec![Visit::New; forest.nodes.len()];
    let mut open = Vec::new();
    let mut total = 0_u64;
    for root in &forest.roots {
        open.push(*root);
        while let Some(position) = open.pop() {
            let place = position as usize;
            let (visit, node) = match (visits.get(place), forest.nodes.get(place)) {
                (Some(visit), Some(node)) => (*visit, node),
                _ => return Err(Endless::Cycle(position)),
            };
            let done = match (visit, node) {
                (Visit::Done(_), _) => continue,
                (_, Node::Leaf(leaf)) => Visit::Done(1 + leaf.end.saturating_sub(leaf.start)),
                (
                    Visit::New,
                    Node::Branch {
                        true_child,
                        false_child,
                        ..
                    },
                ) => {
                    // Comes up again after both subtrees.
                    open.push(position);
                    for child in [*false_child, *true_child] {
                        match visits.get(child as usize) {
                            Some(Visit::New) if child != position => open.push(child),
                            Some(Visit::Done(_)) => {}
                            _ => return Err(Endless::Cycle(child)),
                        }
                    }
                    Visit::Open
                }
                (
                    Visit::Open,
                    Node::Branch {
                        true_child,
                        false_child,
                        ..
                    },
                ) => {
                    let steps = [*true_child, *false_child].map(|child| steps(&visits, child));
                    let [a, b] = steps;
                    Visit::Done(a.max(b).saturating_add(1))
                }
            };
            if let Some(visit) = visits.get_mut(place) {
                *visit = done;
            }
        }
        total += u64::from(steps(&visits, *root));
    }
    let own = (forest.nodes.len() + forest.weights.len()) as u64;
    let allowed = own.max(MAX_SHARED_STEPS);
    if total > allowed {
        return Err(Endless::Steps(total, allowed));
    }
    Ok(())
}

fn steps(visits: &[Visit], position: u32) -> u32 {
    match visits.get(position as usize) {
        Some(Visit::Done(steps)) => *steps,
        _ => 0,
    }
}
