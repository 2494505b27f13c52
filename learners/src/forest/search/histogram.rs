//! By histograms: the sums of each bin, then the best place between two of them.

use std::hint::select_unpredictable;

use super::{Best, Looked, Search, worst};
use crate::forest::{
    Draws,
    block::{Column, Cut, MISSING, Row, Value, View},
    counts::{CLASSES, Counted, Counts, Sides},
    response::{Response, Sums},
};

const BINS: usize = 256;

/// Below this many rows the bins that have some are noted one by one.
const FEW: usize = 64;

/// The histogram of a node and feature; empty between two searches.
pub(in crate::forest) struct Histogram<'a, S> {
    /// For each feature the largest number of each bin but the last.
    cuts: &'a [Vec<f32>],
    bins: Box<[Bin<S>]>,
    /// The same, and the node's rows, if they are counted.
    counts: Box<[Counts; BINS]>,
    rows: Vec<Counted>,
    left: S,
    right: S,
    /// The bins that have rows, ascending.
    filled: Vec<u8>,
}

#[derive(Clone)]
struct Bin<S> {
    sums: S,
    n_rows: u32,
}

impl<'a, S: Sums> Histogram<'a, S> {
    pub(in crate::forest) fn new(cuts: &'a [Vec<f32>], zeros: &S) -> Self {
        let bin = Bin {
            sums: zeros.clone(),
            n_rows: 0,
        };
        Self {
            cuts,
            bins: vec![bin; BINS].into(),
            counts: Box::new([Counts::default(); BINS]),
            rows: Vec::new(),
            left: zeros.clone(),
            right: zeros.clone(),
            filled: Vec::with_capacity(BINS),
        }
    }

    /// Adds up the node's rows.
    #[inline(always)]
    fn fill<R: Response<Sums = S>>(&mut self, at: &Looked<'_, R>, column: Column<'_, u8>) {
        let Ok(bins) = <&mut [Bin<S>; BINS]>::try_from(&mut *self.bins) else {
            unreachable!("there are {BINS} bins");
        };
        let add = |bins: &mut [Bin<S>; BINS], row: &Row<R::Y>| {
            let bin = column.at(row.at);
            let of_bin = &mut bins[usize::from(bin)];
            of_bin.n_rows += 1;
            at.response
                .add(&mut of_bin.sums, row.y, f64::from(row.weight));
            bin
        };
        if at.rows.len() < FEW {
            let seen = at.rows.iter().map(|row| add(bins, row));
            set(seen, &mut self.filled);
        } else {
            for row in at.rows {
                add(bins, row);
            }
            filled(bins.iter().map(|bin| bin.n_rows > 0), &mut self.filled);
        }
    }

    /// Counts the node's rows.
    #[inline(always)]
    fn count<R: Response<Sums = S>>(&mut self, at: &Looked<'_, R>, column: Column<'_, u8>) {
        let add = |bins: &mut [Counts; BINS], row: &Row<R::Y>, (class, weight): &Counted| {
            let bin = column.at(row.at);
            bins[usize::from(bin)][usize::from(*class) % CLASSES] += weight;
            bin
        };
        let rows = at.rows.iter().zip(&self.rows);
        if at.rows.len() < FEW {
            let seen = rows.map(|(row, counted)| add(&mut self.counts, row, counted));
            set(seen, &mut self.filled);
        } else {
            rows.for_each(|(row, counted)| {
                add(&mut self.counts, row, counted);
            });
            let is_filled = |counts: &Counts| *counts != Counts::default();
            filled(self.counts.iter().map(is_filled), &mut self.filled);
        }
    }

