//! What the report says of a forest.

use algorithm::{
    Table, Target,
    report::{Axis, Body, Importances, Line, Lines, Scale, Section, format::counted},
};

use super::grow::{Kind, Tree};
use crate::{explained, importances};

/// By the splits of all trees.
pub(super) fn importances(trees: &[Tree], n_features: usize) -> Vec<Importances> {
    let nodes = trees.iter().flat_map(|tree| &tree.nodes);
    let splits = nodes.filter_map(|node| match &node.kind {
        Kind::Branch { feature, .. } => Some((*feature as usize, f64::from(node.weight))),
        Kind::Leaf { .. } => None,
    });
    importances::importances(
        gain(trees, n_features),
        splits,
        [
            "How much of the impurity the splits on a feature take away, of all that is taken away, on average over the trees.",
            "The weight of the rows that come to a split on a feature, of those that come to any.",
        ],
    )
}

/// The mean of the trees' decreases of impurity, as scikit-learn's `feature_importances_`.
fn gain(trees: &[Tree], n_features: usize) -> Vec<f64> {
    let mut mean = vec![0.0; n_features];
    let mut n_split = 0;
    for tree in trees {
        let mut own = vec![0.0; n_features];
        for node in &tree.nodes {
            if let Kind::Branch {
                feature, decrease, ..
            } = &node.kind
            {
                own[*feature as usize] += decrease;
            }
        }
        let sum: f64 = own.iter().sum();
        // A tree without splits says nothing.
        if sum > 0.0 {
            n_split += 1;
            mean.iter_mut()
                .zip(own)
                .for_each(|(mean, own)| *mean += own / sum);
        }
    }
    if n_split > 0 {
        mean.iter_mut().for_each(|mean| *mean /= f64::from(n_split));
    }
    mean
}

/// The steps of a row's contributions.
pub(super) fn steps(trees: &[Tree], table: &Table) -> u64 {
    let of_tree = |tree: &Tree| {
        let children = tree.nodes.iter().map(|node| match &node.kind {
            Kind::Branch { left, right, .. } => Some([*left as usize, *right as usize]),
            Kind::Leaf { .. } => None,
        });
        explained::steps(table.features.len(), children)
    };
    explained::passes(&table.target) * trees.iter().map(of_tree).sum::<u64>()
}

/// How the out-of-bag score rose with the trees; nothing to see of one score.
pub(super) fn oob_curve(scores: &[(usize, f64)], target: &Target) -> Option<Section> {
    let points = scores.iter().map(|(n, score)| (*n as f64, *score));
    let points: Vec<(f64, f64)> = points.filter(|(_, score)| score.is_finite()).collect();
    let (n_trees, _) = scores.last()?;
    if points.len() < 2 {
        return None;
    }
    let (score, scale) = match target {
        Target::Classes { .. } => ("accuracy", Scale::Percent),
        _ => ("R2", Scale::Linear),
    };
    Some(Section {
        title: "Out-of-bag score",
        text: format!(
            "The {score} on the training rows, each scored by those of the first trees that have not seen it, up to {}. Where the line is flat, more trees change little.",
            counted(*n_trees, "tree")
        ),
        body: Body::Lines(Lines {
            label: "Out-of-bag score by the number of trees",
            x: Axis {
                name: "trees",
                scale: Scale::Linear,
            },
            y: Axis { name: score, scale },
            lines: vec![Line {
                name: "out-of-bag",
                points,
            }],
            mark: None,
        }),
    })
}
