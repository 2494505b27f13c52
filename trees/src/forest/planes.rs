//! What trees ask about a row, answered once for all of them: a feature's value becomes its rank among the
//! thresholds that the trees compare it with.
//!
//! `rank(x)` is the number of thresholds below `x`, so `x <= thresholds[k]` exactly if `rank(x) <= k`. A missing
//! value has the rank after all others, and each branch its own answer to it. Sets of categories of a
//! feature are one plane too: the rank of a category says in which of the sets it is. Other tests are planes of their
//! own, whose rank is 0 if the test holds and else 1.

use std::{collections::HashMap, hint::select_unpredictable, ops::Range};

use super::{
    block::Block,
    categories::{Categories, Classes, category},
    linked::{Mode, Test},
    room::Room,
};
use crate::number::Number;

/// A plane while the trees that ask are collected: equal questions are one plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// `x <= threshold`, for any threshold.
    Rank { feature: u32 },
    /// `x mode value`, the value by its bits.
    Compare {
        feature: u32,
        missing_true: bool,
        mode: Mode,
        bits: u64,
    },
    /// Whether it is in a set, for any set of not too large categories.
    Category { feature: u32, cuts_below_zero: bool },
    Member {
        feature: u32,
        missing_true: bool,
        set: u32,
    },
}

/// Categories of a plane of [`Key::Category`] are below this number: with one rank for all others and one for a
/// missing value, 16 bits hold the ranks.
const MAX_CATEGORIES: usize = u16::MAX as usize - 1;

/// A branch: a plane and its rank there. The first child is for rows with at most this rank.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<T> {
    pub(super) key: Key,
    /// The threshold of [`Key::Rank`].
    threshold: T,
    /// Whether a missing value, in a plane that has a rank for it, goes to the first child.
    pub(super) missing_first: bool,
    pub(super) test: Test<T>,
    /// Whether the file's false child is the first.
    pub(super) swapped: bool,
}

/// The planes of a run of trees.
#[derive(Clone, Debug)]
pub(super) struct Planes<T> {
    planes: Vec<Plane<T>>,
    thresholds: Vec<T>,
    /// For each plane of [`Key::Category`] the ranks of its categories, and that of all others.
    classes: Vec<u16>,
}

#[derive(Clone, Copy, Debug)]
struct Plane<T> {
    feature: u32,
    /// The number that rank 0 has: ranks of all planes are counted on.
    first: u32,
    kind: Kind<T>,
}

#[derive(Clone, Copy, Debug)]
enum Kind<T> {
    /// The thresholds by their place in [`Planes::thresholds`].
    Rank {
        start: u32,
        end: u32,
    },
    /// The ranks of the categories by their place in [`Planes::classes`]; there are `n_ranks` of them.
    Category {
        start: u32,
        end: u32,
        n_ranks: u32,
        cuts_below_zero: bool,
    },
    Holds {
        test: Test<T>,
        missing_true: bool,
    },
}

impl<T: Number> Question<T> {
    /// `sets` are those of the tests.
    pub(super) fn new(
        test: Test<T>,
        feature: u32,
        missing_true: bool,
        sets: &[Categories],
    ) -> Self {
        let question = |key, threshold, swapped| Self {
            key,
            threshold,
            missing_first: missing_true != swapped,
            test,
            swapped,
        };
        match test {
            Test::Member(set) => {
                let categories = &sets[set as usize];
                let key = if categories.end() <= MAX_CATEGORIES {
                    let cuts_below_zero = categories.cuts_below_zero();
                    Key::Category {
                        feature,
                        cuts_below_zero,
                    }
                } else {
                    Key::Member {
                        feature,
                        missing_true,
                        set,
                    }
                };
                question(key, T::ZERO, false)
            }
            // No rank says that nothing is below NaN.
            Test::Compare(mode, value) => match mode.as_leq(value) {
                Some((threshold, swapped)) if !threshold.is_missing() => {
                    question(Key::Rank { feature }, threshold, swapped)
                }
                _ => {
                    let bits = value.to_f64().to_bits();
                    let key = Key::Compare {
                        feature,
                        missing_true,
                        mode,
                        bits,
                    };
                    question(key, value, false)
                }
            },
        }
    }
}

