use std::ops::ControlFlow;

use ndarray::Array2;

use super::*;
use crate::{boosting::objective::Settings, histogram::Split};

const FEATURES: usize = 4;

/// A table with few different values, of which a thirteenth is missing, and labels for each kind of objective.
#[derive(Clone)]
struct Data {
    records: Array2<f32>,
    real: Vec<f32>,
    weights: Vec<f32>,
}

impl Data {
    /// Rows `order` of the table.
    fn new(order: impl Iterator<Item = usize>) -> Self {
        let order: Vec<usize> = order.collect();
        let value = |i: usize, j: usize| ((i * (j + 3) * 7 + j * 5 + i / 11) % 11) as f32;
        let records = Array2::from_shape_fn((order.len(), FEATURES), |(at, j)| {
            let i = order[at];
            if (i * (j + 1) + j).is_multiple_of(13) {
                f32::NAN
            } else {
                value(i, j)
            }
        });
        let real = order.iter().map(|&i| {
            value(i, 0) * 0.5 + (i * 37 % 19) as f32 * 0.25 - f32::from(u8::from(value(i, 1) > 5.0))
        });
        Self {
            records,
            real: real.collect(),
            weights: order.iter().map(|&i| 1.0 + (i % 4) as f32 * 0.5).collect(),
        }
    }

    fn labels(&self, kind: &str) -> Vec<f32> {
        let label: fn(f32) -> f32 = match kind {
            "real" => |y| y,
            "positive" => |y| y + 2.0,
            "count" => |y| (y + 2.0).floor(),
            "binary" => |y| f32::from(u8::from(y > 4.0)),
            _ => |y| (y / 2.0).floor().clamp(0.0, 2.0),
        };
        self.real.iter().map(|&y| label(y)).collect()
    }
}

fn params(num_round: usize) -> Params {
    let mut params = Params {
        num_round,
        ..Params::default()
    };
    params.tree.max_depth = 3;
    params
}

fn objective(name: &str, scale_pos_weight: f64) -> Objective {
    let settings = Settings {
        num_class: 3,
        scale_pos_weight,
        ..Settings::default()
    };
    Objective::new(name, &settings).unwrap()
}

fn metric(name: &str) -> Vec<Metric> {
    vec![Metric::new(name).unwrap()]
}

/// Boosts without validation rows.
fn boost(params: &Params, data: &Data, name: &str, kind: &str) -> Boosted {
    boost_from(params, data, name, kind, None)
}

fn boost_from(
    params: &Params,
    data: &Data,
    name: &str,
    kind: &str,
    resumed: Option<Boosted>,
) -> Boosted {
    let (bins, labels) = (Bins::new(data.records.view(), 256), data.labels(kind));
    let labelled = Labelled {
        labels: &labels,
        weights: Some(&data.weights),
    };
    let rows = Rows {
        bins: &bins,
        labelled,
    };
    let (objective, metrics) = (
        objective(name, 1.0),
        metric(&objective(name, 1.0).default_metric()),
    );
    let on = &mut |_: &Boosted| ControlFlow::Continue(());
    params
        .boost(rows, None, &objective, &metrics, resumed, on)
        .unwrap()
}

