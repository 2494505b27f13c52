//! Growing a tree: which nodes are split when, and what their children need.

use std::{cmp::Ordering, collections::BinaryHeap, ops::Range, sync::Arc};

use rayon::prelude::*;

use super::{
    features::Features,
    gradient::{GradientPair, Gradients, Sum, sub},
    grown::{Grown, Node, Place, Rows, Split},
    params::{GrowPolicy, Params},
    partition,
    rule::{Bounds, Rule},
    search::{self, Candidate, Subject},
    sums::{self, Row},
};
use crate::{
    bins::{Bins, Tile},
    exact::draw::Path,
};

/// A split has to gain more than this.
const LEAST_GAIN: f32 = 1e-6;
/// A node with fewer rows than this does not keep its sums: subtracting takes as long as summing anew.
const KEEP_FROM: usize = 512;
/// Pairs of children that are searched at a time: they all need their sums.
const PAIRS: usize = 32;

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

    /// Finds the best splits of siblings, or of the root. Each group comes with the sums of its parent.
    fn search(&mut self, groups: Vec<(Option<Vec<Row>>, Vec<Draft>)>) -> Vec<Open> {
        let mut open = Vec::new();
        let mut groups = groups.into_iter();
        loop {
            let some: Vec<_> = groups.by_ref().take(PAIRS).collect();
            if some.is_empty() {
                return open;
            }
            self.search_some(some, &mut open);
        }
    }

    fn search_some(&mut self, groups: Vec<(Option<Vec<Row>>, Vec<Draft>)>, open: &mut Vec<Open>) {
        let mut buffers = Vec::with_capacity(groups.len());
        let mut all: Vec<(Vec<Draft>, bool)> = Vec::new();
        for (parent, mut drafts) in groups {
            // The smaller child is summed; the larger is what is left of its parent.
            drafts.sort_by_key(|draft| self.nodes[draft.node].n_rows);
            let subtract = parent.is_some() && drafts.len() == 2;
            let first = self.take();
            let second = match parent {
                Some(sums) => sums,
                None if drafts.len() == 2 => self.take(),
                None => Vec::new(),
            };
            buffers.push([first, second]);
            all.push((drafts, subtract));
        }
        let found = self.search_tiles(&all, &mut buffers);
        let budget = self.budget;
        for (((drafts, _), buffers), found) in all.into_iter().zip(buffers).zip(found) {
            let mut buffers = buffers.into_iter();
            let mut children = Vec::new();
            for (draft, best) in drafts.into_iter().zip(found) {
                let sums = buffers.next();
                let best = best.filter(|best| {
                    best.gain > LEAST_GAIN && f64::from(best.gain) >= self.params.gamma
                });
                let Some(best) = best else {
                    self.free.extend(sums);
                    continue;
                };
                let last = self.params.max_depth != 0 && draft.depth + 1 >= self.params.max_depth;
                let keep = !last
                    && self.nodes[draft.node].n_rows as usize >= KEEP_FROM
                    && open.len() < budget;
                let sums = match keep {
                    true => sums,
                    false => {
                        self.free.extend(sums);
                        None
                    }
                };
                children.push(Open {
                    node: draft.node,
                    depth: draft.depth,
                    path: draft.path,
                    bounds: draft.bounds,
                    used: draft.used,
                    sum: draft.sum,
                    best,
                    sums,
                });
            }
            self.free.extend(buffers.filter(|sums| !sums.is_empty()));
            children.sort_by_key(|child| child.node);
            open.extend(children);
        }
    }

    /// Sums and searches siblings, tile by tile.
    fn search_tiles(
        &self,
        groups: &[(Vec<Draft>, bool)],
        buffers: &mut [[Vec<Row>; 2]],
    ) -> Vec<[Option<Candidate>; 2]> {
        let tiles = self.bins.tiles();
        let mut tasks = Vec::with_capacity(groups.len() * tiles.len());
        for ((drafts, subtract), buffers) in groups.iter().zip(buffers) {
            let features: Vec<Vec<u32>> = drafts
                .iter()
                .map(|draft| match self.is_worth(draft) {
                    true => self.features.of(draft.depth, draft.path, &draft.used),
                    false => Vec::new(),
                })
                .collect();
            let features = Arc::new(features);
            let mut rest = buffers.each_mut().map(|buffer| &mut buffer[..]);
            for tile in tiles {
                let n = tile.width();
                let sums = rest.each_mut().map(|rest| {
                    let n = n.min(rest.len());
                    rest.split_off_mut(..n).unwrap_or_default()
                });
                tasks.push((drafts, *subtract, Arc::clone(&features), tile, sums));
            }
        }
        let found: Vec<[Option<Candidate>; 2]> = tasks
            .into_par_iter()
            .map(|(drafts, subtract, features, tile, sums)| {
                self.search_tile(drafts, subtract, &features, tile, sums)
            })
            .collect();
        found
            .chunks(tiles.len().max(1))
            .map(|tiles| {
                tiles.iter().fold([None; 2], |best, tile| {
                    std::array::from_fn(|side| Candidate::better(best[side], tile[side]))
                })
            })
            .collect()
    }

    fn search_tile(
        &self,
        drafts: &[Draft],
        subtract: bool,
        features: &[Vec<u32>],
        tile: &Tile,
        [first, second]: [&mut [Row]; 2],
    ) -> [Option<Candidate>; 2] {
        let range = tile.first as u32..(tile.first + tile.width()) as u32;
        let inside = |features: &[u32], range: &Range<u32>| {
            let start = features.partition_point(|&f| f < range.start);
            let end = features.partition_point(|&f| f < range.end);
            start..end
        };
        if inside(&self.features.tree, &range).is_empty() {
            return [None; 2];
        }
        let sum = |into: &mut [Row], draft: &Draft| {
            let rows = self.rows.of(draft.node);
            sums::sum(into, tile, &self.gradients.pairs, rows, self.halvings);
        };
        let mut found = [None; 2];
        sum(first, &drafts[0]);
        if let Some(draft) = drafts.get(1) {
            if subtract {
                sums::subtract(second, first);
            } else {
                sum(second, draft);
            }
        }
        for (((found, draft), sums), features) in found
            .iter_mut()
            .zip(drafts)
            .zip([first, second])
            .zip(features)
        {
            let node = Subject {
                sum: draft.sum,
                gain: self.rule.gain(draft.sum, draft.outer) as f32,
                bounds: draft.bounds,
            };
            for &number in &features[inside(features, &range)] {
                let feature = search::Feature {
                    number,
                    n_bins: self.bins.cuts(number as usize).len() + 1,
                    has_missing: self.bins.has_missing(number as usize),
                    monotone_constraint: self.params.monotone_constraint(number as usize),
                };
                let sums = &sums[number as usize - tile.first];
                let best = search::best_split(sums, node, feature, &self.rule);
                *found = Candidate::better(*found, best);
            }
        }
        found
    }

    /// Sums of any content.
    fn take(&mut self) -> Vec<Row> {
        let new = || vec![[[0; 2]; 256]; width(self.bins)];
        self.free.pop().unwrap_or_else(new)
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
