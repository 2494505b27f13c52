//! At a random threshold between the least and the greatest value of the node, as extremely randomised trees have
//! it.

use super::{Best, Looked, Search, worst};
use crate::forest::{
    Draws,
    block::{Columns, Cut, Value},
    response::{Response, Sums},
};

/// The sums of both sides.
pub(in crate::forest) struct Random<S> {
    left: S,
    right: S,
    /// The values of the node's rows.
    values: Vec<f32>,
}

impl<S: Sums> Random<S> {
    pub(in crate::forest) fn new(zeros: &S) -> Self {
        Self {
            left: zeros.clone(),
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
        columns: &Columns<f32>,
        draws: &mut Draws,
        best: &mut Option<Best<f32, R::Sums>>,
    ) -> bool {
        let column = columns.column(at.feature);
        self.values.clear();
        self.values
            .extend(at.rows.iter().map(|row| column[row.at as usize]));
        let (mut least, mut greatest) = (f32::INFINITY, f32::NEG_INFINITY);
        let mut has_missing = false;
        for value in &self.values {
            // NaN is neither.
            least = if *value < least { *value } else { least };
            greatest = if *value > greatest { *value } else { greatest };
            has_missing |= value.is_nan();
        }
        // One value, and none that misses it; or none at all.
        if least > greatest || (least == greatest && !has_missing) {
            return false;
        }
        let is_one = least == greatest;
        let cut = if is_one {
            Cut {
                last: greatest,
                missing_goes_left: false,
                threshold: f32::INFINITY,
            }
        } else {
            let drawn =
                f64::from(least) + draws.uniform() * (f64::from(greatest) - f64::from(least));
            // The greatest value goes right, whatever rounding does.
            let last = (drawn as f32).clamp(least, greatest.next_down());
            Cut {
                last,
                missing_goes_left: has_missing && draws.uniform() < 0.5,
                threshold: last,
            }
        };
        self.left.clear();
        let mut n_left = 0;
        for (row, value) in at.rows.iter().zip(&self.values) {
            // Without a jump, which would be guessed wrong half of the time.
            let goes_left = value.goes_left(&cut);
            let weight = if goes_left { row.weight } else { 0.0 };
            at.response.add(&mut self.left, row.y, f64::from(weight));
            n_left += usize::from(goes_left);
        }
        self.right.set_rest(at.totals, &self.left);
        if let Some(score) = at.score(&self.left, &self.right, n_left)
            && score > worst(best)
        {
            *best = Some(Best {
                score,
                feature: at.feature,
                cut,
                has_missing,
                left: self.left.clone(),
            });
        }
        true
    }
}