/// Of XGBoost 3.2 on the same rows with `max_depth=3`, four rounds: objective, labels, whether with weights,
/// `scale_pos_weight`, `num_parallel_tree`, metric, and its values of the training rows.
type OfXgboost = (
    &'static str,
    &'static str,
    bool,
    f64,
    usize,
    &'static str,
    [f64; 4],
);
#[rustfmt::skip]
const OF_XGBOOST: &[OfXgboost] = &[
    ("reg:squarederror", "real", false, 1.0, 1, "rmse", [1.849366, 1.668340, 1.557067, 1.490305]),
    ("reg:squarederror", "real", true, 1.0, 1, "rmse", [1.857842, 1.672211, 1.559597, 1.486378]),
    ("reg:squaredlogerror", "positive", false, 1.0, 1, "rmsle", [1.312871, 1.163922, 1.024556, 0.895663]),
    ("reg:squaredlogerror", "positive", true, 1.0, 1, "rmsle", [1.319650, 1.169439, 1.028504, 0.897874]),
    ("reg:pseudohubererror", "real", false, 1.0, 1, "mphe", [31.819449, 31.819449, 31.819449, 31.819449]),
    ("reg:pseudohubererror", "real", true, 1.0, 1, "mphe", [51.131662, 51.131662, 51.131662, 51.131662]),
    ("reg:absoluteerror", "real", false, 1.0, 1, "mae", [1.506250, 1.379817, 1.303629, 1.257180]),
    ("reg:absoluteerror", "real", true, 1.0, 1, "mae", [1.515000, 1.378126, 1.298790, 1.250175]),
    ("reg:gamma", "positive", false, 1.0, 1, "gamma-deviance", [0.103308, 0.086256, 0.077684, 0.072524]),
    ("reg:gamma", "positive", true, 1.0, 1, "gamma-deviance", [0.100283, 0.083495, 0.074727, 0.069352]),
    ("reg:tweedie", "positive", false, 1.0, 1, "tweedie-nloglik@1.5", [10.009140, 9.987591, 9.976117, 9.969562]),
    ("reg:tweedie", "positive", true, 1.0, 1, "tweedie-nloglik@1.5", [10.057628, 10.035749, 10.023992, 10.017130]),
    ("count:poisson", "count", false, 1.0, 1, "poisson-nloglik", [2.149258, 2.106928, 2.075235, 2.051715]),
    ("count:poisson", "count", true, 1.0, 1, "poisson-nloglik", [2.154163, 2.111284, 2.079604, 2.055500]),
    ("reg:logistic", "binary", false, 1.0, 1, "rmse", [0.447960, 0.418723, 0.400501, 0.389201]),
    ("reg:logistic", "binary", true, 1.0, 1, "rmse", [0.448165, 0.419603, 0.402829, 0.391605]),
    ("binary:logistic", "binary", false, 1.0, 1, "logloss", [0.592447, 0.536214, 0.498989, 0.473381]),
    ("binary:logistic", "binary", true, 1.0, 1, "logloss", [0.592399, 0.536640, 0.500967, 0.475043]),
    ("binary:logistic", "binary", false, 3.0, 1, "logloss", [0.670858, 0.609243, 0.571910, 0.546255]),
    ("binary:logistic", "binary", true, 3.0, 1, "logloss", [0.667247, 0.611039, 0.572901, 0.547049]),
    ("binary:logitraw", "binary", false, 1.0, 1, "auc", [0.854821, 0.872723, 0.880045, 0.883460]),
    ("binary:logitraw", "binary", true, 1.0, 1, "auc", [0.855715, 0.870542, 0.878498, 0.879521]),
    ("binary:hinge", "binary", false, 1.0, 1, "error", [0.466667, 0.466667, 0.466667, 0.350000]),
    ("binary:hinge", "binary", true, 1.0, 1, "error", [0.454286, 0.454286, 0.454286, 0.344762]),
    ("multi:softmax", "classes", false, 1.0, 1, "mlogloss", [0.844450, 0.777196, 0.729666, 0.695850]),
    ("multi:softmax", "classes", true, 1.0, 1, "mlogloss", [0.829229, 0.757885, 0.709787, 0.673368]),
    ("multi:softprob", "classes", false, 1.0, 1, "mlogloss", [0.844450, 0.777196, 0.729666, 0.695850]),
    ("multi:softprob", "classes", true, 1.0, 1, "mlogloss", [0.829229, 0.757885, 0.709787, 0.673368]),
    ("binary:logistic", "binary", false, 1.0, 3, "logloss", [0.592447, 0.536214, 0.498989, 0.473381]),
    ("binary:logistic", "binary", true, 1.0, 3, "logloss", [0.592399, 0.536640, 0.500967, 0.475043]),
    ("multi:softprob", "classes", false, 1.0, 2, "mlogloss", [0.844450, 0.777196, 0.729666, 0.695850]),
    ("multi:softprob", "classes", true, 1.0, 2, "mlogloss", [0.829229, 0.757885, 0.709787, 0.673368]),
    ("reg:absoluteerror", "real", false, 1.0, 2, "mae", [1.506250, 1.379817, 1.303629, 1.257180]),
    ("reg:absoluteerror", "real", true, 1.0, 2, "mae", [1.515000, 1.378126, 1.298790, 1.250175]),
];

