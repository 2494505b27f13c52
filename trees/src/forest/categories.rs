//! Sets of categories.

/// Categories, each a number from 0. A feature's value is cut to a whole number: 1.9 is category 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Categories {
    members: Members,
    /// Whether the numbers between -1 and 0 are category 0, as in LightGBM, and not no category at all, as in
    /// XGBoost.
    cuts_below_zero: bool,
}

/// The categories of a set, in whichever form is smaller.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Members {
    /// Bit `c % 32` of word `c / 32` is set if category `c` belongs to the set.
    Words(Box<[u32]>),
    /// Ascending. A set of few large categories takes no more memory than its file.
    List(Box<[u32]>),
}

impl Categories {
    /// The categories whose bits are set: bit `c % 32` of word `c / 32` for category `c`.
    pub(crate) fn new(words: Vec<u32>, cuts_below_zero: bool) -> Self {
        Self {
            members: Members::Words(words.into()),
            cuts_below_zero,
        }
    }

    /// The categories of a list, in any order, where numbers below 0 are none.
    pub(crate) fn of(categories: impl Iterator<Item = u32> + Clone) -> Self {
        let n_words = match categories.clone().max() {
            Some(most) => most as usize / 32 + 1,
            None => 0,
        };
        let members = if n_words <= categories.clone().count().saturating_mul(4) {
            let mut words = vec![0; n_words];
            categories.for_each(|category| words[category as usize / 32] |= 1 << (category % 32));
            Members::Words(words.into())
        } else {
            let mut list: Vec<u32> = categories.collect();
            list.sort_unstable();
            list.dedup();
            Members::List(list.into())
        };
        Self {
            members,
            cuts_below_zero: false,
        }
    }

    /// Whether `x` is a category of the set; NaN and numbers that are no category are not.
    #[inline]
    pub(crate) fn contains(&self, x: f64) -> bool {
        let Some(category) = category(x, self.cuts_below_zero) else {
            return false;
        };
        match &self.members {
            Members::Words(words) => {
                let word = words.get(category / 32).copied().unwrap_or(0);
                word >> (category % 32) & 1 == 1
            }
            Members::List(list) => {
                u32::try_from(category).is_ok_and(|category| list.binary_search(&category).is_ok())
            }
        }
    }

    pub(crate) fn cuts_below_zero(&self) -> bool {
        self.cuts_below_zero
    }

    /// A number that all categories are below.
    pub(crate) fn end(&self) -> usize {
        match &self.members {
            Members::Words(words) => words.len() * 32,
            Members::List(list) => list.last().map_or(0, |last| *last as usize + 1),
        }
    }

    /// The categories, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        let (words, list): (&[u32], &[u32]) = match &self.members {
            Members::Words(words) => (words, &[]),
            Members::List(list) => (&[], list),
        };
        let words = words.iter().enumerate().flat_map(|(i, word)| {
            let bits = (0..32).filter(move |bit| word >> bit & 1 == 1);
            bits.map(move |bit| i as u32 * 32 + bit)
        });
        words.chain(list.iter().copied())
    }
}

/// The category that `x` is, in any set. A number too large saturates, and no set reaches that far.
#[inline(always)]
pub(crate) fn category(x: f64, cuts_below_zero: bool) -> Option<usize> {
    let is_category = if cuts_below_zero { x > -1.0 } else { x >= 0.0 };
    is_category.then_some(x as usize)
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

    #[test]
    fn a_list_has_two_forms() {
        for categories in [
            &[][..],
            &[3],
            &[70, 1, 1, 0],
            &[200, 16_777_215, 0, 200],
            &[4_294_967_295],
        ] {
            let set = Categories::of(categories.iter().copied());
            let mut sorted = categories.to_vec();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(set.iter().collect::<Vec<_>>(), sorted);
            for category in [0, 1, 2, 3, 70, 71, 200, 16_777_215, u32::MAX - 1, u32::MAX] {
                let x = f64::from(category) + 0.5;
                assert_eq!(
                    set.contains(x),
                    categories.contains(&category),
                    "{category}"
                );
            }
        }
    }
}
