//! The walk through a tree that gives each feature its contribution.
//!
//! The factor of a feature at a point `t` is `o t + p (1 - t)`, with `o` and `p` of the last branch above that
//! tests the feature. Going down, a branch puts its factor in the place of the last one of its feature; a
//! factor that the row has lost (`o = 0`) stays lost. Going up, the sum `h` of value times product over all
//! leaves below a child gives the feature `h` times the weight of its factor less that of the last factor,
//! `w (o - p) / factor`, since the leaves have been counted with the last one too.

use super::{paths::Branch, quadrature::Point};
use crate::{
    forest::{Categories, Missing, Mode, Test},
    number::Number,
};

/// All bits of a lane are set if something holds for it.
type Mask<const L: usize> = [u64; L];

/// The path to the current branch, level by level, and the sums below. Level 0 is above the root; `L` rows are
/// a unit.
#[derive(Debug)]
pub(super) struct Walk<const L: usize> {
    units: usize,
    /// The products of the factors by level, unit and point.
    products: Vec<[f64; L]>,
    /// The sums over the leaves so far.
    sums: Vec<[f64; L]>,
    /// By level and point.
    edges: Vec<Edge>,
    levels: Vec<Level>,
    /// By level and unit: whether the row passes all tests of the feature of the edge above, up to that edge.
    passes: Vec<Mask<L>>,
    /// By level and unit: whether the test of the branch holds.
    holds: Vec<Mask<L>>,
}

/// A branch on the path.
#[derive(Clone, Copy, Debug, Default)]
struct Level {
    /// `p` of the edge above it.
    p: f64,
    branch: usize,
    /// The child that comes next.
    side: usize,
}

/// What a point needs of the edge between a branch and its child.
#[derive(Clone, Copy, Debug, Default)]
struct Edge {
    /// 1 / factor, if the row passes.
    inverse: f64,
    /// w (o - p) / factor, if the row passes.
    share: f64,
    /// Factor over the last factor of the feature, if the row passes.
    taken: f64,
    /// The same if it does not pass, but did until then.
    left: f64,
    /// The share less the last share of the feature, if the row passes.
    gain: f64,
    /// The same if it does not pass, but did until then.
    loss: f64,
}

impl<const L: usize> Walk<L> {
    /// For trees of up to `max_cells` levels times points.
    pub(super) fn new(units: usize, max_cells: usize) -> Self {
        Self {
            units,
            products: vec![[1.0; L]; max_cells * units],
            sums: vec![[0.0; L]; max_cells * units],
            edges: vec![Edge::default(); max_cells],
            levels: vec![Level::default(); max_cells],
            passes: vec![[0; L]; max_cells * units],
            holds: vec![[0; L]; max_cells * units],
        }
    }

    /// Adds the contributions of a tree with at least one branch to `into`. `leaves` are the values of its
    /// leaves in preorder, `values` those of the rows; they and `into` are by column and unit.
    pub(super) fn tree<T: Number>(
        &mut self,
        branches: &[Branch<T>],
        sets: &[Categories],
        leaves: &[f64],
        points: &[Point],
        values: &[[T; L]],
        into: &mut [[f64; L]],
    ) {
        let (units, n_points) = (self.units, points.len());
        let mut leaves = leaves.iter();
        let mut next_branch = 1;
        self.products[..units * n_points].fill([1.0; L]);
        self.passes[..units].fill([u64::MAX; L]);
        self.edges[..n_points].fill(Edge {
            inverse: 1.0,
            ..Edge::default()
        });
        self.levels[0] = Level {
            p: 1.0,
            branch: 0,
            side: 0,
        };
        self.test(0, &branches[0], sets, values);
        let mut level = 0;
        loop {
            let Level { branch, side, .. } = self.levels[level];
            let branch = &branches[branch];
            let column = branch.column as usize * units;
            if side < 2 {
                self.levels[level].side += 1;
                self.edge(level, branch, side, points);
                if branch.ends[side] {
                    let Some(value) = leaves.next() else {
                        unreachable!("a tree has a value for each leaf");
                    };
                    if *value != 0.0 {
                        let into = &mut into[column..column + units];
                        self.leaf(level, branch, side, *value, n_points, into);
                    }
                } else {
                    self.down(level, branch, side, n_points);
                    level += 1;
                    self.levels[level].branch = next_branch;
                    self.levels[level].side = 0;
                    self.test(level, &branches[next_branch], sets, values);
                    next_branch += 1;
                }
                continue;
            }
            if level == 0 {
                break;
            }
            level -= 1;
            let parent = &branches[self.levels[level].branch];
            let column = parent.column as usize * units;
            self.up(level, parent, n_points, &mut into[column..column + units]);
        }
    }

