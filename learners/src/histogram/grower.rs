//! Growing a tree: which nodes are split when, and what their children need.

mod siblings;

use std::{cmp::Ordering, collections::BinaryHeap, ops::Range};

use rayon::prelude::*;

use super::{
    features::Features,
    gradient::{GradientPair, Gradients, Sum, sub},
    grown::{Grown, Node, Place, Rows, Split},
    params::{GrowPolicy, Params},
    partition,
    rule::{Bounds, Rule},
    search::Candidate,
    sums::Row,
};
use crate::{
    bins::{Bins, Tile},
    exact::draw::Path,
};

pub(super) struct Grower<'a> {
    bins: &'a Bins,
    params: &'a Params,
    gradients: Gradients,
    /// The sums of all rows that the tree grows on.
    total: Sum,
    rule: Rule,
    features: Features,
    /// How often the rows of a large node are halved for the threads.
    halvings: u32,
    nodes: Vec<Node>,
    rows: Rows,
    n_leaves: usize,
    /// Sums that may be kept for nodes that wait, and sums that are free.
    budget: usize,
    free: Vec<Vec<Row>>,
}

/// A node that can be split.
struct Open {
    node: usize,
    depth: usize,
    path: Path,
    bounds: Bounds,
    used: Vec<u32>,
    sum: Sum,
    best: Candidate,
    sums: Option<Vec<Row>>,
}

/// A node that may turn out to be open.
struct Draft {
    node: usize,
    depth: usize,
    path: Path,
    bounds: Bounds,
    /// Those of its parent: XGBoost takes them for the gain of the node as a leaf.
    outer: Bounds,
    used: Vec<u32>,
    sum: Sum,
}

impl<'a> Grower<'a> {
    pub(super) fn new(
        bins: &'a Bins,
        gradients: &[GradientPair],
        rows: Option<&[u32]>,
        params: &'a Params,
        key: u64,
    ) -> Self {
        assert_eq!(gradients.len(), bins.n_rows(), "a pair of gradients a row");
        let scratch = bins.scratch.clone();
        let gradients = Gradients::new(gradients, scratch.take_pairs());
        let total = gradients.sum(rows);
        let mut buffers = [scratch.take_rows(), scratch.take_rows()];
        match rows {
            Some(rows) => buffers[0].extend_from_slice(rows),
            None => buffers[0].extend(0..bins.n_rows() as u32),
        }
        buffers[1].resize(buffers[0].len(), 0);
        let threads = rayon::current_num_threads();
        let features = Features::new(params, bins.n_features(), key);
        let n_sums = width(bins).max(1);
        Self {
            rule: Rule::new(params, gradients.units),
            features,
            // One more than needed, so that a thread that is late has less to do.
            halvings: if threads > 1 { threads.ilog2() + 2 } else { 0 },
            nodes: Vec::new(),
            n_leaves: 1,
            // A quarter of the matrix, or 32 MB.
            budget: (bins.n_rows() * bins.n_features()).max(32 << 20) / (n_sums * size_of::<Row>()),
            free: scratch.take_sums(),
            rows: Rows {
                places: Vec::new(),
                buffers,
                scratch,
            },
            total,
            bins,
            params,
            gradients,
        }
    }

    pub(super) fn grow(mut self) -> Grown {
        let n_rows = self.rows.buffers[0].len();
        let sum = self.total;
        let root = self.add(sum, Bounds::NONE, 0, 0..n_rows);
        let draft = Draft {
            node: root,
            depth: 0,
            path: self.features.root(),
            bounds: Bounds::NONE,
            outer: Bounds::NONE,
            used: Vec::new(),
            sum,
        };
        let open = self.search(vec![(None, vec![draft])]);
        match self.params.grow_policy {
            GrowPolicy::Depthwise => self.by_level(open),
            GrowPolicy::Lossguide => self.by_gain(open),
        }
        for at in 0..self.nodes.len() {
            if self.nodes[at].split.is_none() {
                self.nodes[at].weight *= self.params.eta as f32;
            }
        }
        self.rows.scratch.give_pairs(self.gradients.pairs);
        self.rows.scratch.give_sums(self.free);
        Grown {
            nodes: self.nodes,
            rows: self.rows,
        }
    }

    fn by_level(&mut self, mut level: Vec<Open>) {
        while !level.is_empty() {
            let left = match self.params.max_leaves {
                0 => usize::MAX,
                most => most.saturating_sub(self.n_leaves),
            };
            level.truncate(left);
            level = self.split(level);
        }
    }

    fn by_gain(&mut self, open: Vec<Open>) {
        let mut queue: BinaryHeap<Open> = open.into();
        while self.params.max_leaves == 0 || self.n_leaves < self.params.max_leaves {
            let Some(next) = queue.pop() else { break };
            queue.extend(self.split(vec![next]));
        }
    }

