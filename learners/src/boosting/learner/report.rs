//! What the report says of boosted trees.

use algorithm::report::{
    Axis, Body, Figure, Figures, Importances, Line, Lines, Scale, Section, format::counted,
};

use super::evaluations;
use crate::boosting::{
    metric::Metric,
    objective::Objective,
    parameters::{MAXIMISED, MINIMISED},
    rounds::{Boosted, Evaluation, Params},
};

/// The metrics of the model: those after its last round.
pub(super) fn metrics(
    boosted: &Boosted,
    metrics: &[Metric],
    of: fn(&Evaluation) -> &Vec<f64>,
) -> Vec<(&'static str, f64)> {
    named(metrics, last(boosted).map_or(&[][..], |last| of(last)))
}

/// The evaluation of the model's last round.
pub(super) fn last(boosted: &Boosted) -> Option<&Evaluation> {
    match boosted.best_iteration {
        Some(best) => evaluations::of_round(boosted, best),
        None => boosted.evaluations.last(),
    }
}

/// Metrics with their names.
pub(super) fn named(metrics: &[Metric], values: &[f64]) -> Vec<(&'static str, f64)> {
    let named = metrics.iter().zip(values);
    // What is not defined for these rows has no value.
    let named = named.filter(|(_, value)| value.is_finite());
    named
        .map(|(metric, value)| (name(metric), *value))
        .collect()
}

fn name(metric: &Metric) -> &'static str {
    let mut known = MAXIMISED.iter().chain(MINIMISED);
    match known.find(|known| **known == metric.name()) {
        Some(known) => known,
        // One with a threshold: a job has few, and the process ends with the job.
        None => String::leak(metric.name().to_owned()),
    }
}

pub(super) fn warnings(boosted: &Boosted) -> Vec<String> {
    let has_split = boosted
        .trees
        .iter()
        .flatten()
        .any(|node| node.split.is_some());
    if has_split {
        return Vec::new();
    }
    vec![
        "no tree has a split, so that every row gets the same answer: min_child_weight or gamma may be too large for these rows"
            .to_owned(),
    ]
}

pub(super) fn figures(boosted: &Boosted, params: &Params, objective: &Objective) -> Figures {
    let n_trees = boosted.trees.len();
    let nodes = boosted.trees.iter().flatten();
    let n_leaves = nodes.filter(|node| node.split.is_none()).count();
    let in_round = params.num_parallel_tree * objective.n_outputs();
    Figures {
        name: "boosted_trees",
        figures: vec![
            Figure::new("n_rounds", Some("rounds"), n_trees / in_round),
            Figure::new("n_trees", Some("trees"), n_trees),
            Figure::new("n_leaves", Some("leaves"), n_leaves),
        ],
    }
}

pub(super) fn importances(boosted: &Boosted, n_features: usize) -> Importances {
    let mut values = vec![0.0; n_features];
    let nodes = boosted.trees.iter().flatten();
    for split in nodes.filter_map(|node| node.split.as_ref()) {
        values[split.feature as usize] += f64::from(split.gain);
    }
    let sum: f64 = values.iter().sum();
    if sum > 0.0 {
        values.iter_mut().for_each(|value| *value /= sum);
    }
    Importances {
        values,
        meaning: "How much of the loss the splits on a feature take away, of all that is taken away (XGBoost's total_gain).",
    }
}

/// How the last metric went round by round; nothing to see of one round.
pub(super) fn curve(boosted: &Boosted, metrics: &[Metric]) -> Option<Section> {
    let metric = metrics.last()?;
    let points = |of: fn(&Evaluation) -> &Vec<f64>| -> Vec<(f64, f64)> {
        let evaluations = boosted.evaluations.iter();
        let points = evaluations.filter_map(|one| Some((one.round as f64 + 1.0, *of(one).last()?)));
        points.filter(|(_, value)| value.is_finite()).collect()
    };
    let line = |name, points| Line { name, points };
    let mut lines = vec![
        line("validation", points(|one| &one.validation)),
        line("training", points(|one| &one.train)),
    ];
    lines.retain(|line| line.points.len() > 1);
    let first = lines.first()?;
    let best = boosted.best_iteration.map(|best| best as f64 + 1.0);
    let mark = best.and_then(|best| {
        let point = first.points.iter().find(|(round, _)| *round == best)?;
        Some((point.0, point.1, "the model".to_owned()))
    });
    let n_rounds = counted(boosted.evaluations.len(), "round");
    Some(Section {
        title: "Learning curve",
        text: format!("{} after each of {n_rounds}.", metric.name()),
        body: Body::Lines(Lines {
            label: "The metric by the number of rounds",
            x: Axis {
                name: "rounds",
                scale: Scale::Linear,
            },
            y: Axis {
                name: name(metric),
                scale: Scale::Linear,
            },
            lines,
            mark,
        }),
    })
}
