//! The nodes of a tree.

use super::{
    error::{Error, invalid, unsupported},
    fields::Fields,
    list::Place,
};
use crate::forest::{Missing, Mode, Node, Test, ZERO};

/// Bits of a branch's `decision_type`; the two above are its kind of missing value.
const CATEGORICAL: i64 = 1;
const DEFAULT_LEFT: i64 = 2;

/// A tree's branches as the file has them. A child from 0 is a branch, one below is leaf `!child`.
#[derive(Debug)]
pub(super) struct Branches {
    tree: usize,
    features: Vec<i64>,
    thresholds: Vec<f64>,
    decisions: Vec<i64>,
    left: Vec<i64>,
    right: Vec<i64>,
}

/// What positions and sets a tree's numbers become.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offsets {
    /// Of leaf 0. Leaves come first, so that a leaf's position in its tree is its number.
    pub(super) leaves: u32,
    /// Of branch 0.
    pub(super) branches: u32,
    /// Of the tree's first set of categories.
    pub(super) sets: u32,
    /// How many sets it has.
    pub(super) n_sets: u32,
}

impl Branches {
    /// Reads the branches of a tree of `n_leaves`, which is at least 1.
    pub(super) fn read(
        fields: &Fields<'_>,
        n_leaves: usize,
        n_features: usize,
    ) -> Result<Self, Error> {
        let n = n_leaves - 1;
        let integers = |key| fields.need(key)?.integers(n);
        if n == 0 {
            return Ok(Self {
                tree: fields.tree,
                features: Vec::new(),
                thresholds: Vec::new(),
                decisions: Vec::new(),
                left: Vec::new(),
                right: Vec::new(),
            });
        }
        let branches = Self {
            tree: fields.tree,
            features: integers("split_feature")?,
            thresholds: fields.need("threshold")?.floats(n)?,
            decisions: match fields.get("decision_type") {
                Some(list) => list.integers(n)?,
                None => vec![0; n],
            },
            left: integers("left_child")?,
            right: integers("right_child")?,
        };
        for (i, feature) in branches.features.iter().enumerate() {
            if !(0..n_features as i64).contains(feature) {
                let place = branches.place("split_feature");
                let most = n_features - 1;
                return invalid!("{place}[{i}]: found {feature}, allowed are 0 to {most}");
            }
        }
        branches.check_links()?;
        Ok(branches)
    }

    fn len(&self) -> usize {
        self.left.len()
    }

    fn place(&self, key: &'static str) -> Place {
        Place {
            tree: Some(self.tree),
            key,
        }
    }

    /// Whether every node but the root is the child of one branch, to which the root leads.
    fn check_links(&self) -> Result<(), Error> {
        let n = self.len();
        let sides = [("left_child", &self.left), ("right_child", &self.right)];
        let leaf_most = -(n as i64) - 1;
        for (key, children) in sides {
            for (i, child) in children.iter().enumerate() {
                if !(leaf_most..n as i64).contains(child) {
                    let place = self.place(key);
                    let most = n - 1;
                    return invalid!(
                        "{place}[{i}]: found {child}, allowed are {leaf_most} to {most}"
                    );
                }
            }
        }
        let mut seen = vec![false; 2 * n + 1];
        let mut mark =
            |child: i64| std::mem::replace(&mut seen[(child - leaf_most) as usize], true);
        mark(0);
        let mut open = vec![0];
        let mut n_seen = 1;
        while let Some(branch) = open.pop() {
            for (key, children) in sides {
                let child = children[branch];
                if mark(child) {
                    let place = self.place(key);
                    return invalid!(
                        "{place}[{branch}]: found {child}, which is the root or the child of another node"
                    );
                }
                n_seen += 1;
                if let Ok(child) = usize::try_from(child) {
                    open.push(child);
                }
            }
        }
        if n_seen < 2 * n + 1 {
            return invalid!(
                "Tree={}: the root leads to {n_seen} nodes, expected {}",
                self.tree,
                2 * n + 1
            );
        }
        Ok(())
    }

    /// Appends the branches as nodes.
    pub(super) fn append(self, offsets: Offsets, nodes: &mut Vec<Node<f64>>) -> Result<(), Error> {
        let position = |child: i64| match u32::try_from(child) {
            Ok(branch) => offsets.branches + branch,
            Err(_) => offsets.leaves + !child as u32,
        };
        for i in 0..self.len() {
            let (test, missing, missing_true) = self.test(i, offsets)?;
            nodes.push(Node::Branch {
                test,
                missing,
                missing_true,
                feature: self.features[i] as u32,
                true_child: position(self.left[i]),
                false_child: position(self.right[i]),
            });
        }
        Ok(())
    }

    /// What sends a row to the left.
    fn test(&self, i: usize, offsets: Offsets) -> Result<(Test<f64>, Missing, bool), Error> {
        let (threshold, decision) = (self.thresholds[i], self.decisions[i]);
        if !(0..12).contains(&decision) {
            return unsupported!(
                "{}[{i}]: found {decision}, supported are 0 to 11",
                self.place("decision_type")
            );
        }
        if decision & CATEGORICAL != 0 {
            // Cut as LightGBM cuts it; NaN becomes 0 in Rust, and something else in C++.
            if !(threshold >= 0.0 && threshold < f64::from(offsets.n_sets)) {
                return invalid!(
                    "{}[{i}]: found {threshold}, allowed are sets of categories from 0 to below {} (num_cat)",
                    self.place("threshold"),
                    offsets.n_sets
                );
            }
            let set = offsets.sets + threshold as u32;
            return Ok((Test::Member(set), Missing::Nan, false));
        }
        let is_left = decision & DEFAULT_LEFT != 0;
        let (missing, missing_true) = match decision >> 2 {
            // NaN counts as 0.
            0 => (Missing::Nan, 0.0 <= threshold),
            1 => (Missing::Zero, is_left),
            _ => (Missing::Nan, is_left),
        };
        Ok((
            Test::Compare(Mode::Leq, without_tiny(threshold)),
            missing,
            missing_true,
        ))
    }
}

/// LightGBM takes a value at most [`ZERO`] away from 0 for 0. With this threshold, the value itself
/// compares as 0 does with the file's.
fn without_tiny(threshold: f64) -> f64 {
    if (0.0..ZERO).contains(&threshold) {
        ZERO
    } else if (-ZERO..0.0).contains(&threshold) {
        (-ZERO).next_down()
    } else {
        threshold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tiny_value_compares_as_zero() {
        let values = [
            0.0,
            -0.0,
            1e-300,
            ZERO,
            ZERO.next_up(),
            ZERO.next_down(),
            1.0,
            f64::INFINITY,
            f64::NAN,
        ];
        let values = || values.into_iter().flat_map(|value| [value, -value]);
        for threshold in values() {
            for x in values() {
                let taken = if x.abs() <= ZERO { 0.0 } else { x };
                assert_eq!(
                    x <= without_tiny(threshold),
                    taken <= threshold,
                    "{x} <= {threshold}"
                );
            }
        }
    }
}