#[test]
fn every_objective_learns_as_with_xgboost() {
    let data = Data::new(0..300);
    let bins = Bins::new(data.records.view(), 256);
    for &(name, kind, is_weighted, scale_pos_weight, num_parallel_tree, of, expected) in OF_XGBOOST
    {
        let objective = objective(name, scale_pos_weight);
        let labels = data.labels(kind);
        let labelled = Labelled {
            labels: &labels,
            weights: is_weighted.then_some(&data.weights),
        };
        let mut params = Params {
            num_parallel_tree,
            ..params(4)
        };
        params.tree.max_delta_step = objective.default_max_delta_step();
        let on = &mut |_: &Boosted| ControlFlow::Continue(());
        let rows = Rows {
            bins: &bins,
            labelled,
        };
        let boosted = params
            .boost(rows, None, &objective, &metric(of), None, on)
            .unwrap();
        for (found, expected) in boosted.evaluations.iter().zip(expected) {
            let found = found.train[0];
            assert!(
                (found - expected).abs() < 2e-6 * expected.max(1.0),
                "{name} {is_weighted} {scale_pos_weight} {num_parallel_tree}: {found}, {expected}"
            );
        }
    }
}

/// The margin of a row as whoever loads the model computes it.
fn margin(boosted: &Boosted, output: usize, row: &[f32]) -> f32 {
    let trees = boosted.trees.iter().zip(&boosted.tree_info);
    let trees = trees.filter(|(_, of)| **of as usize == output);
    trees.fold(boosted.base_margins[output], |margin, (nodes, _)| {
        let mut node = &nodes[0];
        while let Some(split) = &node.split {
            let x = row[split.feature as usize];
            let left = if x.is_nan() {
                split.missing_goes_left
            } else {
                x <= split.threshold
            };
            node = &nodes[if left { split.left } else { split.right } as usize];
        }
        margin + node.weight
    })
}

#[test]
fn margins_of_the_model_are_those_of_the_training() {
    let (train, test) = (Data::new(0..300), Data::new(300..420));
    let bins = Bins::new(train.records.view(), 256);
    let test_bins = bins.like(test.records.view());
    for (name, kind, subsample) in [
        ("binary:logistic", "binary", 1.0),
        ("multi:softprob", "classes", 0.5),
        ("reg:absoluteerror", "real", 0.5),
    ] {
        let objective = objective(name, 1.0);
        let metrics = metric(&objective.default_metric());
        let (labels, test_labels) = (train.labels(kind), test.labels(kind));
        let rows = Rows {
            bins: &bins,
            labelled: Labelled {
                labels: &labels,
                weights: None,
            },
        };
        let test_rows = Rows {
            bins: &test_bins,
            labelled: Labelled {
                labels: &test_labels,
                weights: None,
            },
        };
        let params = Params {
            subsample,
            num_parallel_tree: 2,
            ..params(5)
        };
        let on = &mut |_: &Boosted| ControlFlow::Continue(());
        let boosted = params
            .boost(rows, Some(test_rows), &objective, &metrics, None, on)
            .unwrap();
        let of = |data: &Data, labelled: Labelled<'_>| {
            let margins: Vec<f32> = data
                .records
                .rows()
                .into_iter()
                .flat_map(|row| {
                    let row = row.to_vec();
                    (0..objective.n_outputs())
                        .map(|k| margin(&boosted, k, &row))
                        .collect::<Vec<_>>()
                })
                .collect();
            let mut buffer = Vec::new();
            metrics[0].evaluate(
                &objective,
                objective.predictions(&margins, &mut buffer),
                labelled,
            )
        };
        let last = boosted.evaluations.last().unwrap();
        assert_eq!(of(&train, rows.labelled), last.train[0], "{name}");
        assert_eq!(of(&test, test_rows.labelled), last.validation[0], "{name}");
    }
}

#[test]
fn order_of_rows_and_threads_make_no_difference() {
    let n = 3_000;
    for (name, kind) in [
        ("count:poisson", "count"),
        ("multi:softmax", "classes"),
        ("reg:absoluteerror", "real"),
    ] {
        let mut params = Params {
            subsample: 0.6,
            num_parallel_tree: 2,
            ..params(3)
        };
        params.tree.colsample_bynode = 0.5;
        let one = boost(&params, &Data::new(0..n), name, kind);
        assert!(one.trees.iter().all(|nodes| nodes.len() > 3));
        for (threads, step) in [(1, 7), (2, 1_001), (7, 2_999)] {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            let data = Data::new((0..n).map(|i| i * step % n));
            let other = pool.install(|| boost(&params, &data, name, kind));
            assert_eq!(one, other, "{name}, {threads} threads");
        }
        params.tree.seed = 1;
        assert_ne!(
            one.trees,
            boost(&params, &Data::new(0..n), name, kind).trees
        );
    }
}

