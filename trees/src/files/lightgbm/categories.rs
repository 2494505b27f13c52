//! The sets of categories that a tree's branches test.

use super::{
    error::{Error, invalid},
    fields::Fields,
};
use crate::forest::Categories;

/// Appends the tree's sets to `sets`, one for each of its `num_cat` categorical branches.
pub(super) fn read(
    fields: &Fields<'_>,
    n_branches: usize,
    sets: &mut Vec<Categories>,
) -> Result<u32, Error> {
    let num_cat = fields.need("num_cat")?;
    let (place, num_cat) = (num_cat.place, num_cat.integer(i32::MAX as u32)?);
    if num_cat as usize > n_branches {
        return invalid!(
            "{place}: found {num_cat}, allowed are 0 to {n_branches}, a set for each branch at most"
        );
    }
    if num_cat == 0 {
        return Ok(0);
    }
    let bounds = fields.need("cat_boundaries")?;
    let (place, bounds) = (bounds.place, bounds.integers(num_cat as usize + 1)?);
    for (i, bound) in bounds.iter().enumerate() {
        let least = if i == 0 { 0 } else { bounds[i - 1] };
        if *bound < least {
            return invalid!("{place}[{i}]: found {bound}, allowed are numbers from {least}");
        }
    }
    let Some(n_words) = bounds.last().and_then(|last| usize::try_from(*last).ok()) else {
        unreachable!("there are bounds, and none is negative");
    };
    let words = fields.need("cat_threshold")?;
    let (place, words) = (words.place, words.integers(n_words)?);
    for pair in bounds.windows(2) {
        let [start, end] = [pair[0] as usize, pair[1] as usize];
        let mut set = Vec::with_capacity(end - start);
        for (i, word) in words[start..end].iter().enumerate() {
            let Ok(word) = u32::try_from(*word) else {
                return invalid!(
                    "{place}[{}]: found {word}, allowed are 0 to {}",
                    start + i,
                    u32::MAX
                );
            };
            set.push(word);
        }
        sets.push(Categories::new(set, true));
    }
    Ok(num_cat)
}
