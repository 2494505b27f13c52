//! What the report says of boosted trees.

use algorithm::report::{
    Axis, Body, Figure, Figures, Importances, Line, Lines, Scale, Section, format::counted,
};

use super::evaluations;
use crate::{
    boosting::{
        metric::Metric,
        objective::Objective,
        parameters::{MAXIMISED, MINIMISED},
        rounds::{Boosted, Evaluation, Params},
    },
    explained,
    histogram::Node,
    importances,
};

/// Metrics whose course the page shows at most, the last ones of the job.
const CURVES: usize = 4;

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

pub(super) fn importances(boosted: &Boosted, n_features: usize) -> Vec<Importances> {
    let nodes = || boosted.trees.iter().flatten();
    let splits = || nodes().filter_map(|node| node.split.as_ref().map(|split| (node, split)));
    let mut gain = vec![0.0; n_features];
    for (_, split) in splits() {
        gain[split.feature as usize] += f64::from(split.gain);
    }
    importances::importances(
        gain,
        splits().map(|(node, split)| (split.feature as usize, node.sum_hessian)),
        [
            "How much of the loss the splits on a feature take away, of all that is taken away (XGBoost's total_gain).",
            "The second derivatives of the rows that come to a split on a feature, of those that come to any (total_cover).",
        ],
    )
}

/// The steps of a row's contributions.
pub(super) fn steps(boosted: &Boosted, n_features: usize) -> u64 {
    let of_tree = |nodes: &Vec<Node>| {
        let children = nodes.iter().map(|node| {
            let split = node.split.as_ref()?;
            Some([split.left as usize, split.right as usize])
        });
        explained::steps(n_features, children)
    };
    boosted.trees.iter().map(of_tree).sum()
}

/// How the metrics went round by round, the last one first; nothing to see of one round.
pub(super) fn curves(boosted: &Boosted, metrics: &[Metric]) -> Vec<Section> {
    let last = metrics.iter().enumerate().rev().take(CURVES);
    last.filter_map(|(at, metric)| curve(boosted, metric, at, at + 1 == metrics.len()))
        .collect()
}

fn curve(boosted: &Boosted, metric: &Metric, at: usize, decides: bool) -> Option<Section> {
    let points = |of: fn(&Evaluation) -> &Vec<f64>| -> Vec<(f64, f64)> {
        let evaluations = boosted.evaluations.iter();
        let points =
            evaluations.filter_map(|one| Some((one.round as f64 + 1.0, *of(one).get(at)?)));
        points.filter(|(_, value)| value.is_finite()).collect()
    };
    let validation = points(|one| &one.validation);
    // Early stopping has its own word on the metric that decides.
    let best = match boosted.best_iteration {
        Some(best) if decides => {
            let best = best as f64 + 1.0;
            validation.iter().find(|(round, _)| *round == best).copied()
        }
        _ => best(&validation, metric),
    };
    let is_model = decides && boosted.best_iteration.is_some();
    let mut text = format!(
        "{} after each of {}.",
        metric.name(),
        counted(boosted.evaluations.len(), "round")
    );
    if let Some((round, value)) = best {
        text.push_str(&format!(
            " On validation rows it is best after {}: {value:.5}{}.",
            counted(round as usize, "round"),
            if is_model {
                ", and the model ends there"
            } else {
                ""
            }
        ));
    }
    let line = |name, points| Line { name, points };
    let mut lines = vec![
        line("validation", validation),
        line("training", points(|one| &one.train)),
    ];
    lines.retain(|line| line.points.len() > 1);
    let first = lines.first()?;
    let is_shown = first.name == "validation";
    let mark = best.filter(|_| is_shown).map(|(round, value)| {
        (
            round,
            value,
            format!("best: {}", counted(round as usize, "round")),
        )
    });
    Some(Section {
        title: "Learning curve",
        text,
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

/// The first of the best points.
fn best(points: &[(f64, f64)], metric: &Metric) -> Option<(f64, f64)> {
    let better = |a: f64, b: f64| if metric.is_maximised() { a > b } else { a < b };
    let all = points.iter().copied();
    all.reduce(|best, point| if better(point.1, best.1) { point } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boosted(values: &[[f64; 2]], best_iteration: Option<usize>) -> Boosted {
        let evaluations = values.iter().enumerate().map(|(round, values)| Evaluation {
            round,
            train: values.map(|value| value / 2.0).to_vec(),
            validation: values.to_vec(),
        });
        Boosted {
            evaluations: evaluations.collect(),
            best_iteration,
            ..Boosted::default()
        }
    }

    /// Text and chart of each section.
    fn shown(boosted: &Boosted) -> Vec<(String, Lines)> {
        let metrics = ["auc", "logloss"].map(|name| Metric::new(name).unwrap());
        let sections = curves(boosted, &metrics).into_iter();
        let shown = sections.map(|section| match section.body {
            Body::Lines(lines) => (section.text, lines),
            Body::Html(html) => panic!("{html}"),
        });
        shown.collect()
    }

    #[test]
    fn the_best_round_is_marked_by_each_metric() {
        // The best logloss comes first after two rounds, and the best area after three.
        let values = [[0.5, 0.9], [0.6, 0.25], [0.75, 0.25], [0.7, 0.8]];
        let mark = |round: f64, value, text: &str| Some((round, value, text.to_owned()));
        let [(of_loss, loss), (_, area)] = &shown(&boosted(&values, None))[..] else {
            panic!("expected two charts");
        };
        assert_eq!((loss.y.name, area.y.name), ("logloss", "auc"));
        assert_eq!(
            of_loss,
            "logloss after each of 4 rounds. On validation rows it is best after 2 rounds: 0.25000."
        );
        assert_eq!(loss.mark, mark(2.0, 0.25, "best: 2 rounds"));
        assert_eq!(area.mark, mark(3.0, 0.75, "best: 3 rounds"));
        let stopped = shown(&boosted(&values, Some(1)));
        let [of_loss, of_area] = [&stopped[0].0, &stopped[1].0];
        assert!(
            of_loss.ends_with("0.25000, and the model ends there."),
            "{of_loss}"
        );
        assert!(!of_area.contains("ends there"), "{of_area}");
    }

    #[test]
    fn without_validation_rows_there_is_no_best_round() {
        let mut boosted = boosted(&[[0.5, 0.9], [0.6, 0.25]], None);
        let evaluations = boosted.evaluations.iter_mut();
        evaluations.for_each(|one| one.validation.clear());
        let (text, lines) = &shown(&boosted)[0];
        assert_eq!(text, "logloss after each of 2 rounds.");
        assert_eq!((lines.lines.len(), &lines.mark), (1, &None));
        boosted.evaluations.pop();
        assert_eq!(shown(&boosted), []);
    }
}
