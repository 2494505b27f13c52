//! Sets of categories.

/// Categories, each a number from 0. A feature's value is cut to a whole number: 1.9 is category 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Categories {
    /// Bit `c % 32` of word `c / 32` is set if category `c` belongs to the set.
    words: Box<[u32]>,
    /// Whether the numbers between -1 and 0 are category 0, as in LightGBM, and not no category at all, as in
    /// XGBoost.
    cuts_below_zero: bool,
}

impl Categories {
    pub(crate) fn new(words: Vec<u32>, cuts_below_zero: bool) -> Self {
        Self {
            words: words.into(),
            cuts_below_zero,
        }
    }

    /// Whether `x` is a category of the set; NaN and numbers that are no category are not.
    #[inline]
    pub(crate) fn contains(&self, x: f64) -> bool {
        let is_category = if self.cuts_below_zero {
            x > -1.0
        } else {
            x >= 0.0
        };
        // A number too large saturates, and no set reaches that far.
        let category = x as usize;
        let word = self.words.get(category / 32).copied().unwrap_or(0);
        is_category && word >> (category % 32) & 1 == 1
    }

    /// The categories, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        let words = self.words.iter().enumerate();
        words.flat_map(|(i, word)| {
            let bits = (0..32).filter(move |bit| word >> bit & 1 == 1);
            bits.map(move |bit| i as u32 * 32 + bit)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_cut_to_a_category() {
        for (x, xgboost, lightgbm) in [
            (0.0, true, true),
            (-0.0, true, true),
            (0.9, true, true),
            (-0.5, false, true),
            (-1.0, false, false),
            (1.0, false, false),
            (33.9, true, true),
            (34.0, false, false),
            (64.0, false, false),
            (1e300, false, false),
            (f64::INFINITY, false, false),
            (f64::NEG_INFINITY, false, false),
            (f64::NAN, false, false),
        ] {
            let words = vec![1, 2];
            let set = Categories::new(words.clone(), false);
            assert_eq!(set.contains(x), xgboost, "{x}");
            assert_eq!(Categories::new(words, true).contains(x), lightgbm, "{x}");
            assert_eq!(set.iter().collect::<Vec<_>>(), [0, 33]);
        }
    }
}
