//! Whether probabilities mean what they say.

/// Bins of equal width that probabilities fall into.
const BINS: usize = 10;

/// Rows whose prediction has a probability within a tenth.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CalibrationBin {
    /// Rows.
    pub count: u64,
    /// The mean probability of their predicted class.
    pub mean_probability: f64,
    /// The part of them whose label is that class.
    pub accuracy: f64,
}

/// Sums of all bins.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Calibration([Sums; BINS]);

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    rows: u64,
    probability: f64,
    right: u64,
}

impl Calibration {
    /// Counts a row whose predicted class has this probability.
    pub(super) fn count(&mut self, probability: f64, is_right: bool) {
        let bin = &mut self.0[((probability * BINS as f64) as usize).min(BINS - 1)];
        bin.rows += 1;
        bin.probability += probability;
        bin.right += u64::from(is_right);
    }

    /// Adds the rows of `other`.
    pub(super) fn add(&mut self, other: &Self) {
        for (bin, other) in self.0.iter_mut().zip(&other.0) {
            bin.rows += other.rows;
            bin.probability += other.probability;
            bin.right += other.right;
        }
    }

    /// The bins that have rows.
    pub(super) fn bins(&self) -> Vec<CalibrationBin> {
        let filled = self.0.iter().filter(|bin| bin.rows > 0);
        filled
            .map(|bin| CalibrationBin {
                count: bin.rows,
                mean_probability: bin.probability / bin.rows as f64,
                accuracy: bin.right as f64 / bin.rows as f64,
            })
            .collect()
    }
}
