//! Forests of small trees, scored without walking: a row's leaf in a tree is the first that none of its answers
//! rules out.
//!
//! The leaves of a tree are numbered from the first child to the second. A branch that sends a row to its
//! second child rules out the leaves under its first one; what then is left over first is the leaf that the row reaches
//! (QuickScorer, SIGIR 2015). All branches of a plane that a row's rank rules out are known
//! beforehand, so their masks are combined at load: for each rank of each plane a line of masks, one
//! for each tree of a group. Scoring a row is an `and` of as many lines as there are planes.
//!
//! A rank of a group is a byte, as a group has few branches; but they may tell more categories of a feature apart
//! than that, and such a plane has a table of ranks of its own.
//!
//! A line is as long as a line of the cache. A group of trees has ranks of its own, among the thresholds of its own
//! branches alone, or the lines of a forest would be as many as its thresholds times its trees.

mod layout;
mod mask;

use multiversion::multiversion;

pub(super) use mask::Mask;

use super::{
    block::{Block, LeafIndices, Sums},
    categories::Categories,
    leaves::Leaves,
    planes::Planes,
};
use crate::number::Number;

/// Groups that share the ranks of a row.
const GROUPS: usize = 32;

/// Ranks that are computed at a time.
const RANKS: usize = 1024;

/// Most planes of a segment, and of a group: beyond them a walk is faster.
const MAX_PLANES: usize = 1024;
const MAX_GROUP_PLANES: usize = 128;

/// A forest of trees of up to `LEAVES` leaves, `LANES` of them side by side.
#[derive(Clone, Debug)]
pub(super) struct Masks<T, M, const LANES: usize, const LEAVES: usize> {
    segments: Vec<Segment<T, M, LANES>>,
    values: Values<T, LANES, LEAVES>,
    /// For each leaf number its position in the file, counted from the first of its tree's nodes. A leaf's
    /// number is that of its tree times `LEAVES`, and its own.
    indices: Vec<u32>,
    /// The sets of the tests.
    sets: Vec<Categories>,
}

/// Consecutive groups of trees that share the ranks of a row.
#[derive(Clone, Debug)]
struct Segment<T, M, const LANES: usize> {
    planes: Planes<T>,
    /// For each rank of the segment's planes that of each group.
    ranks: Vec<[u8; GROUPS]>,
    groups: Vec<Group<M, LANES>>,
    /// The place of the first group in the forest.
    first_group: usize,
}

/// Consecutive trees side by side.
#[derive(Clone, Debug)]
struct Group<M, const LANES: usize> {
    first_tree: usize,
    n_trees: usize,
    planes: Vec<Lines>,
    wide_planes: Vec<WideLines>,
    lines: Vec<[M; LANES]>,
    /// The ranks of the wide planes.
    wide_ranks: Vec<u16>,
}

/// Where the lines of a plane are.
#[derive(Clone, Copy, Debug)]
struct Lines {
    plane: u32,
    /// That of the group's rank 0.
    first: u32,
}

/// Where the lines of a plane with more ranks than a byte holds are.
#[derive(Clone, Copy, Debug)]
struct WideLines {
    plane: u32,
    /// The number of the plane's first rank in the segment, and its place in [`Group::wide_ranks`].
    first_rank: u32,
    ranks: u32,
    /// That of the group's rank 0.
    first: u32,
}

/// What the leaves add.
#[derive(Clone, Debug)]
enum Values<T, const LANES: usize, const LEAVES: usize> {
    /// One number a leaf, all leaves of a tree to the same target.
    One {
        /// For each group of trees.
        values: Vec<[[T; LEAVES]; LANES]>,
        /// For each tree; empty if there is but one target.
        targets: Vec<u32>,
    },
    /// Several numbers a leaf, by the leaf's number.
    Several(Leaves<T>),
}

impl<T: Number, M: Mask, const LANES: usize, const LEAVES: usize> Masks<T, M, LANES, LEAVES> {
    /// Combines the weights of the rows' leaves into `sums`, in the order of the trees.
    pub(super) fn fold(
        &self,
        block: Block<'_, T>,
        mut sums: Sums<'_, T>,
        combine: impl Fn(T, T) -> T,
    ) {
        let slots = sums.slots;
        match &self.values {
            Values::One { values, targets } if targets.is_empty() => {
                let Sums { values: sums, .. } = sums;
                walk(self, block, |row, group, number, masks| {
                    let values = &values[number];
                    let mut sum = sums[row];
                    if group.n_trees == LANES {
                        for lane in 0..LANES {
                            sum = combine(sum, values[lane][masks[lane].first() % LEAVES]);
                        }
                    } else {
                        for lane in 0..group.n_trees {
                            sum = combine(sum, values[lane][masks[lane].first() % LEAVES]);
                        }
                    }
                    sums[row] = sum;
                });
            }
            Values::One { values, targets } => walk(self, block, |row, group, number, masks| {
                let values = &values[number];
                let targets = &targets[group.first_tree..group.first_tree + group.n_trees];
                for (lane, target) in targets.iter().enumerate() {
                    let slot = row * slots + *target as usize;
                    let value = values[lane][masks[lane].first() % LEAVES];
                    sums.values[slot] = combine(sums.values[slot], value);
                    if let Some(touched) = sums.touched.get_mut(slot) {
                        *touched = true;
                    }
                }
            }),
            Values::Several(leaves) => walk(self, block, |row, group, _, masks| {
                for (lane, mask) in masks[..group.n_trees].iter().enumerate() {
                    let leaf = (group.first_tree + lane) * LEAVES + mask.first();
                    leaves.add(leaf, row, &mut sums, &combine);
                }
            }),
        }
    }

