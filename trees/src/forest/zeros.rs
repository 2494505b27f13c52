//! Zeros that count as missing.

use super::linked::{Linked, Missing, Mode, Node, Test, is_zero};
use crate::number::Number;

/// The features whose zeros every branch takes for missing. To the walk such a zero is NaN, so that it needs to
/// know one kind of missing value only.
#[derive(Clone, Debug)]
pub(super) struct MissingZeros {
    features: Vec<usize>,
}

/// What the branches of a feature take for missing.
#[derive(Clone, Copy, PartialEq)]
enum Seen {
    Nothing,
    Only(Missing),
    Both,
}

impl MissingZeros {
    /// Finds the features, and turns their branches into those to which NaN alone is missing.
    pub(super) fn take_out_of<T: Number>(linked: &mut Linked<T>) -> Self {
        let is_zero_missing = |node: &Node<T>| matches!(node, Node::Branch { missing, .. } if *missing == Missing::Zero);
        if !linked.nodes.iter().any(is_zero_missing) {
            return Self {
                features: Vec::new(),
            };
        }
        let mut seen = vec![Seen::Nothing; linked.n_features()];
        for node in &linked.nodes {
            if let Node::Branch {
                test,
                feature,
                missing,
                ..
            } = node
            {
                // The only test that holds for NaN, whatever the branch says of missing values.
                let missing = if matches!(test, Test::Compare(Mode::Neq, _)) {
                    &Missing::Nan
                } else {
                    missing
                };
                let seen = &mut seen[*feature as usize];
                *seen = match *seen {
                    Seen::Nothing => Seen::Only(*missing),
                    Seen::Only(before) if before == *missing => continue,
                    _ => Seen::Both,
                };
            }
        }
        for node in &mut linked.nodes {
            if let Node::Branch {
                feature, missing, ..
            } = node
                && seen[*feature as usize] == Seen::Only(Missing::Zero)
            {
                *missing = Missing::Nan;
            }
        }
        let is_zero = |feature: &usize| seen[*feature] == Seen::Only(Missing::Zero);
        Self {
            features: (0..seen.len()).filter(is_zero).collect(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.features.is_empty()
    }

    /// Turns the zeros of these features into NaN.
    pub(super) fn apply<T: Number>(&self, rows: &mut [T], n_features: usize) {
        if self.is_empty() {
            return;
        }
        for row in rows.chunks_exact_mut(n_features) {
            for feature in &self.features {
                let x = &mut row[*feature];
                if is_zero(*x) {
                    *x = T::NAN;
                }
            }
        }
    }
}
