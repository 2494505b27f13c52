//! Fits a learner to a table and prints how long that took and how well its model does; a tool for comparisons.
//!
//! `fit ALGORITHM [KEY=VALUE ...] TRAIN [TEST]`: files are raw little-endian float32, the label in the first column.
//! Keys are the hyperparameters of the algorithm, and besides:
//!
//! - `columns=N`: fields a row, with the label; needed
//! - `numbers=1`: the labels are numbers, not classes
//! - `threads=N`
//! - `repeat=N`: how often the model is fitted

use std::{collections::BTreeMap, error::Error, fs, time::Instant};

use algorithm::{
    Data, Features, Labels, Learner, Predictor, Rows, Scores, Settings, Table, Target,
};
use learners::{DecisionTree, ExtraTrees, RandomForest};
use ndarray::{Array2, Axis, ShapeBuilder, Slice};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const OWN: [&str; 4] = ["columns", "numbers", "threads", "repeat"];

static LEARNERS: [&dyn Learner; 3] = [&DecisionTree, &RandomForest, &ExtraTrees];

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments
        .next()
        .ok_or("usage: fit ALGORITHM [KEY=VALUE ...] TRAIN [TEST]")?;
    let learner = LEARNERS
        .iter()
        .find(|learner| learner.name() == name)
        .ok_or("no such algorithm")?;
    let arguments: Vec<String> = arguments.collect();
    let pairs = arguments.iter().filter_map(|a| a.split_once('='));
    let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let (own, hyperparameters): (BTreeMap<_, _>, BTreeMap<_, _>) =
        pairs.partition(|(key, _)| OWN.contains(&key.as_str()));
    let settings = Settings::parse(&[learner.parameters()], &hyperparameters)?;
    if let Some(threads) = own.get("threads") {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads.parse()?)
            .build_global()?;
    }
    let columns: usize = own.get("columns").ok_or("columns=N is missing")?.parse()?;
    let is_numbers = own.contains_key("numbers");
    let files: Vec<&String> = arguments.iter().filter(|a| !a.contains('=')).collect();
    let (train, test) = match files[..] {
        [train] => (train, None),
        [train, test] => (train, Some(read(test, columns, is_numbers)?)),
        _ => return Err("expected TRAIN and, if the model is to be scored, TEST".into()),
    };
    let train = read(train, columns, is_numbers)?;
    let repeat: usize = own.get("repeat").map_or(Ok(1), |n| n.parse())?;
    for _ in 0..repeat {
        let start = Instant::now();
        let fitted = learner.fit(
            Data {
                train: &train,
                validation: None,
            },
            &settings,
            &(),
        )?;
        println!("fit {:.4}", start.elapsed().as_secs_f64());
        let figures = fitted
            .figures
            .figures
            .iter()
            .map(|figure| format!("{}={}", figure.name, figure.value));
        println!(
            "{} file={}",
            figures.collect::<Vec<_>>().join(" "),
            fitted.file.len()
        );
        println!("own {:?}", fitted.metrics);
        if let Some(test) = &test {
            let model = (fitted.format.load)(&fitted.file)?;
            score(&*model, test)?;
        }
    }
    Ok(())
}

fn score(model: &dyn Predictor, table: &Table) -> Result<()> {
    let rows: Vec<f32> = table.records.iter().copied().collect();
    let mut scores = Scores::new();
    model.predict(Rows::F32(&rows), &mut scores)?;
    let n = table.n_rows() as f64;
    match &table.target {
        Target::Classes { of_row, .. } => {
            let right = scores
                .labels()
                .iter()
                .zip(of_row)
                .filter(|(label, class)| **label as usize == **class)
                .count();
            let p = |row: usize, class: usize| {
                f64::from(scores.row(row).map_or(0.0, |values| values[class]))
            };
            let loss: f64 = (0..table.n_rows())
                .map(|row| -p(row, of_row[row]).max(1e-15).ln())
                .sum();
            println!("accuracy {:.5} logloss {:.5}", right as f64 / n, loss / n);
        }
        Target::Numbers(numbers) => {
            let mean = numbers.iter().map(|y| f64::from(*y)).sum::<f64>() / n;
            let square = |difference: f64| difference * difference;
            let residual: f64 = numbers
                .iter()
                .zip(scores.values())
                .map(|(y, f)| square(f64::from(*y) - f64::from(*f)))
                .sum();
            let total: f64 = numbers.iter().map(|y| square(f64::from(*y) - mean)).sum();
            println!(
                "r2 {:.5} rmse {:.5}",
                1.0 - residual / total,
                (residual / n).sqrt()
            );
        }
        Target::None => {}
    }
    Ok(())
}

fn read(file: &str, columns: usize, is_numbers: bool) -> Result<Table> {
    let bytes = fs::read(file)?;
    let (chunks, _) = bytes.as_chunks::<4>();
    let fields: Vec<f32> = chunks
        .iter()
        .map(|chunk| f32::from_le_bytes(*chunk))
        .collect();
    let rows = Array2::from_shape_vec((fields.len() / columns, columns), fields)?;
    let mut records = Array2::zeros((rows.nrows(), columns - 1).f());
    records.assign(&rows.slice_axis(Axis(1), Slice::from(1..)));
    let labels = rows.column(0);
    let target = if is_numbers {
        Target::Numbers(labels.to_owned())
    } else {
        let n = labels.iter().fold(0, |n, label| n.max(*label as i64 + 1));
        Target::Classes {
            labels: Labels::Integers((0..n).collect()),
            of_row: labels.mapv(|label| label as usize),
        }
    };
    Ok(Table {
        records,
        target,
        weights: None,
        features: Features::unnamed(columns - 1),
        absent: None,
    })
}