    fn of_feature<R: Response<Sums = S>>(
        &mut self,
        at: &Looked<'_, R>,
        feature: u32,
        columns: View<'_, u8>,
        counting: Option<&Sides>,
        best: &mut Option<Best<u8, S>>,
    ) -> bool {
        let column = columns.column(feature);
        match counting {
            Some(_) => self.count(at, column),
            None => self.fill(at, column),
        }
        let varies = self.filled.len() > 1;
        let has_missing = self.filled.last() == Some(&MISSING);
        let sides: &[Missing] = match (varies, has_missing) {
            (false, _) => &[],
            (true, false) => &[Missing::None],
            (true, true) => &[Missing::Right, Missing::Left],
        };
        for missing in sides {
            let found = match counting {
                Some(sides) => {
                    let mut sides = *sides;
                    scan(&self.filled, *missing, worst(best), |bin| {
                        sides.add(&self.counts[usize::from(bin)]);
                        sides.score()
                    })
                }
                None => {
                    self.left.clear();
                    let mut n_left = 0;
                    scan(&self.filled, *missing, worst(best), |bin| {
                        let of_bin = &self.bins[usize::from(bin)];
                        self.left.add(&of_bin.sums);
                        n_left += of_bin.n_rows as usize;
                        self.right.set_rest(at.totals, &self.left);
                        at.score(&self.left, &self.right, n_left)
                            .unwrap_or(f64::NAN)
                    })
                }
            };
            let Some((score, last, next)) = found else {
                continue;
            };
            let (last, threshold) = if next == MISSING {
                (MISSING - 1, f32::INFINITY)
            } else {
                // Between bins that no row of the node has, in the middle.
                let middle = last + (next - last - 1) / 2;
                (middle, self.cuts[feature as usize][usize::from(middle)])
            };
            let cut = Cut {
                last,
                missing_goes_left: *missing == Missing::Left,
                threshold,
            };
            let going_left = self.filled.iter().filter(|bin| bin.goes_left(&cut));
            let left = match counting {
                Some(sides) => {
                    let mut sides = *sides;
                    going_left.for_each(|bin| sides.add(&self.counts[usize::from(*bin)]));
                    at.response.summed(&sides.left)
                }
                None => {
                    let mut left = at.response.zeros();
                    going_left.for_each(|bin| left.add(&self.bins[usize::from(*bin)].sums));
                    left
                }
            };
            *best = Some(Best {
                score,
                feature,
                cut,
                has_missing,
                left,
            });
        }
        if counting.is_some() {
            if self.filled.len() < FEW {
                for bin in &self.filled {
                    self.counts[usize::from(*bin)] = Counts::default();
                }
            } else {
                self.counts.fill(Counts::default());
            }
        } else {
            for bin in &self.filled {
                let bin = &mut self.bins[usize::from(*bin)];
                bin.n_rows = 0;
                bin.sums.clear();
            }
        }
        varies
    }
}

/// The bins that are seen, ascending.
#[inline(always)]
fn set(bins: impl Iterator<Item = u8>, into: &mut Vec<u8>) {
    let mut seen = [0_u64; BINS / 64];
    for bin in bins {
        seen[usize::from(bin / 64)] |= 1 << (bin % 64);
    }
    into.clear();
    for (at, mut word) in seen.into_iter().enumerate() {
        while word != 0 {
            into.push(at as u8 * 64 + word.trailing_zeros() as u8);
            word &= word - 1;
        }
    }
}

/// The bins that have rows, of all bins; without a jump.
#[inline(always)]
fn filled(bins: impl Iterator<Item = bool>, into: &mut Vec<u8>) {
    into.resize(BINS, 0);
    let mut n = 0;
    for (bin, is_filled) in bins.enumerate() {
        into[n] = bin as u8;
        n += usize::from(is_filled);
    }
    into.truncate(n);
}

/// The best place to part the bins, with missing values on one side: its score, the last bin on the left and the
/// next one. `add` moves a bin to the left and returns the score of the split after it, NaN if it is not allowed.
#[inline(always)]
fn scan(
    filled: &[u8],
    missing: Missing,
    worst: f64,
    mut add: impl FnMut(u8) -> f64,
) -> Option<(f64, u8, u8)> {
    let present = match missing {
        Missing::None => filled,
        Missing::Left | Missing::Right => &filled[..filled.len() - 1],
    };
    let places = match missing {
        // All that are not missing go left, too.
        Missing::Right => present,
        Missing::None | Missing::Left => &present[..present.len().saturating_sub(1)],
    };
    if missing == Missing::Left {
        add(MISSING);
    }
    // Without a jump: scores climb to the best one in many small steps.
    let (mut best, mut found) = (worst, usize::MAX);
    for (place, bin) in places.iter().enumerate() {
        let score = add(*bin);
        let is_better = score > best;
        best = select_unpredictable(is_better, score, best);
        found = select_unpredictable(is_better, place, found);
    }
    let last = *places.get(found)?;
    Some((best, last, *present.get(found + 1).unwrap_or(&MISSING)))
}

/// The side of missing values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    None,
    Left,
    Right,
}

impl<R: Response> Search<R> for Histogram<'_, R::Sums> {
    type Value = u8;

    fn search(
        &mut self,
        at: &Looked<'_, R>,
        features: &[u32],
        columns: View<'_, u8>,
        _: &mut Draws,
        best: &mut Option<Best<u8, R::Sums>>,
    ) -> bool {
        // Counts of weights don't say how many rows there are.
        let is_free = at.limits.min_samples_leaf <= 1 && at.limits.min_weight_leaf <= 0.0;
        let counting = (is_free && at.response.is_counted(at.totals)).then(|| {
            let rows = at.rows.iter().map(|row| at.response.counted(row));
            self.rows.clear();
            self.rows.extend(rows);
            Sides::new(&self.rows)
        });
        let mut varies = false;
        for feature in features {
            varies |= self.of_feature(at, *feature, columns, counting.as_ref(), best);
        }
        varies
    }
}
