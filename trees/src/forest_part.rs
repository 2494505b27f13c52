//! Which part of a forest a file holds.

use std::{fmt, str::FromStr};

use algorithm::Share;
use thiserror::Error;

/// What a file says that holds the trees of one of several hosts: those of its [`Share`].
///
/// ```
/// use trees::ForestPart;
///
/// let part = ForestPart { index: 1, count: 3, n_trees: 8, fingerprint: 0xabc };
/// assert_eq!(part.file_name(), "forest-2-of-3.onnx");
/// assert_eq!(part.n_own_trees(), 3);
/// assert_eq!(part.to_string(), "2 of 3, 8 trees, 0000000000000abc");
/// assert_eq!("2 of 3, 8 trees, 0000000000000abc".parse(), Ok(part));
/// assert!("4 of 3, 8 trees, 0000000000000abc".parse::<ForestPart>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForestPart {
    /// Which part this is, from 0. It has the trees `index`, `index + count` and so on.
    pub index: usize,
    /// The number of parts, at least 2.
    pub count: usize,
    /// The number of trees of all parts together, at least one a part.
    pub n_trees: usize,
    /// That of the data and the settings that the trees were grown from, the same in all parts.
    pub fingerprint: u64,
}

impl ForestPart {
    /// The name of its file, which no other part of the forest has.
    pub fn file_name(&self) -> String {
        Self::name_of(self.index, self.count)
    }

    /// The name of the file of a part.
    pub(crate) fn name_of(index: usize, count: usize) -> String {
        format!("forest-{}-of-{count}.onnx", index + 1)
    }

    /// The number of trees of this part.
    pub fn n_own_trees(&self) -> usize {
        let Share { index, count } = self.share();
        self.n_trees.saturating_sub(index).div_ceil(count.max(1))
    }

    /// The host's share of the trees.
    pub fn share(&self) -> Share {
        Share {
            index: self.index,
            count: self.count,
        }
    }

    pub(crate) fn is_possible(&self) -> bool {
        self.count >= 2 && self.index < self.count && self.count <= self.n_trees
    }
}

/// As files say it.
impl fmt::Display for ForestPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            index,
            count,
            n_trees,
            fingerprint,
        } = self;
        let number = index.saturating_add(1);
        write!(
            f,
            "{number} of {count}, {n_trees} trees, {fingerprint:016x}"
        )
    }
}

/// A text that no [`ForestPart`] displays as.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("expected a text like `1 of 2, 100 trees, 0123456789abcdef`")]
pub struct NoForestPart;

impl FromStr for ForestPart {
    type Err = NoForestPart;

    fn from_str(text: &str) -> Result<Self, NoForestPart> {
        let read = || {
            let (place, rest) = text.split_once(", ")?;
            let (n_trees, fingerprint) = rest.split_once(" trees, ")?;
            let (number, count) = place.split_once(" of ")?;
            Some(Self {
                index: number.parse::<usize>().ok()?.checked_sub(1)?,
                count: count.parse().ok()?,
                n_trees: n_trees.parse().ok()?,
                fingerprint: u64::from_str_radix(fingerprint, 16).ok()?,
            })
        };
        read()
            .filter(|part| part.is_possible() && part.to_string() == text)
            .ok_or(NoForestPart)
    }
}
