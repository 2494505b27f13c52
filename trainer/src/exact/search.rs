//! Finding the best split of one node.
//!
//! Ties go to the lowest feature, then to the lowest threshold, then to missing values on the right.

use rayon::prelude::*;

use super::columns::Columns;
use super::element::{Element, Layout};
use super::plan::Plan;
use super::score::Scorer;
use super::totals::Totals;

/// A feature's best split in a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<Score> {
    /// The column's number in its [`Columns`].
    pub(super) column: u32,
    /// Entries without missing value that go left.
    pub(super) at: usize,
    pub(super) missing_go_to_left: bool,
    pub(super) score: Score,
}

/// The node's part of the columns, and what is known about its rows.
pub(super) struct View<'a, 'r, E> {
    pub(super) plan: &'a Plan<'r>,
    pub(super) columns: &'a Columns<E>,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Units by row; empty: one each.
    pub(super) weights: &'a [u64],
    pub(super) totals: &'a Totals,
}

impl<E: Element> View<'_, '_, E> {
    /// The best split over `features`, which are ascending column numbers.
    pub(super) fn best<S: Scorer>(
        &self,
        features: &[u32],
        scorer: &mut S,
    ) -> Option<Candidate<S::Score>> {
        scorer.enter(self.totals);
        let mut best: Option<Candidate<S::Score>> = None;
        for &feature in features {
            let known = best.filter(|_| S::EXACT).map(|b| b.score);
            let found = self.best_of(feature, scorer, known);
            best = better::<S>(best, found);
        }
        best
    }

    /// The same on all threads of the current pool.
    pub(super) fn par_best<S: Scorer>(&self, features: &[u32]) -> Option<Candidate<S::Score>> {
        let new = || {
            let mut scorer = S::new(&self.plan.basis);
            scorer.enter(self.totals);
            scorer
        };
        let found: Vec<_> = features
            .par_iter()
            .map_init(new, |scorer, &feature| self.best_of(feature, scorer, None))
            .collect();
        found.into_iter().fold(None, better::<S>)
    }

    /// The node's entries of a column.
    #[inline]
    pub(super) fn entries(&self, feature: u32) -> &[E] {
        &self.columns.column(feature)[self.start..self.end]
    }

    /// A feature's best split, if it is better than `known`.
    fn best_of<S: Scorer>(
        &self,
        column: u32,
        scorer: &mut S,
        known: Option<S::Score>,
    ) -> Option<Candidate<S::Score>> {
        let entries = self.entries(column);
        let present = entries.len() - n_missing(entries);
        let (present, missing) = entries.split_at(present);
        let right = self
            .scan(entries, present.len(), &[], scorer, known)
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
            .scan(present, present.len(), missing, scorer, known)
            .map(|(at, score)| Candidate {
                column,
                at,
                missing_go_to_left: true,
                score,
            });
        match (right, left) {
            (Some(right), Some(left)) => {
                let left_first = match left.at < right.at {
                    true => !S::is_better(right.score, left.score),
                    false => S::is_better(left.score, right.score),
                };
                Some(if left_first { left } else { right })
            }
            (right, left) => right.or(left),
        }
    }

    /// The best place to cut `entries`, whose first `present` are not missing; `moved` are on the
    /// left before any of them.
    fn scan<S: Scorer>(
        &self,
        entries: &[E],
        present: usize,
        moved: &[E],
        scorer: &mut S,
        known: Option<S::Score>,
    ) -> Option<(usize, S::Score)> {
        let unit = self.weights.is_empty();
        // With a weight of one each, weights are counts, and the limit on them is one on rows.
        let least = match unit {
            true => self
                .plan
                .min_samples_leaf
                .max(self.plan.min_weight_leaf.ceil() as usize),
            false => self.plan.min_samples_leaf,
        };
        let lowest = least.saturating_sub(moved.len()).max(1);
        // Behind the last present value there is a split if the missing ones are what is right.
        let highest = entries.len().checked_sub(least.max(1))?.min(present);
        if lowest > highest {
            return None;
        }
        let mut running = scorer.start(self.totals, known);
        let layout = self.columns.layout;
        let (before, rest) = entries.split_at_checked(lowest)?;
        let rest = rest.get(..=highest - lowest).unwrap_or(rest);
        let at = match unit {
            true => {
                for &e in moved.iter().chain(before) {
                    scorer.push(&mut running, layout.class(e), 1);
                }
                cut(scorer, &mut running, layout, rest)
            }
            false => {
                let weight = |e: E| self.weights[layout.row(e)];
                for &e in moved.iter().chain(before) {
                    scorer.push(&mut running, layout.class(e), weight(e));
                }
                let (least, all) = (self.plan.min_weight_leaf, self.totals.weight());
                cut_weighted(scorer, &mut running, layout, rest, weight, |left| {
                    left as f64 >= least && (all - left) as f64 >= least
                })
            }
        };
        Some((lowest + at?, S::best(running)?))
    }
}

/// Rows that are skipped together, if they can be.
const BLOCK: usize = 32;

/// The engine's innermost loop: before which of `entries` the best cut is, all of weight 1.
#[inline(always)]
fn cut<E: Element, S: Scorer>(
    scorer: &mut S,
    result: &mut S::Running,
    layout: Layout,
    entries: &[E],
) -> Option<usize> {
    // A copy of its own stays in registers.
    let mut running = *result;
    let mut at = None;
    let mut first = 0;
    for block in entries.chunks(BLOCK) {
        if !scorer.skip(&mut running, block.len(), || layout.sum_classes(block)) {
            for (i, &e) in block.iter().enumerate() {
                if (scorer.is_promising(&running) & e.is_start()) && scorer.improve(&mut running) {
                    at = Some(first + i);
                }
                scorer.push(&mut running, layout.class(e), 1);
            }
        }
        first += block.len();
    }
    *result = running;
    at
}

/// The same for entries that weigh differently, where the weight on the left decides what is allowed.
#[inline(always)]
fn cut_weighted<E: Element, S: Scorer>(
    scorer: &mut S,
    result: &mut S::Running,
    layout: Layout,
    entries: &[E],
    weight: impl Fn(E) -> u64,
    is_allowed: impl Fn(u64) -> bool,
) -> Option<usize> {
    let mut running = *result;
    let mut at = None;
    for (i, &e) in entries.iter().enumerate() {
        if (scorer.is_promising(&running) & e.is_start())
            && is_allowed(S::left_weight(&running))
            && scorer.improve(&mut running)
        {
            at = Some(i);
        }
        scorer.push(&mut running, layout.class(e), weight(e));
    }
    *result = running;
    at
}

/// Of two candidates, the first unless the second is better.
fn better<S: Scorer>(
    old: Option<Candidate<S::Score>>,
    new: Option<Candidate<S::Score>>,
) -> Option<Candidate<S::Score>> {
    match (old, new) {
        (Some(old), Some(new)) if !S::is_better(new.score, old.score) => Some(old),
        (old, new) => new.or(old),
    }
}

/// Entries with a missing value; they are the last ones.
pub(super) fn n_missing<E: Element>(entries: &[E]) -> usize {
    match entries.last() {
        Some(last) if last.is_missing() => {
            entries.len() - entries.partition_point(|e| !e.is_missing())
        }
        _ => 0,
    }
}

/// Whether all entries have the same value, or all miss it.
pub(super) fn is_constant<E: Element>(entries: &[E]) -> bool {
    !entries.iter().skip(1).any(|e| e.is_start())
}