#[test]
fn trees_are_in_xgboosts_order() {
    let params = Params {
        num_parallel_tree: 2,
        ..params(2)
    };
    let boosted = boost(&params, &Data::new(0..100), "multi:softprob", "classes");
    assert_eq!(boosted.tree_info, [0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2]);
    // Without sampling, parallel trees are the same tree, with half of eta each.
    assert_eq!(boosted.trees[0], boosted.trees[1]);
}

/// As a file has it.
fn from_file(boosted: &Boosted) -> Boosted {
    let mut boosted = Boosted {
        base_margins: Vec::new(),
        ..boosted.clone()
    };
    for node in boosted.trees.iter_mut().flatten() {
        node.n_rows = 0;
        if let Some(Split { bin, .. }) = &mut node.split {
            *bin = 0;
        }
    }
    boosted
}

#[test]
fn a_resumed_training_gives_the_same_model() {
    let data = Data::new(0..500);
    for (name, kind) in [("reg:squarederror", "real"), ("multi:softprob", "classes")] {
        let with = |num_round| Params {
            subsample: 0.7,
            ..params(num_round)
        };
        let straight = boost(&with(7), &data, name, kind);
        let first = boost(&with(3), &data, name, kind);
        let resumed = boost_from(&with(7), &data, name, kind, Some(from_file(&first)));
        assert_eq!(from_file(&resumed), from_file(&straight));
        let again = boost_from(&with(7), &data, name, kind, Some(resumed.clone()));
        assert_eq!(again, resumed);
    }
}

#[test]
fn a_model_of_other_data_is_not_resumed() {
    let data = Data::new(0..500);
    let bins = Bins::new(data.records.view(), 256);
    let labels = data.labels("real");
    let resume = |boosted: Boosted| {
        let rows = Rows {
            bins: &bins,
            labelled: Labelled {
                labels: &labels,
                weights: None,
            },
        };
        let on = &mut |_: &Boosted| ControlFlow::Continue(());
        let objective = objective("reg:squarederror", 1.0);
        params(4)
            .boost(rows, None, &objective, &[], Some(boosted), on)
            .map(|_| ())
    };
    let good = boost(&params(2), &data, "reg:squarederror", "real");
    assert_eq!(resume(good.clone()), Ok(()));
    let broken = |change: &dyn Fn(&mut Split)| {
        let mut boosted = good.clone();
        change(boosted.trees[1][0].split.as_mut().unwrap());
        resume(boosted).unwrap_err().to_string()
    };
    for sentence in [
        broken(&|split| split.threshold += 0.25),
        broken(&|split| split.feature = 4),
        broken(&|split| split.left = 0),
        broken(&|split| split.right = 1_000),
    ] {
        assert_eq!(
            sentence,
            "the model to resume was trained on other data: node 0 of tree 1 is not of these rows"
        );
    }
    let mut boosted = good.clone();
    boosted.tree_info[1] = 1;
    assert!(
        resume(boosted)
            .unwrap_err()
            .to_string()
            .starts_with("the model to resume has 2 trees")
    );
}

/// Validation rows whose labels are noise, so that the loss rises at some time.
fn with_validation(params: &Params, metrics: &[&str]) -> Boosted {
    let (train, test) = (Data::new(0..200), Data::new(1_000..1_100));
    let bins = Bins::new(train.records.view(), 256);
    let test_bins = bins.like(test.records.view());
    let (labels, test_labels) = (train.labels("binary"), test.labels("binary"));
    let metrics: Vec<Metric> = metrics
        .iter()
        .map(|name| Metric::new(name).unwrap())
        .collect();
    let rows = Rows {
        bins: &bins,
        labelled: Labelled {
            labels: &labels,
            weights: None,
        },
    };
    let validation = Rows {
        bins: &test_bins,
        labelled: Labelled {
            labels: &test_labels,
            weights: None,
        },
    };
    let objective = objective("binary:logistic", 1.0);
    let on = &mut |_: &Boosted| ControlFlow::Continue(());
    params
        .boost(rows, Some(validation), &objective, &metrics, None, on)
        .unwrap()
}

