//! Where the boxes of the drawing are, and what is in them.

use std::collections::BTreeMap;

use crate::{
    Node, Tree,
    tree::{Side, Step},
};

pub(super) const BOX_WIDTH: f64 = 228.0;
pub(super) const BOX_HEIGHT: f64 = 82.0;
const PADDING: f64 = 4.0;
/// From one level to the next.
const COLUMN: f64 = BOX_WIDTH + 42.0;
/// From one box to the next below it.
const ROW: f64 = BOX_HEIGHT + 14.0;

/// Parts of a bar that are thinner than this can't be seen.
const THINNEST: f64 = 0.2;

/// The boxes of a drawing.
pub(super) struct Layout {
    /// In preorder.
    pub(super) boxes: Vec<Drawn>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A node in the drawing.
pub(super) struct Drawn {
    /// Index of the node.
    pub(super) node: usize,
    /// The box's upper left corner.
    pub(super) x: f64,
    pub(super) y: f64,
    /// The boxes of its left and its right child; `None` if they are not drawn or the node is a leaf.
    pub(super) children: Option<[usize; 2]>,
    /// The classes of its rows and their weights, the largest first.
    pub(super) shares: Vec<(u32, f64)>,
    /// Number of leaves below it, 1 for a leaf.
    pub(super) n_leaves: usize,
}

impl Layout {
    /// The first `levels` levels of splits.
    pub(super) fn new(tree: &Tree, levels: usize) -> Self {
        let mut boxes: Vec<Drawn> = Vec::new();
        let mut box_of = BTreeMap::new();
        let mut deepest = 0;
        for Step {
            node,
            level,
            parent,
        } in tree.top(levels)
        {
            let here = boxes.len();
            box_of.insert(node, here);
            deepest = deepest.max(level);
            if let Some((parent, side)) = parent {
                let side = match side {
                    Side::Left => 0,
                    Side::Right => 1,
                };
                boxes[box_of[&parent]].children.get_or_insert([0, 0])[side] = here;
            }
            let below = tree.subtree(node);
            boxes.push(Drawn {
                node,
                x: level as f64 * COLUMN + PADDING,
                y: 0.0,
                children: None,
                shares: shares(below),
                n_leaves: below.len().div_ceil(2),
            });
        }
        let height = arrange(&mut boxes);
        Self {
            boxes,
            width: deepest as f64 * COLUMN + BOX_WIDTH + 2.0 * PADDING,
            height,
        }
    }

    /// Whether the tree goes on below a box without children.
    pub(super) fn is_cut(&self) -> bool {
        let mut ends = self.boxes.iter().filter(|drawn| drawn.children.is_none());
        ends.any(|drawn| drawn.n_leaves > 1)
    }
}

/// Stacks the boxes without children and puts each parent in the middle between its children, which
/// come after it. Returns the height of the drawing.
fn arrange(boxes: &mut [Drawn]) -> f64 {
    let mut y = PADDING;
    for drawn in boxes.iter_mut().filter(|drawn| drawn.children.is_none()) {
        drawn.y = y;
        y += ROW;
    }
    for index in (0..boxes.len()).rev() {
        if let Some([left, right]) = boxes[index].children {
            boxes[index].y = (boxes[left].y + boxes[right].y) / 2.0;
        }
    }
    y - ROW + BOX_HEIGHT + PADDING
}

impl Drawn {
    /// The weight of all its rows.
    pub(super) fn weight(&self) -> f64 {
        self.shares.iter().map(|share| share.1).sum()
    }

    /// Offset, width and class of the parts of its bar, which is `width` wide; ordered by class, so that
    /// the bars of different boxes can be compared. What is too thin to see is left out.
    pub(super) fn segments(&self, width: f64) -> Vec<(f64, f64, u32)> {
        let weight = self.weight();
        // In a tree of numbers there are none.
        let mut by_class = self.shares.clone();
        by_class.sort_unstable_by_key(|share| share.0);
        let mut offset = 0.0;
        let mut segments = Vec::new();
        for (class, share) in by_class {
            let part = share / weight * width;
            if part >= THINNEST {
                segments.push((offset, part, class));
            }
            offset += part;
        }
        segments
    }
}

/// The class weights of a subtree's leaves, summed, the largest first.
fn shares(below: &[Node]) -> Vec<(u32, f64)> {
    let mut sums: BTreeMap<u32, f64> = BTreeMap::new();
    for (class, weight) in below.iter().flat_map(Node::class_weights) {
        *sums.entry(*class).or_default() += weight;
    }
    let mut sums: Vec<(u32, f64)> = sums.into_iter().collect();
    sums.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    sums
}
