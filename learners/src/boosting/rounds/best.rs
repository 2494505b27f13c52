use super::{Boosted, Evaluation};
use crate::boosting::metric::Metric;

/// The best round so far by the last metric of the validation rows.
pub(super) struct Best {
    is_maximised: bool,
    best: Option<(usize, f64)>,
}

impl Best {
    /// That of a resumed model's rounds.
    pub(super) fn of(boosted: &Boosted, metric: Option<&Metric>) -> Self {
        let mut best = Self {
            is_maximised: metric.is_some_and(Metric::is_maximised),
            best: None,
        };
        boosted
            .evaluations
            .iter()
            .for_each(|evaluation| best.add(evaluation));
        best
    }

    /// A round is better if it is strictly so; any number is better than NaN.
    pub(super) fn add(&mut self, evaluation: &Evaluation) {
        let Some(&value) = evaluation.validation.last() else {
            return;
        };
        let is_better = match self.best {
            None => true,
            Some((_, best)) if best.is_nan() => !value.is_nan(),
            Some((_, best)) if self.is_maximised => value > best,
            Some((_, best)) => value < best,
        };
        if is_better {
            self.best = Some((evaluation.round, value));
        }
    }

    pub(super) fn round(&self) -> Option<usize> {
        self.best.map(|(round, _)| round)
    }

    /// Whether the best round is at least `n` rounds ago.
    pub(super) fn is_over(&self, round: usize, n: usize) -> bool {
        self.round().is_some_and(|best| round - best >= n)
    }
}
