//! At a random threshold between the least and the greatest value of the node, as extremely randomised trees have
//! it.

use super::{Best, Looked, Search, worst};
use crate::forest::{
    Draws,
    block::{Column, Cut, View},
    response::{LANES, Response, Sums},
};

/// The sums of both sides.
pub(in crate::forest) struct Random<S> {
    left: [S; LANES],
    right: S,
    /// The values of the node's rows, of a few features side by side.
    values: Vec<[f32; LANES]>,
}

impl<S: Sums> Random<S> {
    pub(in crate::forest) fn new(zeros: &S) -> Self {
        Self {
            left: std::array::from_fn(|_| zeros.clone()),
            right: zeros.clone(),
            values: Vec::new(),
        }
    }
}

impl<R: Response> Search<R> for Random<R::Sums> {
    type Value = f32;

    fn search(
        &mut self,
        at: &Looked<'_, R>,
        features: &[u32],
        columns: View<'_, f32>,
        draws: &mut Draws,
        best: &mut Option<Best<f32, R::Sums>>,
    ) -> bool {
        let mut varies = false;
        for features in features.chunks(LANES) {
            varies |= self.of_features(at, features, columns, draws, best);
        }
        varies
    }
}

impl<S: Sums> Random<S> {
    /// Looks at up to [`LANES`] features.
    fn of_features<R: Response<Sums = S>>(
        &mut self,
        at: &Looked<'_, R>,
        features: &[u32],
        columns: View<'_, f32>,
        draws: &mut Draws,
        best: &mut Option<Best<f32, S>>,
    ) -> bool {
        let (least, greatest, missing) = self.gather(at, features, columns);
        let mut cuts = [None; LANES];
        for (lane, cut) in cuts.iter_mut().enumerate().take(features.len()) {
            *cut = draw(least[lane], greatest[lane], missing[lane], draws);
            if missing[lane] && cut.is_some_and(|cut| cut.missing_goes_left) {
                let values = self.values.iter_mut().map(|values| &mut values[lane]);
                values
                    .filter(|value| value.is_nan())
                    .for_each(|value| *value = f32::NEG_INFINITY);
            }
        }
        if cuts.iter().all(Option::is_none) {
            return false;
        }
        let last = cuts.map(|cut| cut.map_or(f32::NAN, |cut| cut.last));
        let n_left = at
            .response
            .part(at.rows, at.totals, &self.values, &last, &mut self.left);
        for (lane, cut) in cuts.into_iter().enumerate() {
            let Some(cut) = cut else { continue };
            let left = &self.left[lane];
            self.right.set_rest(at.totals, left);
            if let Some(score) = at.score(left, &self.right, n_left[lane])
                && score > worst(best)
            {
                *best = Some(Best {
                    score,
                    feature: features[lane],
                    cut,
                    has_missing: missing[lane],
                    left: left.clone(),
                });
            }
        }
        true
    }

    /// Takes the values of the node's rows; returns the least and the greatest of each feature, and whether a row
    /// misses it.
    #[inline(always)]
    fn gather<R: Response<Sums = S>>(
        &mut self,
        at: &Looked<'_, R>,
        features: &[u32],
        columns: View<'_, f32>,
    ) -> ([f32; LANES], [f32; LANES], [bool; LANES]) {
        // If there are fewer, the last one is taken more than once.
        let taken: [Column<'_, f32>; LANES] =
            std::array::from_fn(|lane| columns.column(features[lane.min(features.len() - 1)]));
        let mut least = [f32::INFINITY; LANES];
        let mut greatest = [f32::NEG_INFINITY; LANES];
        let mut missing = [false; LANES];
        self.values.clear();
        self.values.extend(at.rows.iter().map(|row| {
            let values: [f32; LANES] = std::array::from_fn(|lane| taken[lane].at(row.at));
            for lane in 0..LANES {
                let value = values[lane];
                // NaN is neither.
                least[lane] = if value < least[lane] {
                    value
                } else {
                    least[lane]
                };
                greatest[lane] = if value > greatest[lane] {
                    value
                } else {
                    greatest[lane]
                };
                missing[lane] |= value.is_nan();
            }
            values
        }));
        (least, greatest, missing)
    }
}

/// A cut between two values; `None` if there is one value that no row misses, or no value at all.
fn draw(least: f32, greatest: f32, has_missing: bool, draws: &mut Draws) -> Option<Cut<f32>> {
    if least > greatest || (least == greatest && !has_missing) {
        return None;
    }
    if least == greatest {
        return Some(Cut {
            last: greatest,
            missing_goes_left: false,
            threshold: f32::INFINITY,
        });
    }
    let drawn = f64::from(least) + draws.uniform() * (f64::from(greatest) - f64::from(least));
    // The greatest value goes right, whatever rounding does.
    let last = (drawn as f32).clamp(least, greatest.next_down());
    Some(Cut {
        last,
        missing_goes_left: has_missing && draws.uniform() < 0.5,
        threshold: last,
    })
}