    /// The leaves that the rows reach.
    pub(super) fn apply(&self, block: Block<'_, T>, mut leaves: LeafIndices<'_>) {
        walk(self, block, |row, group, _, masks| {
            for (lane, mask) in masks[..group.n_trees].iter().enumerate() {
                let tree = group.first_tree + lane;
                leaves.set(row, tree, self.indices[tree * LEAVES + mask.first()]);
            }
        });
    }
}

impl<T, M: Mask, const LANES: usize> Segment<T, M, LANES> {
    /// The leaves that the planes of group `i` leave over, but for the wide ones, for a row of these ranks.
    #[inline(always)]
    fn masks(&self, i: usize, group: &Group<M, LANES>, ranks: &[u32]) -> [M; LANES] {
        let mut masks = [M::ALL; LANES];
        for plane in &group.planes {
            let rank = self.ranks[ranks[plane.plane as usize] as usize][i % GROUPS];
            and(
                &mut masks,
                &group.lines[plane.first as usize + usize::from(rank)],
            );
        }
        masks
    }
}

impl<M: Mask, const LANES: usize> Group<M, LANES> {
    /// Those of `masks` that the wide planes leave over, too.
    #[inline(always)]
    fn wide_masks(&self, mut masks: [M; LANES], ranks: &[u32]) -> [M; LANES] {
        for plane in &self.wide_planes {
            let rank = ranks[plane.plane as usize] - plane.first_rank + plane.ranks;
            let rank = self.wide_ranks[rank as usize];
            and(
                &mut masks,
                &self.lines[plane.first as usize + usize::from(rank)],
            );
        }
        masks
    }
}

#[inline(always)]
fn and<M: Mask, const LANES: usize>(masks: &mut [M; LANES], line: &[M; LANES]) {
    for lane in 0..LANES {
        masks[lane] = masks[lane].and(line[lane]);
    }
}

#[cfg(test)]
impl<T, M, const LANES: usize, const LEAVES: usize> Masks<T, M, LANES, LEAVES> {
    pub(super) fn has_wide_planes(&self) -> bool {
        let mut groups = self.segments.iter().flat_map(|segment| &segment.groups);
        groups.any(|group| !group.wide_planes.is_empty())
    }
}

/// Calls `visit` with each row, group of trees, the group's number and the masks of the row's leaves there. The
/// groups of a row come in their order.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2+lzcnt+popcnt"))]
fn walk<T, M, V, const LANES: usize, const LEAVES: usize>(
    forest: &Masks<T, M, LANES, LEAVES>,
    block: Block<'_, T>,
    mut visit: V,
) where
    T: Number,
    M: Mask,
    V: FnMut(usize, &Group<M, LANES>, usize, &[M; LANES]),
{
    let mut buffer = [0; RANKS];
    for segment in &forest.segments {
        let stride = segment.planes.len();
        if stride == 0 {
            let masks = [M::ALL; LANES];
            for (i, group) in segment.groups.iter().enumerate() {
                (0..block.n_rows())
                    .for_each(|row| visit(row, group, segment.first_group + i, &masks));
            }
            continue;
        }
        let n_rows = RANKS / stride;
        for start in (0..block.n_rows()).step_by(n_rows) {
            let end = block.n_rows().min(start + n_rows);
            let rows = &block.rows[start * block.n_features..end * block.n_features];
            let ranks = &mut buffer[..(end - start) * stride];
            segment
                .planes
                .rank(Block::new(rows, block.n_features), &forest.sets, ranks);
            for (i, group) in segment.groups.iter().enumerate() {
                let ranks = ranks.chunks_exact(stride);
                let mut visit =
                    |row, masks: &_| visit(start + row, group, segment.first_group + i, masks);
                // The usual loop keeps its masks in registers only if there is no other after it.
                if group.wide_planes.is_empty() {
                    for (row, ranks) in ranks.enumerate() {
                        visit(row, &segment.masks(i, group, ranks));
                    }
                } else {
                    for (row, ranks) in ranks.enumerate() {
                        let masks = segment.masks(i, group, ranks);
                        visit(row, &group.wide_masks(masks, ranks));
                    }
                }
            }
        }
    }
}
