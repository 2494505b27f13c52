//! The best split of a node.

use super::{
    gradient::{Sum, add, sub},
    rule::{Bounds, Rule},
    sums::Row,
};
use crate::bins::MISSING;

/// A split that a node may get.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Candidate {
    pub(super) gain: f32,
    pub(super) feature: u32,
    pub(super) bin: u8,
    pub(super) missing_goes_left: bool,
    /// The sums of the left child.
    pub(super) left: Sum,
}

impl Candidate {
    /// The better of two; the first if they gain the same.
    pub(super) fn better(first: Option<Self>, second: Option<Self>) -> Option<Self> {
        match (first, second) {
            (Some(a), Some(b)) => Some(if b.gain > a.gain { b } else { a }),
            (a, b) => a.or(b),
        }
    }
}

/// The node that is searched.
#[derive(Clone, Copy)]
pub(super) struct Subject {
    pub(super) sum: Sum,
    /// Its gain as a leaf.
    pub(super) gain: f32,
    pub(super) bounds: Bounds,
}

/// The feature that is searched.
#[derive(Clone, Copy)]
pub(super) struct Feature {
    pub(super) number: u32,
    /// How many bins of values it has.
    pub(super) n_bins: usize,
    pub(super) has_missing: bool,
    pub(super) monotone_constraint: i8,
}

/// The best split on a feature: of equally good ones the lowest with missing values on the right, else the
/// highest with missing values on the left. (So does XGBoost. It also sends missing values to the right if
/// the node has none.) Bins without rows of the node are no cuts of their own.
pub(super) fn best_split(
    sums: &Row,
    node: Subject,
    feature: Feature,
    rule: &Rule,
) -> Option<Candidate> {
    let mut best: Option<Candidate> = None;
    let mut consider = |left: Sum, bin: usize, missing_goes_left: bool| {
        let split = rule.split_gain(node.sum, left, node.bounds, feature.monotone_constraint);
        if let Some(gain) = split.map(|gain| gain - node.gain)
            && gain > best.map_or(0.0, |best| best.gain)
            && gain.is_finite()
        {
            best = Some(Candidate {
                gain,
                feature: feature.number,
                bin: bin as u8,
                missing_goes_left,
                left,
            });
        }
    };
    let mut left = [0; 2];
    for (bin, &sum) in sums[..feature.n_bins].iter().enumerate() {
        if sum != [0; 2] {
            left = add(left, sum);
            consider(left, bin, false);
        }
    }
    if feature.has_missing && sums[usize::from(MISSING)] != [0; 2] {
        let mut right = [0; 2];
        for (bin, &sum) in sums[..feature.n_bins].iter().enumerate().skip(1).rev() {
            if sum != [0; 2] {
                right = add(right, sum);
                consider(sub(node.sum, right), bin - 1, true);
            }
        }
    }
    best
}
