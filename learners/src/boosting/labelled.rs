use super::sum::{CHUNK, sum_of_many, sums};

/// What each row's answer should be, and how much the row counts.
#[derive(Clone, Copy, Debug)]
pub struct Labelled<'a> {
    pub labels: &'a [f32],
    /// None: all rows count as 1.
    pub weights: Option<&'a [f32]>,
}

impl Labelled<'_> {
    /// Checks that labels are finite, and weights neither negative nor infinite.
    ///
    /// # Errors
    /// XGBoost's sentence.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if !self.labels.iter().all(|y| y.is_finite()) {
            return Err("Label contains NaN, infinity or a value too large.");
        }
        let mut weights = self.weights.unwrap_or_default().iter();
        if !weights.all(|&w| w >= 0.0 && w.is_finite()) {
            return Err("Weights must be positive values.");
        }
        Ok(())
    }

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
        self.mean_of_many(|first, terms| {
            for (at, of_row) in terms.iter_mut().enumerate() {
                *of_row = term(first + at);
            }
        })
    }

    /// The same, of terms that `fill` computes for some rows from the first on, in a loop that may vectorise.
    pub(super) fn mean_of_many(&self, fill: impl Fn(usize, &mut [f32]) + Sync) -> f64 {
        let sum = sum_of_many(self.len(), |first, terms| {
            let mut of_rows = [0.0; CHUNK];
            let of_rows = &mut of_rows[..terms.len()];
            fill(first, of_rows);
            if let Some(weights) = self.weights {
                for (term, weight) in of_rows.iter_mut().zip(&weights[first..]) {
                    *term *= weight;
                }
            }
            for (term, of_row) in terms.iter_mut().zip(of_rows) {
                *term = f64::from(*of_row);
            }
        });
        let weight = self.weight_sum();
        if weight == 0.0 { sum } else { sum / weight }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_have_to_be_finite() {
        for label in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let labelled = Labelled {
                labels: &[1.0, label],
                weights: None,
            };
            let sentence = "Label contains NaN, infinity or a value too large.";
            assert_eq!(labelled.check(), Err(sentence));
        }
    }
}
