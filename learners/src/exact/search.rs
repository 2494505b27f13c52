//! Finding the best split of one node.
//!
//! Ties go to the lowest feature, then to the lowest threshold, then to missing values on the right.

use rayon::prelude::*;

use super::{
    columns::Columns,
    criterion::Criterion,
    element::{Element, Layout},
    plan::Plan,
    totals::{Target, Totals},
};

/// A feature's best split in a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<Score> {
    /// The column's number in its [`Columns`].
    pub(super) column: u32,
    /// Number of entries with a value that go left.
    pub(super) at: usize,
    pub(super) missing_go_to_left: bool,
    pub(super) score: Score,
}

/// The node's part of the columns, and what is known about its rows.
pub(super) struct View<'a, 'r, E, T: Target> {
    pub(super) plan: &'a Plan<'r>,
    pub(super) columns: &'a Columns<E>,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Units by row; empty: one each.
    pub(super) weights: &'a [u64],
    /// By row; empty for classes, which the entries have.
    pub(super) numbers: &'a [i64],
    pub(super) totals: &'a T::Totals,
}

impl<E: Element, T: Target> View<'_, '_, E, T> {
    /// The best split over `features`, which are ascending column numbers.
    pub(super) fn best<C: Criterion<Target = T>>(
        &self,
        features: &[u32],
        criterion: &mut C,
    ) -> Option<Candidate<C::Score>> {
        criterion.enter(self.totals);
        let mut best: Option<Candidate<C::Score>> = None;
        for &feature in features {
            let known = best.filter(|_| C::EXACT).map(|b| b.score);
            let found = self.best_of(feature, criterion, known);
            best = better::<C>(best, found);
        }
        best
    }

    /// The same on all threads of the current pool.
    pub(super) fn par_best<C: Criterion<Target = T>>(
        &self,
        features: &[u32],
    ) -> Option<Candidate<C::Score>> {
        let new = || {
            let mut criterion = C::new(&self.plan.basis);
            criterion.enter(self.totals);
            criterion
        };
        let found: Vec<_> = features
            .par_iter()
            .map_init(new, |criterion, &feature| {
                self.best_of(feature, criterion, None)
            })
            .collect();
        found.into_iter().fold(None, better::<C>)
    }

    /// The node's entries of a column.
    #[inline]
    pub(super) fn entries(&self, feature: u32) -> &[E] {
        &self.columns.column(feature)[self.start..self.end]
    }

    /// A feature's best split, if it is better than `known`.
    fn best_of<C: Criterion<Target = T>>(
        &self,
        column: u32,
        criterion: &mut C,
        known: Option<C::Score>,
    ) -> Option<Candidate<C::Score>> {
        let entries = self.entries(column);
        let present = entries.len() - n_missing(entries);
        let (present, missing) = entries.split_at(present);
        let right = self
            .scan(entries, present.len(), &[], criterion, known)
            .map(|(at, score)| Candidate {
                column,
                at,
                missing_go_to_left: false,
                score,
            });
        if missing.is_empty() {
            return right;
        }
        let left = self
            .scan(present, present.len(), missing, criterion, known)
            .map(|(at, score)| Candidate {
                column,
                at,
                missing_go_to_left: true,
                score,
            });
        match (right, left) {
            (Some(right), Some(left)) => {
                let left_first = if left.at < right.at {
                    !C::is_better(right.score, left.score)
                } else {
                    C::is_better(left.score, right.score)
                };
                Some(if left_first { left } else { right })
            }
            (right, left) => right.or(left),
        }
    }