    /// Tests all rows at a branch.
    fn test<T: Number>(
        &mut self,
        level: usize,
        branch: &Branch<T>,
        sets: &[Categories],
        values: &[[T; L]],
    ) {
        let column = branch.column as usize * self.units;
        let holds = &mut self.holds[level * self.units..(level + 1) * self.units];
        for (holds, values) in holds.iter_mut().zip(&values[column..]) {
            let missing = branch.missing_true;
            let goes = |x: T, holds: bool| mask(holds | (missing & x.is_missing()));
            *holds = match branch.test {
                // Rare: a feature whose zeros are missing to some of its branches only.
                test if branch.missing == Missing::Zero => {
                    values.map(|x| mask(test.goes_true(Missing::Zero, missing, x, sets)))
                }
                // Each on its own, so that the comparison is one of the machine's for several rows.
                Test::Compare(Mode::Leq, value) => values.map(|x| goes(x, x <= value)),
                Test::Compare(Mode::Lt, value) => values.map(|x| goes(x, x < value)),
                Test::Compare(mode, value) => values.map(|x| goes(x, mode.holds(x, value))),
                Test::Member(set) => {
                    let set = &sets[set as usize];
                    values.map(|x| goes(x, set.contains(x.to_f64())))
                }
            };
        }
    }

    /// Computes what does not depend on the row for the edge from the branch at `level` to a child.
    fn edge<T>(&mut self, level: usize, branch: &Branch<T>, side: usize, points: &[Point]) {
        let previous = branch.previous as usize;
        let ratio = branch.ratios[side];
        let p = self.levels[previous].p * ratio;
        self.levels[level + 1].p = p;
        let (above, below) = self.edges.split_at_mut((level + 1) * points.len());
        let last = &above[previous * points.len()..];
        for ((edge, last), point) in below.iter_mut().zip(last).zip(points) {
            let unknown = p * point.rest;
            let inverse = 1.0 / (point.t + unknown);
            let share = point.weight * (1.0 - p) * inverse;
            *edge = Edge {
                inverse,
                share,
                taken: (point.t + unknown) * last.inverse,
                left: unknown * last.inverse,
                gain: share - last.share,
                // w (0 - p) / (p (1 - t)); if p is 0, all products below are 0 too.
                loss: -point.weight / point.rest - last.share,
            };
        }
        let held = level * self.units;
        let child = held + self.units;
        for unit in 0..self.units {
            let turned = if side == 0 { 0 } else { u64::MAX };
            let passed = self.passes[previous * self.units + unit];
            let holds = self.holds[held + unit];
            self.passes[child + unit] =
                std::array::from_fn(|lane| passed[lane] & (holds[lane] ^ turned));
        }
    }

    /// Opens the child of the branch at `level`.
    fn down<T>(&mut self, level: usize, branch: &Branch<T>, side: usize, n_points: usize) {
        let in_level = self.units * n_points;
        let child = (level + 1) * in_level;
        self.sums[child..child + in_level].fill([0.0; L]);
        let edges = &self.edges[(level + 1) * n_points..(level + 2) * n_points];
        let (above, below) = self.products.split_at_mut(child);
        let above = above[level * in_level..].chunks_exact(n_points);
        let below = below.chunks_exact_mut(n_points);
        for (unit, (above, below)) in above.zip(below).enumerate() {
            let (passes, passed) = passes(&self.passes, self.units, level, branch, unit);
            for ((above, below), edge) in above.iter().zip(below).zip(edges) {
                let factor = factor(branch, &passes, &passed, edge, branch.ratios[side], 1.0);
                *below = std::array::from_fn(|lane| above[lane] * factor[lane]);
            }
        }
    }