#[test]
fn stops_early_and_keeps_the_best_round() {
    for metrics in [["auc", "logloss"], ["logloss", "auc"]] {
        let all = with_validation(&params(60), &metrics);
        assert_eq!((all.best_iteration, all.trees.len()), (None, 60));
        let values = all.evaluations.iter().map(|e| e.validation[1]);
        let values: Vec<f64> = if metrics[1] == "auc" {
            values.map(|v| -v).collect()
        } else {
            values.collect()
        };
        // The first round after which nothing is better for four rounds.
        let best = (0..56)
            .find(|&i| {
                values[i + 1..=i + 4].iter().all(|&v| v >= values[i])
                    && values[..i].iter().all(|&v| v > values[i])
            })
            .unwrap();
        let stopped = with_validation(
            &Params {
                early_stopping_rounds: Some(4),
                ..params(60)
            },
            &metrics,
        );
        assert_eq!(stopped.best_iteration, Some(best), "{metrics:?}");
        assert_eq!(stopped.trees, all.trees[..=best]);
        assert_eq!(stopped.tree_info.len(), best + 1);
        assert_eq!(stopped.evaluations, all.evaluations[..=best + 4]);
    }
}

#[test]
fn is_cut_to_the_best_round_also_if_it_never_stopped() {
    let kept = with_validation(
        &Params {
            early_stopping_rounds: Some(1_000),
            ..params(60)
        },
        &["logloss"],
    );
    assert_eq!(kept.evaluations.len(), 60);
    assert_eq!(kept.trees.len(), kept.best_iteration.unwrap() + 1);
    assert!(kept.trees.len() < 60);
}

#[test]
fn an_observer_sees_each_round_and_ends_the_training() {
    let data = Data::new(0..100);
    let bins = Bins::new(data.records.view(), 256);
    let labels = data.labels("real");
    let rows = Rows {
        bins: &bins,
        labelled: Labelled {
            labels: &labels,
            weights: None,
        },
    };
    let mut seen = Vec::new();
    let on = &mut |boosted: &Boosted| {
        seen.push((
            boosted.trees.len(),
            boosted.evaluations.last().unwrap().round,
        ));
        if seen.len() == 3 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let objective = objective("reg:squarederror", 1.0);
    let boosted = params(10)
        .boost(rows, None, &objective, &metric("rmse"), None, on)
        .unwrap();
    assert_eq!(seen, [(1, 0), (2, 1), (3, 2)]);
    assert_eq!(boosted.trees.len(), 3);
}

#[test]
fn what_can_not_be_trained_is_refused() {
    let data = Data::new(0..20);
    let bins = Bins::new(data.records.view(), 256);
    let labels = data.labels("real");
    let refused = |params: &Params, name: &str, weights: Option<&[f32]>, of: &str| {
        let rows = Rows {
            bins: &bins,
            labelled: Labelled {
                labels: &labels,
                weights,
            },
        };
        let on = &mut |_: &Boosted| ControlFlow::Continue(());
        let boosted = params.boost(rows, None, &objective(name, 1.0), &metric(of), None, on);
        boosted.unwrap_err().to_string()
    };
    let plain = params(1);
    assert_eq!(
        refused(&plain, "binary:logistic", None, "logloss"),
        "label must be in (0, 1) for logistic regression"
    );
    assert_eq!(
        refused(&plain, "reg:squarederror", Some(&[0.0; 20]), "rmse"),
        "the weights of the train rows sum to 0, expected one above 0"
    );
    assert!(refused(&plain, "reg:squarederror", None, "mlogloss").starts_with("Metric 'mlogloss'"));
    for weight in [-1.0, f32::NAN, f32::INFINITY] {
        let mut weights = [1.0; 20];
        weights[7] = weight;
        let sentence = refused(&plain, "reg:squarederror", Some(&weights), "rmse");
        assert_eq!(sentence, "Weights must be positive values.");
    }
    let stopping = Params {
        early_stopping_rounds: Some(3),
        ..params(1)
    };
    assert_eq!(
        refused(&stopping, "reg:squarederror", None, "rmse"),
        "early_stopping_rounds needs a validation channel and a metric"
    );
}
