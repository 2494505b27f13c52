//! Grows a tree from a file and prints how long that took and what came out; a tool for comparing the
//! engines.
//!
//! `grow [KEY=VALUE ...] TRAIN [TEST]`: files are CSV with the label, a class index or, with `task=regression`, a
//! number, in the first column.
//! A file named `*.f32` has the same as raw little-endian float32, with `columns=N` fields a row. Keys are
//! the hyperparameters of `decision_tree`, and besides:
//!
//! - `weights=1`: the second column is the weight
//! - `rows=N`: only the first rows
//! - `threads=N`
//! - `repeat=N`: how often the tree is grown
//! - `predict=1`: prints the class or number of each row of TEST
//! - `tree=1`: prints every node

use std::{collections::BTreeMap, error::Error, fs, sync::Arc, time::Instant};

use algorithm::{
    Features, Labels, Learner, Predictor, Rows, Scores, Settings, Table, Target, Task,
};
use learners::{DecisionTree, grow, to_onnx};
use ndarray::{Array2, Axis, ShapeBuilder};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Keys that are no hyperparameters.
const OWN: [&str; 7] = [
    "columns", "weights", "rows", "threads", "repeat", "predict", "tree",
];

/// Rows that are scored at a time.
const BLOCK_ROWS: usize = 4096;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let pairs = arguments.iter().filter_map(|a| a.split_once('='));
    let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let (own, hyperparameters): (BTreeMap<_, _>, BTreeMap<_, _>) =
        pairs.partition(|(key, _)| OWN.contains(&key.as_str()));
    let files: Vec<&String> = arguments.iter().filter(|a| !a.contains('=')).collect();
    let settings = Settings::parse(&[DecisionTree.parameters()], &hyperparameters)?;
    if let Some(threads) = own.get("threads") {
        let threads = threads.parse()?;
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global()?;
    }
    let is_regression = DecisionTree.task(&settings) == Task::Numbers;
    let train = files.first().ok_or("no training file is given")?;
    let train = read(train, &own, is_regression)?;
    let mut tree = None;
    for _ in 0..own.get("repeat").map_or(Ok(1), |n| n.parse())? {
        let start = Instant::now();
        tree = Some(grow(&train, &settings, Arc::default())?);
        println!("fit {:.4}", start.elapsed().as_secs_f64());
    }
    let tree = tree.ok_or("repeat=0: expected a whole number from 1")?;
    println!("leaves {} depth {}", tree.n_leaves(), tree.depth());
    let model = (trees::ONNX.load)(&to_onnx(&tree, &train, &settings)?)?;
    println!("train {:.6}", quality(&answers(&*model, &train)?, &train));
    if let Some(file) = files.get(1) {
        let test = read(file, &own, is_regression)?;
        let answers = answers(&*model, &test)?;
        println!("test {:.6}", quality(&answers, &test));
        if own.contains_key("predict") {
            answers.iter().for_each(|answer| println!("{answer}"));
        }
    }
    if own.contains_key("tree") {
        for node in &tree.nodes {
            match &node.split {
                Some(s) => println!("{} {} {}", s.feature, s.threshold, node.n_node_samples),
                None => println!("leaf {} {:?}", node.n_node_samples, node.targets),
            }
        }
    }
    Ok(())
}

fn read(file: &str, own: &BTreeMap<String, String>, is_regression: bool) -> Result<Table> {
    let (mut values, columns) = if file.ends_with(".f32") {
        let columns = own.get("columns").ok_or("columns=N is missing")?;
        let bytes = fs::read(file)?;
        let (numbers, _) = bytes.as_chunks::<4>();
        let values = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes));
        (values.collect(), columns.parse()?)
    } else {
        read_csv(file)?
    };
    if let Some(rows) = own.get("rows") {
        values.truncate(rows.parse::<usize>()? * columns);
    }
    let all = Array2::from_shape_vec((values.len() / columns, columns), values)?;
    let (weights, first) = if own.contains_key("weights") {
        (Some(all.column(1).to_owned()), 2)
    } else {
        (None, 1)
    };
    let features = all.slice_axis(Axis(1), (first..).into());
    let mut records = Array2::zeros(features.dim().f());
    records.assign(&features);
    let target = if is_regression {
        Target::Numbers(all.column(0).to_owned())
    } else {
        let of_row = all.column(0).mapv(|class| class as usize);
        let n_classes = of_row.iter().max().map_or(0, |class| class + 1);
        Target::Classes {
            labels: Labels::Integers((0..n_classes as i64).collect()),
            of_row,
        }
    };
    Ok(Table {
        features: Features::unnamed(records.ncols()),
        records,
        target,
        weights,
        absent: None,
    })
}

/// All values, row by row, and the number of columns.
fn read_csv(file: &str) -> Result<(Vec<f32>, usize)> {
    let (mut values, mut columns) = (Vec::new(), 0);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_path(file)?;
    for record in reader.records() {
        let record = record?;
        columns = record.len();
        for field in &record {
            values.push(if field.is_empty() {
                f32::NAN
            } else {
                field.parse()?
            });
        }
    }
    Ok((values, columns))
}

/// The class or number that the model gives each row.
fn answers(model: &dyn Predictor, table: &Table) -> Result<Vec<f32>> {
    let mut scores = Scores::new();
    let mut answers = Vec::with_capacity(table.n_rows());
    for block in table.records.axis_chunks_iter(Axis(0), BLOCK_ROWS) {
        let rows: Vec<f32> = block.iter().copied().collect();
        model.predict(Rows::F32(&rows), &mut scores)?;
        match table.target {
            Target::Numbers(_) => answers.extend_from_slice(scores.values()),
            _ => answers.extend(scores.labels().iter().map(|class| *class as f32)),
        }
    }
    Ok(answers)
}

/// Of classes the accuracy, of numbers R2.
fn quality(answers: &[f32], table: &Table) -> f64 {
    match &table.target {
        Target::Classes { of_row, .. } => {
            let pairs = answers.iter().zip(of_row);
            let right = pairs.filter(|(found, class)| **found as usize == **class);
            right.count() as f64 / of_row.len() as f64
        }
        Target::Numbers(numbers) => {
            let numbers = || numbers.iter().map(|number| f64::from(*number));
            let mean = numbers().sum::<f64>() / answers.len() as f64;
            let variation: f64 = numbers().map(|number| (number - mean).powi(2)).sum();
            let errors = numbers().zip(answers);
            let squared: f64 = errors.map(|(y, a)| (y - f64::from(*a)).powi(2)).sum();
            1.0 - squared / variation
        }
        Target::None => unreachable!("a table is read with a target"),
    }
}
