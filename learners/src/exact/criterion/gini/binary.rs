//! Two classes, every row of weight 1.
//!
//! `L/l + R/r` is a constant and twice `d²/(n·l·r)`, `d` being `n` times the second class's count
//! on the left less what its share would be: one running sum, and no division.

use super::{
    super::{
        super::totals::{Class, ClassTotals, Totals},
        Basis, Criterion,
        ratio::Ratio,
    },
    Best,
};

pub(crate) struct GiniBinary {
    n: i64,
    /// Rows of the second class.
    second: i64,
}

#[derive(Clone, Copy)]
pub(crate) struct Running {
    n: i64,
    second: i64,
    left: i64,
    d: i64,
    best: Best,
}

impl Running {
    /// `l·r`.
    #[inline(always)]
    fn sides(&self) -> i64 {
        self.left * (self.n - self.left)
    }
}

impl Criterion for GiniBinary {
    type Target = Class;
    type Score = Ratio;
    type Running = Running;
    const EXACT: bool = true;

    fn new(_: &Basis) -> Self {
        Self { n: 0, second: 0 }
    }

    fn enter(&mut self, totals: &ClassTotals) {
        self.n = totals.weight() as i64;
        self.second = totals.of(1) as i64;
    }

    fn start(&mut self, _: &ClassTotals, best: Option<Ratio>) -> Running {
        Running {
            n: self.n,
            second: self.second,
            left: 0,
            d: 0,
            best: Best::new(best),
        }
    }

    #[inline(always)]
    fn push(&mut self, running: &mut Running, Class(class): Class, _: u64) {
        running.left += 1;
        running.d += (running.n & -(class as i64)) - running.second;
    }

    /// On the way `d` stays between what it is if all rows of one class come first and what it is
    /// if all of the other do, and `l·r` is smallest at an end.
    #[inline(always)]
    fn skip(&self, running: &mut Running, count: usize, second: impl FnOnce() -> usize) -> bool {
        let (count, second) = (count as i64, second() as i64);
        let up = second * (running.n - running.second);
        let down = (count - second) * running.second;
        let most = (running.d + up).abs().max((running.d - down).abs()) as f64;
        let mut after = *running;
        after.left += count;
        after.d += up - down;
        let least = running.sides().min(after.sides());
        let hopeless = most * most <= running.best.bar * least as f64;
        if hopeless {
            *running = after;
        }
        hopeless
    }

    #[inline(always)]
    fn is_promising(&self, running: &Running) -> bool {
        let d = running.d as f64;
        d * d > running.best.bar * running.sides() as f64
    }

    #[inline(always)]
    fn improve(&self, running: &mut Running) -> bool {
        let d = running.d.unsigned_abs();
        let score = Ratio {
            numerator: u128::from(d) * u128::from(d),
            denominator: running.sides() as u64,
        };
        let estimate = d as f64 * d as f64 / running.sides() as f64;
        running.best.take(score, estimate)
    }

    fn best(running: Running) -> Option<Ratio> {
        running.best.score
    }

    fn left_weight(running: &Running) -> u64 {
        running.left as u64
    }

    fn is_better(new: Ratio, old: Ratio) -> bool {
        new.is_above(old)
    }
}
