//! Times plain boosting on the histogram engine, to be compared with other libraries on the same files.
//!
//! ```sh
//! boost_bench ROWS.f32 TARGETS.f32 N_FEATURES N_TRAIN squared|logistic ROUNDS ETA MAX_DEPTH MAX_LEAVES THREADS
//! ```
//!
//! The files hold little-endian float32 values, the rows one after another; NaN is missing. The first
//! `N_TRAIN` rows are trained on, the loss of the rest is printed. `MAX_LEAVES` other than 0 grows by loss.

use std::{env, error::Error, fs, process, str::FromStr, time::Instant};

use learners::{
    bins::Bins,
    histogram::{GradientPair, GrowPolicy, Params, grow},
};
use ndarray::{Array2, Axis};
use rayon::prelude::*;

fn main() {
    if let Err(error) = run() {
        eprintln!("{error}");
        process::exit(2);
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let argument = |at: usize| {
        arguments
            .get(at)
            .map(String::as_str)
            .ok_or("expected 10 arguments")
    };
    let n_features = parse(argument(2)?)?;
    let n_train = parse(argument(3)?)?;
    let logistic = argument(4)? == "logistic";
    let rounds: u64 = parse(argument(5)?)?;
    let max_leaves = parse(argument(8)?)?;
    let params = Params {
        eta: parse(argument(6)?)?,
        max_depth: parse(argument(7)?)?,
        max_leaves,
        grow_policy: match max_leaves {
            0 => GrowPolicy::Depthwise,
            _ => GrowPolicy::Lossguide,
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

    let start = Instant::now();
    let bins = Bins::new(train, 256);
    let binned = start.elapsed();
    let mean = y.iter().map(|&y| f64::from(y)).sum::<f64>() / n_train as f64;
    let base = if logistic {
        (mean / (1.0 - mean)).ln()
    } else {
        mean
    } as f32;
    let mut scores = vec![base; n_train];
    let mut gradients = vec![GradientPair::default(); n_train];
    let mut trees = Vec::new();
    for round in 0..rounds {
        gradients
            .par_chunks_mut(1 << 14)
            .zip(scores.par_chunks(1 << 14))
            .zip(y.par_chunks(1 << 14))
            .for_each(|((gradients, scores), y)| {
                for ((pair, &score), &y) in gradients.iter_mut().zip(scores).zip(y) {
                    *pair = if logistic {
                        let p = 1.0 / (1.0 + (-score).exp());
                        GradientPair {
                            g: p - y,
                            h: (p * (1.0 - p)).max(1e-16),
                        }
                    } else {
                        GradientPair {
                            g: score - y,
                            h: 1.0,
                        }
                    };
                }
            });
        let grown = grow(&bins, &gradients, None, &params, round);
        for (leaf, rows) in grown.leaves() {
            let weight = grown.nodes[leaf].weight;
            rows.iter().for_each(|&row| scores[row as usize] += weight);
        }
        trees.push(grown.nodes);
    }
    let fitted = start.elapsed();
    let loss: f64 = test
        .axis_iter(Axis(0))
        .zip(test_y)
        .map(|(row, &y)| {
            let score = trees.iter().fold(f64::from(base), |score, nodes| {
                let mut at = 0;
                while let Some(split) = &nodes[at].split {
                    let x = row[split.feature as usize];
                    let left = x <= split.threshold || (x.is_nan() && split.missing_goes_left);
                    at = if left { split.left } else { split.right } as usize;
                }
                score + f64::from(nodes[at].weight)
            });
            match logistic {
                true => (1.0 + (if y > 0.5 { -score } else { score }).exp()).ln(),
                false => (score - f64::from(y)).powi(2),
            }
        })
        .sum::<f64>()
        / test_y.len().max(1) as f64;
    let loss = if logistic { loss } else { loss.sqrt() };
    let leaves: usize = trees
        .iter()
        .flatten()
        .filter(|node| node.split.is_none())
        .count();
    println!(
        "bins {:.3} s, all {:.3} s, {} leaves, held-out {} {loss:.6}",
        binned.as_secs_f64(),
        fitted.as_secs_f64(),
        leaves,
        if logistic { "logloss" } else { "rmse" },
    );
    Ok(())
}

fn parse<T: FromStr<Err: Error + 'static>>(text: &str) -> Result<T, Box<dyn Error>> {
    Ok(text.parse()?)
}

fn floats(path: &str) -> Result<Vec<f32>, Box<dyn Error>> {
    let bytes = fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    let (values, _) = bytes.as_chunks();
    Ok(values
        .iter()
        .map(|&value| f32::from_le_bytes(value))
        .collect())
}