    /// The best cut of `entries`, whose first `present` have a value: how many of them go left, and the
    /// score. The entries `moved` are on the left from the start.
    fn scan<C: Criterion<Target = T>>(
        &self,
        entries: &[E],
        present: usize,
        moved: &[E],
        criterion: &mut C,
        known: Option<C::Score>,
    ) -> Option<(usize, C::Score)> {
        let unit = self.weights.is_empty();
        // If every row weighs one unit, weights are counts, and so the limit on weight is a limit on rows.
        let least = if unit {
            let min_weight_leaf = self.plan.min_weight_leaf.ceil() as usize;
            self.plan.min_samples_leaf.max(min_weight_leaf)
        } else {
            self.plan.min_samples_leaf
        };
        let lowest = least.saturating_sub(moved.len()).max(1);
        // After the last value there is a cut only if missing values are left for the right side.
        let highest = entries.len().checked_sub(least.max(1))?.min(present);
        if lowest > highest {
            return None;
        }
        let mut running = criterion.start(self.totals, known);
        let layout = self.columns.layout;
        let target = |e: E| T::of(e, layout, self.numbers);
        let (before, rest) = entries.split_at(lowest);
        let rest = &rest[..=highest - lowest];
        let at = if unit {
            for &e in moved.iter().chain(before) {
                criterion.push(&mut running, target(e), 1);
            }
            cut(criterion, &mut running, layout, target, rest)
        } else {
            let weight = |e: E| self.weights[layout.row(e)];
            for &e in moved.iter().chain(before) {
                criterion.push(&mut running, target(e), weight(e));
            }
            let (least, all) = (self.plan.min_weight_leaf, self.totals.weight());
            cut_weighted(criterion, &mut running, rest, target, weight, |left| {
                left as f64 >= least && (all - left) as f64 >= least
            })
        };
        Some((lowest + at?, C::best(running)?))
    }
}

/// Number of rows that may be skipped together.
const BLOCK: usize = 32;

/// The engine's innermost loop: the index in `entries`, all of weight 1, before which the best cut is.
#[inline(always)]
fn cut<E: Element, C: Criterion>(
    criterion: &mut C,
    result: &mut C::Running,
    layout: Layout,
    target: impl Fn(E) -> C::Target,
    entries: &[E],
) -> Option<usize> {
    // A copy of its own stays in registers.
    let mut running = *result;
    let mut at = None;
    let mut first = 0;
    for block in entries.chunks(BLOCK) {
        if !criterion.skip(&mut running, block.len(), || layout.sum_classes(block)) {
            for (i, &e) in block.iter().enumerate() {
                if (criterion.is_promising(&running) & e.is_start())
                    && criterion.improve(&mut running)
                {
                    at = Some(first + i);
                }
                criterion.push(&mut running, target(e), 1);
            }
        }
        first += block.len();
    }
    *result = running;
    at
}

/// The same for entries of different weights; `is_allowed` judges a cut by the weight on its left.
#[inline(always)]
fn cut_weighted<E: Element, C: Criterion>(
    criterion: &mut C,
    result: &mut C::Running,
    entries: &[E],
    target: impl Fn(E) -> C::Target,
    weight: impl Fn(E) -> u64,
    is_allowed: impl Fn(u64) -> bool,
) -> Option<usize> {
    let mut running = *result;
    let mut at = None;
    for (i, &e) in entries.iter().enumerate() {
        if (criterion.is_promising(&running) & e.is_start())
            && is_allowed(C::left_weight(&running))
            && criterion.improve(&mut running)
        {
            at = Some(i);
        }
        criterion.push(&mut running, target(e), weight(e));
    }
    *result = running;
    at
}

/// Of two candidates, the first unless the second is better.
fn better<C: Criterion>(
    old: Option<Candidate<C::Score>>,
    new: Option<Candidate<C::Score>>,
) -> Option<Candidate<C::Score>> {
    match (old, new) {
        (Some(old), Some(new)) if !C::is_better(new.score, old.score) => Some(old),
        (old, new) => new.or(old),
    }
}

/// Number of entries with a missing value, which come last.
pub(super) fn n_missing<E: Element>(entries: &[E]) -> usize {
    match entries.last() {
        Some(last) if last.is_missing() => {
            entries.len() - entries.partition_point(|e| !e.is_missing())
        }
        _ => 0,
    }
}

/// Whether all entries have the same value, or none has a value.
pub(super) fn is_constant<E: Element>(entries: &[E]) -> bool {
    !entries.iter().skip(1).any(|e| e.is_start())
}
