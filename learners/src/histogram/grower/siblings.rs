//! The best splits of nodes that may be split: sums of the smaller of two siblings, what is left for the larger, and a
//! search in both.

use std::{ops::Range, sync::Arc};

use rayon::prelude::*;

use super::{Draft, Grower, Open, width};
use crate::{
    bins::Tile,
    histogram::{
        search::{self, Candidate, Subject},
        sums::{self, Row},
    },
};

/// A split has to gain more than this.
const LEAST_GAIN: f32 = 1e-6;
/// A node with fewer rows than this does not keep its sums: subtracting takes as long as summing anew.
const KEEP_FROM: usize = 512;
/// Pairs of children that are searched at a time: they all need their sums.
const PAIRS: usize = 32;

impl Grower<'_> {
    /// Finds the best splits of siblings, or of the root. Each group comes with the sums of its parent.
    pub(super) fn search(&mut self, groups: Vec<(Option<Vec<Row>>, Vec<Draft>)>) -> Vec<Open> {
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
}