    /// Splits nodes of one level, in ascending order, and returns the children that can be split.
    fn split(&mut self, open: Vec<Open>) -> Vec<Open> {
        self.n_leaves += open.len();
        let may_go_on = self.params.max_leaves == 0 || self.n_leaves < self.params.max_leaves;
        self.part(&open);
        let mut pairs = Vec::with_capacity(open.len());
        for parent in open {
            let children = self.children(&parent);
            let deepest = self.params.max_depth != 0 && parent.depth + 1 >= self.params.max_depth;
            if may_go_on && !deepest && children.iter().any(|child| self.is_worth(child)) {
                pairs.push((parent.sums, children.into()));
            } else {
                self.free.extend(parent.sums);
            }
        }
        self.search(pairs)
    }

    /// Parts the rows of the nodes, which are in ascending order of rows.
    fn part(&mut self, open: &[Open]) {
        for parent in open {
            let best = &parent.best;
            let cuts = self.bins.cuts(best.feature as usize);
            let left = self.nodes.len() as u32;
            self.nodes[parent.node].split = Some(Split {
                feature: best.feature,
                bin: best.bin,
                threshold: cuts
                    .get(usize::from(best.bin))
                    .copied()
                    .unwrap_or(f32::INFINITY),
                missing_goes_left: best.missing_goes_left,
                left,
                right: left + 1,
                gain: best.gain,
            });
            for _ in 0..2 {
                // What is not known yet follows in `children`.
                self.add([0; 2], Bounds::NONE, 0, 0..0);
            }
        }
        let (nodes, bins) = (&self.nodes, self.bins);
        let Rows {
            places,
            buffers: [first, second],
            ..
        } = &mut self.rows;
        let mut rest = [&mut first[..], &mut second[..]];
        let mut start = 0;
        let mut order: Vec<usize> = open.iter().map(|parent| parent.node).collect();
        order.sort_unstable_by_key(|&node| places[node].range.start);
        let tasks: Vec<_> = order
            .iter()
            .filter_map(|&node| {
                let Place { buffer, range } = places[node].clone();
                let [first, second] = rest.each_mut().map(|rest| {
                    let _ = rest.split_off_mut(..range.start - start);
                    rest.split_off_mut(..range.len()).unwrap_or_default()
                });
                start = range.end;
                let (rows, spare) = if buffer == 0 {
                    (first, second)
                } else {
                    (second, first)
                };
                Some((nodes[node].split.as_ref()?, rows, spare))
            })
            .collect();
        let parted: Vec<_> = tasks
            .into_par_iter()
            .map(|(split, rows, spare)| partition::part(bins, split, rows, spare))
            .collect();
        for (node, parted) in order.into_iter().zip(parted) {
            let Place { buffer, range } = places[node].clone();
            let buffer = if parted.swapped { 1 - buffer } else { buffer };
            let middle = range.start + parted.n_left;
            let Some(Split { left, right, .. }) = self.nodes[node].split else {
                unreachable!("the node was split above");
            };
            for (child, range) in [(left, range.start..middle), (right, middle..range.end)] {
                self.nodes[child as usize].n_rows = range.len() as u32;
                places[child as usize] = Place { buffer, range };
            }
        }
    }

    /// The children of a node whose rows are parted.
    fn children(&mut self, parent: &Open) -> [Draft; 2] {
        let best = &parent.best;
        let Some(Split { left, right, .. }) = self.nodes[parent.node].split else {
            unreachable!("the node was split before");
        };
        let sums = [best.left, sub(parent.sum, best.left)];
        let weights = sums.map(|sum| self.rule.weight(sum, parent.bounds));
        let constraint = self.params.monotone_constraint(best.feature as usize);
        let bounds = parent.bounds.children(constraint, weights[0], weights[1]);
        let paths = [parent.path.left(), parent.path.right()];
        std::array::from_fn(|side| {
            let node = [left, right][side] as usize;
            self.nodes[node].weight = weights[side];
            self.nodes[node].sum_hessian = self.rule.hessian(sums[side]);
            Draft {
                node,
                depth: parent.depth + 1,
                path: paths[side],
                bounds: bounds[side],
                outer: parent.bounds,
                used: self.features.used(&parent.used, best.feature),
                sum: sums[side],
            }
        })
    }

    fn is_worth(&self, draft: &Draft) -> bool {
        self.nodes[draft.node].n_rows > 1 && self.rule.may_split(draft.sum)
    }

    fn add(&mut self, sum: Sum, bounds: Bounds, buffer: usize, range: Range<usize>) -> usize {
        self.nodes.push(Node {
            split: None,
            weight: self.rule.weight(sum, bounds),
            sum_hessian: self.rule.hessian(sum),
            n_rows: range.len() as u32,
        });
        self.rows.places.push(Place { buffer, range });
        self.nodes.len() - 1
    }
}

/// Features of all tiles, those that only fill up the last tile included.
fn width(bins: &Bins) -> usize {
    bins.tiles().iter().map(Tile::width).sum()
}

// The largest gain first; of equal ones the node that came first.
impl Ord for Open {
    fn cmp(&self, other: &Self) -> Ordering {
        self.best
            .gain
            .total_cmp(&other.best.gain)
            .then_with(|| other.node.cmp(&self.node))
    }
}
impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Open {}