impl<T: Number> Planes<T> {
    /// The planes of these questions, and for each question its plane and its rank there, which is 0 in planes
    /// of categories. `sets` are those of the tests. `None` if there is no room for the categories.
    pub(super) fn new<'a>(
        questions: impl Iterator<Item = &'a Question<T>> + Clone,
        sets: &[Categories],
        room: &mut Room,
    ) -> Option<(Self, Vec<(u32, u32)>)> {
        let mut numbers = HashMap::new();
        let mut asked: Vec<(Question<T>, Vec<T>, Classes)> = Vec::new();
        let mut answers = Vec::new();
        for question in questions.clone() {
            let number = *numbers.entry(question.key).or_insert_with(|| {
                asked.push((*question, Vec::new(), Classes::default()));
                asked.len() - 1
            });
            match (question.key, question.test) {
                (Key::Category { .. }, Test::Member(set)) => {
                    let classes = &mut asked[number].2;
                    let set = &sets[set as usize];
                    room.take::<u16>((set.end() + 1).saturating_sub(classes.of_category().len()))?;
                    classes.split(set);
                }
                _ => asked[number].1.push(question.threshold),
            }
            answers.push((number as u32, 0));
        }
        let mut thresholds: Vec<T> = Vec::new();
        let mut classes: Vec<u16> = Vec::new();
        let mut first = 0;
        let mut planes = Vec::with_capacity(asked.len());
        for (question, mut values, found) in asked {
            let (feature, kind, n_ranks) = match question.key {
                Key::Rank { feature } => {
                    values.sort_unstable_by(|a, b| {
                        a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal)
                    });
                    values.dedup();
                    let start = thresholds.len() as u32;
                    thresholds.extend(&values);
                    let end = thresholds.len() as u32;
                    (feature, Kind::Rank { start, end }, values.len() as u32 + 2)
                }
                Key::Category {
                    feature,
                    cuts_below_zero,
                } => {
                    let start = classes.len() as u32;
                    classes.extend(found.of_category());
                    let n_ranks = found.len() as u32 + 1;
                    let kind = Kind::Category {
                        start,
                        end: classes.len() as u32,
                        n_ranks,
                        cuts_below_zero,
                    };
                    (feature, kind, n_ranks)
                }
                Key::Compare {
                    feature,
                    missing_true,
                    ..
                }
                | Key::Member {
                    feature,
                    missing_true,
                    ..
                } => {
                    let test = question.test;
                    (feature, Kind::Holds { test, missing_true }, 2)
                }
            };
            planes.push(Plane {
                feature,
                first,
                kind,
            });
            first += n_ranks;
        }
        let found = Self {
            planes,
            thresholds,
            classes,
        };
        for (question, (number, rank)) in questions.zip(&mut answers) {
            if let Kind::Rank { start, end } = found.planes[*number as usize].kind {
                let thresholds = &found.thresholds[start as usize..end as usize];
                *rank = thresholds.partition_point(|t| *t < question.threshold) as u32;
            }
        }
        Some((found, answers))
    }

    pub(super) fn len(&self) -> usize {
        self.planes.len()
    }

    /// The numbers of a plane's ranks.
    pub(super) fn ranks_of(&self, plane: u32) -> Range<usize> {
        let Plane { first, kind, .. } = self.planes[plane as usize];
        let n_ranks = match kind {
            Kind::Rank { start, end } => end - start + 2,
            Kind::Category { n_ranks, .. } => n_ranks,
            Kind::Holds { .. } => 2,
        };
        first as usize..(first + n_ranks) as usize
    }

    /// The number of the rank that missing values have in a plane of [`Key::Rank`] or [`Key::Category`].
    pub(super) fn missing_rank_of(&self, plane: u32) -> Option<usize> {
        match self.planes[plane as usize].kind {
            Kind::Rank { .. } | Kind::Category { .. } => Some(self.ranks_of(plane).end - 1),
            Kind::Holds { .. } => None,
        }
    }

    /// For each rank of a plane of [`Key::Category`], but that of missing values, a category that has it.
    pub(super) fn categories_of(&self, plane: u32) -> Option<Vec<usize>> {
        let Kind::Category {
            start,
            end,
            n_ranks,
            ..
        } = self.planes[plane as usize].kind
        else {
            return None;
        };
        let mut found = vec![0; n_ranks as usize - 1];
        let classes = &self.classes[start as usize..end as usize];
        for (category, class) in classes.iter().enumerate() {
            found[usize::from(*class)] = category;
        }
        Some(found)
    }

    /// Ranks of all planes together.
    pub(super) fn n_ranks(&self) -> usize {
        let last = self.planes.len().checked_sub(1);
        last.map_or(0, |last| self.ranks_of(last as u32).end)
    }

    /// The numbers of the rows' ranks, [`len`](Self::len) a row. `sets` are those of the
    /// tests.
    #[inline(always)]
    pub(super) fn rank(&self, block: Block<'_, T>, sets: &[Categories], ranks: &mut [u32]) {
        let stride = self.len();
        for (number, plane) in self.planes.iter().enumerate() {
            let feature = plane.feature as usize;
            let rows = block.rows.chunks_exact(block.n_features);
            let values = rows.map(|row| row[feature]);
            let ranks = ranks.iter_mut().skip(number).step_by(stride);
            let first = plane.first;
            match plane.kind {
                Kind::Rank { start, end } => {
                    let thresholds = &self.thresholds[start as usize..end as usize];
                    let missing = first + (end - start) + 1;
                    ranks.zip(values).for_each(|(rank, x)| {
                        let counted = first + count(thresholds, |threshold| threshold < x);
                        *rank = select_unpredictable(x.is_missing(), missing, counted);
                    });
                }
                Kind::Category {
                    start,
                    end,
                    n_ranks,
                    cuts_below_zero,
                } => {
                    let classes = &self.classes[start as usize..end as usize];
                    let (others, missing) = (classes.len() - 1, n_ranks - 1);
                    ranks.zip(values).for_each(|(rank, x)| {
                        let category = category(x.to_f64(), cuts_below_zero);
                        let class = classes[category.unwrap_or(others).min(others)];
                        *rank = first
                            + if x.is_missing() {
                                missing
                            } else {
                                u32::from(class)
                            };
                    });
                }
                Kind::Holds { test, missing_true } => ranks.zip(values).for_each(|(rank, x)| {
                    let holds = test.holds(x, sets) || (missing_true && x.is_missing());
                    *rank = first + u32::from(!holds);
                }),
            }
        }
    }
}

/// How many of the values, from the first on, are `below`; without a jump that depends on them.
#[inline(always)]
fn count<T: Copy>(values: &[T], below: impl Fn(T) -> bool) -> u32 {
    let mut start = 0;
    let mut left = values.len();
    while left > 1 {
        let half = left / 2;
        let skip = below(values[start + half - 1]);
        start = select_unpredictable(skip, start + half, start);
        left -= half;
    }
    let last = values.get(start).is_some_and(|value| below(*value));
    start as u32 + u32::from(last)
}
