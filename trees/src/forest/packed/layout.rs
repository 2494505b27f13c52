//! From linked nodes to packed ones.

use super::{
    super::{
        checked::Checked,
        leaves::{Leaves, NO_WEIGHTS},
        linked::{Leaf, Linked, Missing, Node, Test},
    },
    Packed, Tree, Values,
    slot::{Link, Slot},
};
use crate::number::Number;

/// The packed nodes so far.
struct Layout<'a, T, L> {
    linked: &'a Linked<T>,
    nodes: Vec<Slot<T, L>>,
    /// For each packed node its position in the file; of a finished tree, counted from its first node.
    indices: Vec<u32>,
    /// For each packed node the range of its weights; empty if there is one sum a row.
    ranges: Vec<Leaf>,
    tracks_missing: bool,
    /// For each node of the file whether it is packed.
    used: Vec<bool>,
}

/// A packed node whose children are to be placed.
struct Open {
    /// In the file.
    position: u32,
    /// In its tree.
    slot: u32,
    level: u32,
}

impl<T: Number, L: Link> Packed<T, L> {
    /// Lays a forest out, and takes its weights if the packed nodes have no room for them. `None` if a
    /// node does not fit: a comparison that no `<=` can stand for, a node with two parents, a leaf
    /// without its only weight, or an index too large for `L`.
    pub(in crate::forest) fn new(checked: &mut Checked<T>, slots: usize) -> Option<Self> {
        let linked = checked.linked();
        let n = linked.nodes.len();
        let mut layout = Layout {
            linked,
            nodes: Vec::with_capacity(n),
            indices: Vec::with_capacity(n),
            ranges: Vec::with_capacity(if slots == 1 { 0 } else { n }),
            tracks_missing: false,
            used: vec![false; n],
        };
        let mut trees = Vec::with_capacity(linked.roots.len());
        for (root, first) in linked.roots.iter().zip(checked.firsts()) {
            trees.push(layout.tree(*root, *first, slots)?);
        }
        let Layout {
            nodes,
            indices,
            ranges,
            tracks_missing,
            ..
        } = layout;
        let values = if slots == 1 {
            Values::One
        } else {
            Values::Several(Leaves::new(ranges, checked.take_weights(), slots))
        };
        Some(Self {
            nodes,
            trees,
            values,
            tracks_missing,
            indices,
        })
    }
}

impl<T: Number, L: Link> Layout<'_, T, L> {
    fn tree(&mut self, root: u32, first: u32, slots: usize) -> Option<Tree> {
        let start = self.nodes.len();
        let mut depth = 0;
        let mut open = vec![Open {
            position: root,
            slot: self.place(root, start)?,
            level: 0,
        }];
        while let Some(Open {
            position,
            slot,
            level,
        }) = open.pop()
        {
            depth = depth.max(level);
            let packed = start + slot as usize;
            match self.linked.nodes[position as usize] {
                // A zero that is missing has no place in a slot.
                Node::Branch {
                    missing: Missing::Zero,
                    ..
                } => return None,
                Node::Leaf(leaf) if slots == 1 => {
                    self.nodes[packed].value = self.linked.only_weight(leaf)?;
                }
                Node::Leaf(leaf) => {
                    self.ranges.resize(self.nodes.len(), NO_WEIGHTS);
                    self.ranges[packed] = leaf;
                }
                Node::Branch {
                    test,
                    missing: Missing::Nan,
                    missing_true,
                    feature,
                    true_child,
                    false_child,
                } => {
                    let Test::Compare(mode, value) = test else {
                        return None;
                    };
                    let (value, swapped) = mode.as_leq(value)?;
                    let children = if swapped {
                        [false_child, true_child]
                    } else {
                        [true_child, false_child]
                    };
                    let missing_first = missing_true != swapped;
                    self.tracks_missing |= missing_first;
                    if feature > L::MAX_FEATURE {
                        return None;
                    }
                    let pair = [
                        self.place(children[0], start)?,
                        self.place(children[1], start)?,
                    ];
                    self.nodes[packed] = Slot {
                        value,
                        link: L::branch(feature, missing_first, pair[0]),
                    };
                    // The first child next, so that its own children follow the pair.
                    for child in [1, 0] {
                        open.push(Open {
                            position: children[child],
                            slot: pair[child],
                            level: level + 1,
                        });
                    }
                }
            }
        }
        if slots > 1 {
            self.ranges.resize(self.nodes.len(), NO_WEIGHTS);
        }
        for index in &mut self.indices[start..] {
            *index -= first;
        }
        Some(Tree {
            start: start as u32,
            end: self.nodes.len() as u32,
            depth,
        })
    }

    /// Appends a node to the tree that begins at `start`, as a leaf for now; returns its slot in the tree.
    fn place(&mut self, position: u32, start: usize) -> Option<u32> {
        let slot = (self.nodes.len() - start) as u32;
        let used = &mut self.used[position as usize];
        if *used || slot > L::MAX_CHILD {
            return None;
        }
        *used = true;
        self.nodes.push(Slot {
            value: T::ZERO,
            link: L::leaf(slot),
        });
        self.indices.push(position);
        Some(slot)
    }
}
