//! Times gradient boosting, to be compared with other libraries on the same files.
//!
//! ```sh
//! boost_bench ROWS.f32 TARGETS.f32 N_FEATURES N_TRAIN OBJECTIVE ROUNDS ETA MAX_DEPTH MAX_LEAVES THREADS [KEY=VALUE ...]
//! ```
//!
//! The files hold little-endian float32 values, the rows one after another; NaN is missing. The first `N_TRAIN` rows
//! are trained on; of the rest the objective's metric is printed. `MAX_LEAVES` other than 0 grows by loss. `OBJECTIVE` is
//! XGBoost's. Keys are `metric` (of the training rows after each round; default none), `num_class`, `subsample`,
//! `num_parallel_tree`, `colsample_bynode`, `seed`, and `parts=1`, which prints what a round's gradients and metric of the
//! training rows take.

use std::{
    collections::BTreeMap, env, error::Error, fs, ops::ControlFlow, process, str::FromStr,
    time::Instant,
};

use learners::{
    bins::Bins,
    boosting::{
        Labelled,
        metric::Metric,
        objective::{Objective, Settings},
        rounds::{Params, Rows},
    },
    histogram::{self, GradientPair, GrowPolicy, leaf_of},
};
use ndarray::{Array2, Axis};

fn main() {
    if let Err(error) = run() {
        eprintln!("{error}");
        process::exit(2);
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let (keys, arguments): (Vec<String>, Vec<String>) = env::args()
        .skip(1)
        .partition(|argument| argument.contains('='));
    let keys: BTreeMap<&str, &str> = keys.iter().filter_map(|key| key.split_once('=')).collect();
    let number = |key, default: f64| keys.get(key).map_or(Ok(default), |value| parse(value));
    let argument = |at: usize| {
        arguments
            .get(at)
            .map(String::as_str)
            .ok_or("expected 10 arguments")
    };
    let n_features = parse(argument(2)?)?;
    let n_train = parse(argument(3)?)?;
    let settings = Settings {
        num_class: number("num_class", 0.0)? as usize,
        ..Settings::default()
    };
    let objective = Objective::new(argument(4)?, &settings).ok_or("unknown objective")?;
    let metrics = match keys.get("metric") {
        None => Vec::new(),
        Some(name) => vec![Metric::new(name).ok_or("unknown metric")?],
    };
    let max_leaves = parse(argument(8)?)?;
    let params = Params {
        num_round: parse(argument(5)?)?,
        subsample: number("subsample", 1.0)?,
        num_parallel_tree: number("num_parallel_tree", 1.0)? as usize,
        tree: histogram::Params {
            eta: parse(argument(6)?)?,
            max_depth: parse(argument(7)?)?,
            max_leaves,
            grow_policy: match max_leaves {
                0 => GrowPolicy::Depthwise,
                _ => GrowPolicy::Lossguide,
            },
            max_delta_step: objective.default_max_delta_step(),
            colsample_bynode: number("colsample_bynode", 1.0)?,
            seed: number("seed", 0.0)? as u64,
            ..histogram::Params::default()
        },
        ..Params::default()
    };
    rayon::ThreadPoolBuilder::new()
        .num_threads(parse(argument(9)?)?)
        .build_global()?;
    let targets = floats(argument(1)?)?;
    let rows = Array2::from_shape_vec((targets.len(), n_features), floats(argument(0)?)?)?;
    let (train, test) = rows.view().split_at(Axis(0), n_train);
    let (y, test_y) = targets.split_at(n_train);
    let labelled = |labels| Labelled {
        labels,
        weights: None,
    };

    let start = Instant::now();
    let bins = Bins::new(train, 256);
    let binned = start.elapsed();
    let train = Rows {
        bins: &bins,
        labelled: labelled(y),
    };
    let boosted = params.boost(train, None, &objective, &metrics, None, &mut |_| {
        ControlFlow::Continue(())
    })?;
    println!("fit {:.4}", start.elapsed().as_secs_f64());
    println!("bins {:.4}", binned.as_secs_f64());
    let leaves = boosted
        .trees
        .iter()
        .flatten()
        .filter(|node| node.split.is_none());
    println!("leaves {}", leaves.count());

    let n_outputs = objective.n_outputs();
    let test_bins = bins.like(test);
    let mut margins = boosted.base_margins.repeat(test_y.len());
    for (nodes, &output) in boosted.trees.iter().zip(&boosted.tree_info) {
        for (row, margins) in margins.chunks_exact_mut(n_outputs).enumerate() {
            margins[output as usize] += nodes[leaf_of(nodes, &test_bins, row)].weight;
        }
    }
    let mut buffer = Vec::new();
    let predictions = objective.predictions(&margins, &mut buffer);
    let metric = Metric::new(&objective.default_metric()).ok_or("unknown metric")?;
    let value = metric.evaluate(&objective, predictions, labelled(test_y));
    println!("held-out {value:.6} {}", metric.name());
    if keys.contains_key("parts") {
        parts(&objective, &metric, labelled(y));
    }
    Ok(())
}

/// Prints the best of ten times of what is done once a round besides growing.
fn parts(objective: &Objective, metric: &Metric, rows: Labelled<'_>) {
    let best = |what: &str, part: &mut dyn FnMut()| {
        let times = (0..10).map(|_| {
            let start = Instant::now();
            part();
            start.elapsed().as_secs_f64() * 1e3
        });
        println!("{what} {:.2} ms", times.fold(f64::INFINITY, f64::min));
    };
    let n = rows.labels.len();
    let margins: Vec<f32> = (0..n * objective.n_outputs())
        .map(|i| (i * 7_919 % 10_007) as f32 / 2_500.0 - 2.0)
        .collect();
    let mut buffer = Vec::new();
    best("predictions", &mut || {
        objective.predictions(&margins, &mut buffer);
    });
    let predictions = objective.predictions(&margins, &mut buffer);
    let mut gradients = vec![GradientPair::default(); n];
    best("gradients", &mut || {
        for output in 0..objective.n_outputs() {
            objective.gradients(rows, &margins, predictions, output, &mut gradients);
        }
    });
    best(metric.name(), &mut || {
        metric.evaluate(objective, predictions, rows);
    });
}

fn parse<T: FromStr<Err: Error + 'static>>(text: &str) -> Result<T, Box<dyn Error>> {
    text.parse()
        .map_err(|error| format!("found {text}: {error}").into())
}

fn floats(path: &str) -> Result<Vec<f32>, Box<dyn Error>> {
    let bytes = fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    let (values, _) = bytes.as_chunks();
    Ok(values
        .iter()
        .map(|&value| f32::from_le_bytes(value))
        .collect())
}
