//! Entropy, the information gain's impurity (`entropy` and `log_loss`).
//!
//! With `f(x) = x·log2(x)` the best split has the largest sum of `f` over the classes' weights on
//! either side less `f` of the sides' weights. `f` is rounded to whole numbers of a fixed small
//! step, so sums are exact in any order; scores closer than what the rounding can add up to are
//! equal.

use std::sync::Arc;

use super::{
    super::totals::{Class, ClassTotals, Totals},
    Basis, Criterion,
};

/// Scores closer than this many steps are equal: each of the few terms that differ between two
/// splits is off by at most one.
const TOLERANCE: i64 = 16;
/// `f` of the whole weight in steps, as a power of two: what a float holds exactly.
const PRECISION: f64 = 52.0;
/// Largest whole weight, in units, for which `f` is tabulated.
const TABLE: u64 = 1 << 22;

/// `f`, in steps.
#[derive(Default)]
pub(crate) struct Logs {
    steps: f64,
    table: Vec<i64>,
}

impl Logs {
    /// For weights up to `total` units.
    pub(crate) fn new(total: u64) -> Self {
        let total_f = (total.max(2) as f64) * (total.max(2) as f64).log2();
        let steps = (PRECISION - total_f.log2().ceil()).exp2();
        let mut logs = Self {
            steps,
            table: Vec::new(),
        };
        if total <= TABLE {
            logs.table = (0..=total).map(|x| logs.compute(x)).collect();
        }
        logs
    }

    #[inline(always)]
    fn of(&self, x: u64) -> i64 {
        match self.table.get(x as usize) {
            Some(&f) => f,
            None => self.compute(x),
        }
    }

    fn compute(&self, x: u64) -> i64 {
        let x = x as f64;
        if x == 0.0 {
            0
        } else {
            (x * x.log2() * self.steps).round() as i64
        }
    }
}

pub(crate) struct Entropy {
    logs: Arc<Logs>,
    /// By class: the weight on the left and on the right.
    classes: Vec<[u64; 2]>,
    /// Sum of `f` over the classes.
    sum: i64,
}

#[derive(Clone, Copy)]
pub(crate) struct Running {
    left: u64,
    right: u64,
    /// Sum of `f` over the classes of both sides.
    sum: i64,
    best: Option<i64>,
}

impl Entropy {
    #[inline(always)]
    fn score(&self, running: &Running) -> i64 {
        running.sum - self.logs.of(running.left) - self.logs.of(running.right)
    }
}

impl Criterion for Entropy {
    type Target = Class;
    type Score = i64;
    type Running = Running;
    const EXACT: bool = false;

    fn new(basis: &Basis) -> Self {
        Self {
            logs: Arc::clone(&basis.logs),
            classes: vec![[0; 2]; basis.n_classes],
            sum: 0,
        }
    }

    fn enter(&mut self, totals: &ClassTotals) {
        self.sum = totals.iter().map(|(_, weight)| self.logs.of(weight)).sum();
    }

    fn start(&mut self, totals: &ClassTotals, best: Option<i64>) -> Running {
        for (class, weight) in totals.iter() {
            self.classes[class as usize] = [0, weight];
        }
        Running {
            left: 0,
            right: totals.weight(),
            sum: self.sum,
            best,
        }
    }

    #[inline(always)]
    fn push(&mut self, running: &mut Running, Class(class): Class, weight: u64) {
        let [left, right] = &mut self.classes[class];
        running.sum -= self.logs.of(*left) + self.logs.of(*right);
        *left += weight;
        *right -= weight;
        running.sum += self.logs.of(*left) + self.logs.of(*right);
        running.left += weight;
        running.right -= weight;
    }

    #[inline(always)]
    fn is_promising(&self, running: &Running) -> bool {
        let score = self.score(running);
        running.best.is_none_or(|best| Self::is_better(score, best))
    }

    fn improve(&self, running: &mut Running) -> bool {
        running.best = Some(self.score(running));
        true
    }

    fn best(running: Running) -> Option<i64> {
        running.best
    }

    fn left_weight(running: &Running) -> u64 {
        running.left
    }

    fn is_better(new: i64, old: i64) -> bool {
        new > old + TOLERANCE
    }
}