    /// Adds a leaf, a child of the branch at `level`.
    fn leaf<T>(
        &mut self,
        level: usize,
        branch: &Branch<T>,
        side: usize,
        value: f64,
        n_points: usize,
        into: &mut [[f64; L]],
    ) {
        let in_level = level * self.units * n_points..(level + 1) * self.units * n_points;
        let edges = &self.edges[(level + 1) * n_points..(level + 2) * n_points];
        let products = self.products[in_level.clone()].chunks_exact(n_points);
        let sums = self.sums[in_level].chunks_exact_mut(n_points);
        for (unit, ((products, sums), into)) in products.zip(sums).zip(into).enumerate() {
            let (passes, passed) = passes(&self.passes, self.units, level, branch, unit);
            let (mut gains, mut losses) = ([0.0; L], [0.0; L]);
            for ((product, sum), edge) in products.iter().zip(sums).zip(edges) {
                let factor = factor(branch, &passes, &passed, edge, branch.ratios[side], value);
                let (gain, loss) = (edge.taken * edge.gain, edge.left * edge.loss);
                for lane in 0..L {
                    sum[lane] += product[lane] * factor[lane];
                    gains[lane] += product[lane] * gain;
                    losses[lane] += product[lane] * loss;
                }
            }
            for lane in 0..L {
                let lost = select(passed[lane], losses[lane], 0.0);
                into[lane] += value * select(passes[lane], gains[lane], lost);
            }
        }
    }

    /// Closes a child of the branch at `level`, all of whose leaves are done.
    fn up<T>(&mut self, level: usize, branch: &Branch<T>, n_points: usize, into: &mut [[f64; L]]) {
        let in_level = self.units * n_points;
        let edges = &self.edges[(level + 1) * n_points..(level + 2) * n_points];
        let (above, below) = self.sums.split_at_mut((level + 1) * in_level);
        let above = above[level * in_level..].chunks_exact_mut(n_points);
        let below = below.chunks_exact(n_points);
        for (unit, ((above, below), into)) in above.zip(below).zip(into).enumerate() {
            let (passes, passed) = passes(&self.passes, self.units, level, branch, unit);
            let (mut gains, mut losses) = ([0.0; L], [0.0; L]);
            for ((above, below), edge) in above.iter_mut().zip(below).zip(edges) {
                for lane in 0..L {
                    above[lane] += below[lane];
                    gains[lane] += below[lane] * edge.gain;
                    losses[lane] += below[lane] * edge.loss;
                }
            }
            for lane in 0..L {
                let lost = select(passed[lane], losses[lane], 0.0);
                into[lane] += select(passes[lane], gains[lane], lost);
            }
        }
    }
}

/// Whether a unit's rows pass the edge below `level`, and whether they passed the last one of its feature.
#[inline(always)]
fn passes<T, const L: usize>(
    passes: &[Mask<L>],
    units: usize,
    level: usize,
    branch: &Branch<T>,
    unit: usize,
) -> (Mask<L>, Mask<L>) {
    let last = branch.previous as usize * units + unit;
    (passes[(level + 1) * units + unit], passes[last])
}

/// What the products are multiplied by at an edge, times `value`.
#[inline(always)]
fn factor<T, const L: usize>(
    branch: &Branch<T>,
    passes: &Mask<L>,
    passed: &Mask<L>,
    edge: &Edge,
    ratio: f64,
    value: f64,
) -> [f64; L] {
    let (taken, left, ratio) = (edge.taken * value, edge.left * value, ratio * value);
    if branch.previous == 0 {
        return std::array::from_fn(|lane| select(passes[lane], taken, left));
    }
    std::array::from_fn(|lane| select(passes[lane], taken, select(passed[lane], left, ratio)))
}

#[inline(always)]
fn mask(holds: bool) -> u64 {
    u64::from(holds).wrapping_neg()
}

/// A choice that takes no branch in the machine's code.
#[inline(always)]
fn select(mask: u64, a: f64, b: f64) -> f64 {
    f64::from_bits((a.to_bits() & mask) | (b.to_bits() & !mask))
}
