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
        category(x, self.cuts_below_zero).is_some_and(|category| self.has(category))
    }

    #[inline]
    pub(super) fn has(&self, category: usize) -> bool {
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

    /// The highest category plus 1; 0 if there is none.
    pub(crate) fn end(&self) -> usize {
        match &self.members {
            Members::Words(words) => {
                let last = words.iter().rposition(|word| *word != 0);
                last.map_or(0, |last| {
                    last * 32 + 32 - words[last].leading_zeros() as usize
                })
            }
            Members::List(list) => list.last().map_or(0, |last| *last as usize + 1),
        }
    }

    /// Bytes in memory.
    pub(super) fn size(&self) -> usize {
        let (Members::Words(numbers) | Members::List(numbers)) = &self.members;
        size_of::<Self>() + size_of_val::<[u32]>(numbers)
    }

    /// The categories, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        let (words, list): (&[u32], &[u32]) = match &self.members {
            Members::Words(words) => (words, &[]),
            Members::List(list) => (&[], list),
        };
        let words = words.iter().enumerate().flat_map(|(i, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let lowest = left.trailing_zeros();
                let bit = (left != 0).then_some(lowest)?;
                left &= left - 1;
                Some(i as u32 * 32 + bit)
            })
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

/// The categories of a feature in classes: those of a class are in the same sets.
#[derive(Debug)]
pub(super) struct Classes {
    /// For each category its class; the last one is that of all others.
    of_category: Vec<u16>,
    /// For each class how many of these have it.
    sizes: Vec<u32>,
    /// For each class 0, and the class that its members of the last set got.
    scratch: Vec<(u32, u16)>,
}

impl Default for Classes {
    fn default() -> Self {
        Self {
            of_category: vec![0],
            sizes: vec![1],
            scratch: vec![(0, 0)],
        }
    }
}

impl Classes {
    pub(super) fn len(&self) -> usize {
        self.sizes.len()
    }

    /// For each category its class, and last that of all others.
    pub(super) fn of_category(&self) -> &[u16] {
        &self.of_category
    }

    /// The class of a category.
    pub(super) fn of(&self, category: usize) -> usize {
        usize::from(self.of_category[category.min(self.of_category.len() - 1)])
    }

    /// Tells the members of a set from the others. There are at most 65,535 categories.
    pub(super) fn split(&mut self, set: &Categories) {
        let n_before = self.of_category.len();
        let others = self.of_category[n_before - 1];
        if n_before <= set.end() {
            self.of_category.resize(set.end() + 1, others);
            self.sizes[usize::from(others)] += (set.end() + 1 - n_before) as u32;
        }
        let mut found = Vec::new();
        for category in set.iter() {
            let class = self.of_category[category as usize];
            let (n_members, _) = &mut self.scratch[usize::from(class)];
            if *n_members == 0 {
                found.push(class);
            }
            *n_members += 1;
        }
        for class in found {
            let (n_members, new) = &mut self.scratch[usize::from(class)];
            let n_members = std::mem::take(n_members);
            let size = &mut self.sizes[usize::from(class)];
            *new = class;
            if n_members < *size {
                *size -= n_members;
                *new = self.sizes.len() as u16;
                self.sizes.push(n_members);
                self.scratch.push((0, 0));
            }
        }
        for category in set.iter() {
            let class = &mut self.of_category[category as usize];
            *class = self.scratch[usize::from(*class)].1;
        }
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

    #[test]
    fn categories_of_the_same_sets_have_one_class() {
        let sets = [
            Categories::new(vec![0b1011], false),
            Categories::of([1, 3, 400, 40_000].into_iter()),
            Categories::of([400].into_iter()),
            Categories::new(vec![], false),
            Categories::of(0..400),
        ];
        let mut classes = Classes::default();
        sets.iter().for_each(|set| classes.split(set));
        assert_eq!(classes.of_category().len(), 40_002);
        let numbers = [0, 1, 2, 3, 4, 399, 400, 401, 40_000, 40_001, 50_000];
        for (a, b) in numbers
            .iter()
            .flat_map(|a| numbers.iter().map(move |b| (*a, *b)))
        {
            let is_alike = sets.iter().all(|set| set.has(a) == set.has(b));
            assert_eq!(classes.of(a) == classes.of(b), is_alike, "{a} {b}");
        }
        // {0}, {1, 3}, the others below 400, {400}, {40,000}, and those of no set.
        assert_eq!(classes.len(), 6);
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
            assert_eq!(
                set.end(),
                sorted.last().map_or(0, |last| *last as usize + 1)
            );
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
