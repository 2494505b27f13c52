//! Random numbers.

use crate::exact::draw::mix;

/// The step of SplitMix64.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// A sequence of random numbers, SplitMix64, that depends on its key alone.
#[derive(Clone, Debug)]
pub(crate) struct Draws(u64);

impl Draws {
    /// The sequence of `seed` and `key`, such as the number of a tree.
    pub(crate) fn new(seed: u64, key: u64) -> Self {
        Self(mix(mix(seed) ^ key))
    }

    fn next(&mut self) -> u64 {
        let drawn = mix(self.0);
        self.0 = self.0.wrapping_add(GOLDEN);
        drawn
    }

    /// A whole number below `n`, which is at least 1. (Lemire 2019; the bias of n / 2^64 is nothing.)
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    /// How often each of `n_rows` rows is drawn in `n_draws` draws with replacement.
    pub(crate) fn with_replacement(&mut self, n_rows: usize, n_draws: usize) -> Vec<u32> {
        let mut counts = vec![0; n_rows];
        for _ in 0..n_draws {
            counts[self.below(n_rows)] += 1;
        }
        counts
    }

    /// A number from 0 up, below 1.
    pub(crate) fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_rows_are_drawn_as_expected() {
        let times = Draws::new(0, 7).with_replacement(100_000, 50_000);
        assert_eq!(times.iter().sum::<u32>(), 50_000);
        // e^-1/2 of the rows are never drawn.
        let never = times.iter().filter(|&&n| n == 0).count();
        assert!((60_100..61_200).contains(&never), "{never}");
    }
}
