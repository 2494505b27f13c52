//! Between any two neighbouring values of the node: its rows sorted.

use super::{Best, Looked, Search, worst};
use crate::{
    exact::plan::threshold,
    forest::{
        Draws,
        block::{Cut, Row, View},
        response::{Response, Sums},
    },
};

/// The rows of a node in the order of a feature.
pub(in crate::forest) struct Sorted<Y, S> {
    present: Vec<(f32, Row<Y>)>,
    left: S,
    right: S,
}

impl<Y, S: Sums> Sorted<Y, S> {
    pub(in crate::forest) fn new(zeros: &S) -> Self {
        Self {
            present: Vec::new(),
            left: zeros.clone(),
            right: zeros.clone(),
        }
    }
}

impl<R: Response> Search<R> for Sorted<R::Y, R::Sums> {
    type Value = f32;

    fn search(
        &mut self,
        at: &Looked<'_, R>,
        features: &[u32],
        columns: View<'_, f32>,
        _: &mut Draws,
        best: &mut Option<Best<f32, R::Sums>>,
    ) -> bool {
        let mut varies = false;
        for feature in features {
            varies |= self.of_feature(at, *feature, columns, best);
        }
        varies
    }
}

impl<Y: Copy, S: Sums> Sorted<Y, S> {
    fn of_feature<R: Response<Y = Y, Sums = S>>(
        &mut self,
        at: &Looked<'_, R>,
        feature: u32,
        columns: View<'_, f32>,
        best: &mut Option<Best<f32, S>>,
    ) -> bool {
        let column = columns.column(feature);
        let rows = at.rows.iter().map(|row| (column.at(row.at), *row));
        self.present.clear();
        self.present
            .extend(rows.filter(|(value, _)| !value.is_nan()));
        // Rows of one value come in their own order, so that sums are the same each time.
        self.present
            .sort_unstable_by(|(a, row), (b, other)| a.total_cmp(b).then(row.at.cmp(&other.at)));
        let n_missing = at.rows.len() - self.present.len();
        let (Some(first), Some(last)) = (self.present.first(), self.present.last()) else {
            return false;
        };
        let varies = first.0 < last.0 || n_missing > 0;
        for missing_goes_left in [false, true] {
            if missing_goes_left && n_missing == 0 {
                break;
            }
            self.left.clear();
            let mut n_left = 0;
            if missing_goes_left {
                for row in at.rows.iter().filter(|row| column.at(row.at).is_nan()) {
                    at.response
                        .add(&mut self.left, row.y, f64::from(row.weight));
                }
                n_left = n_missing;
            }
            for (place, (value, row)) in self.present.iter().enumerate() {
                at.response
                    .add(&mut self.left, row.y, f64::from(row.weight));
                n_left += 1;
                let threshold = match self.present.get(place + 1) {
                    Some((next, _)) if next == value => continue,
                    Some((next, _)) => threshold(*value, *next),
                    // All that are not missing go left.
                    None if n_missing > 0 && !missing_goes_left => f32::INFINITY,
                    None => continue,
                };
                self.right.set_rest(at.totals, &self.left);
                if let Some(score) = at.score(&self.left, &self.right, n_left)
                    && score > worst(best)
                {
                    *best = Some(Best {
                        score,
                        feature,
                        cut: Cut {
                            last: threshold,
                            missing_goes_left,
                            threshold,
                        },
                        has_missing: n_missing > 0,
                        left: self.left.clone(),
                    });
                }
            }
        }
        varies
    }
}
