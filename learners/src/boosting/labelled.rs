use super::sum::sums;

/// What each row's answer should be, and how much the row counts.
#[derive(Clone, Copy, Debug)]
pub struct Labelled<'a> {
    pub labels: &'a [f32],
    /// None: all rows count as 1.
    pub weights: Option<&'a [f32]>,
}

impl Labelled<'_> {
    pub(super) fn len(&self) -> usize {
        self.labels.len()
    }

    #[inline]
    pub(super) fn weight(&self, row: usize) -> f32 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    /// Sum of the weights.
    pub(super) fn weight_sum(&self) -> f64 {
        match self.weights {
            None => self.len() as f64,
            Some(weights) => sums(weights.len(), |row| [f64::from(weights[row])])[0],
        }
    }

    /// Sum over rows of weight x term, divided by that of the weights; 0 of nothing.
    pub(super) fn mean(&self, term: impl Fn(usize) -> f32 + Sync) -> f64 {
        let [sum] = match self.weights {
            None => sums(self.len(), |row| [f64::from(term(row))]),
            Some(weights) => sums(self.len(), |row| [f64::from(term(row) * weights[row])]),
        };
        let weight = self.weight_sum();
        if weight == 0.0 { sum } else { sum / weight }
    }
}
