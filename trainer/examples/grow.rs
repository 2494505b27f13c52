//! Grows a tree from a file and says what came out; a tool for comparing the `exact` engine.
//!
//! `grow [KEY=VALUE ...] TRAIN [TEST]`: files are CSV with the label (a class index) first, or, named
//! `*.f32`, the same as raw little-endian float32 with `columns=N` fields a row. Keys are
//! scikit-learn's hyperparameters, and `weights=1` (the second column is the weight), `threads=N`,
//! `repeat=N`, `rows=N` (the first ones), `engine=linfa` (with default settings), `predict=1` (prints the class of each TEST row), `tree=1` (prints every node).

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::time::Instant;

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_trees::SplitQuality;
use ndarray::{Array1, Array2};
use trainer::exact::{ClassWeight, MaxFeatures, Params, Samples};
use trainer::grow::LinfaEngine;
use trainer::hyperparameters::Hyperparameters;
use trainer::tree::Tree;

type Dataset = DatasetBase<Array2<f32>, Array1<usize>>;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let keys: HashMap<&str, &str> = arguments.iter().filter_map(|a| a.split_once('=')).collect();
    let files: Vec<&String> = arguments.iter().filter(|a| !a.contains('=')).collect();
    if let Some(threads) = keys.get("threads") {
        let threads = threads.parse()?;
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global()?;
    }
    let train = read(files.first().ok_or("no training file is given")?, &keys)?;
    let params = params(&keys)?;
    let mut tree = None;
    for _ in 0..keys.get("repeat").map_or(Ok(1), |n| n.parse())? {
        let start = Instant::now();
        tree = Some(match keys.get("engine") {
            Some(&"linfa") => grow_with_linfa(&train)?,
            _ => params.fit(&train)?,
        });
        println!("fit {:.4}", start.elapsed().as_secs_f64());
    }
    let tree = tree.ok_or("repeat is 0; allowed is a whole number from 1")?;
    println!(
        "leaves {} depth {}",
        tree.nodes.len().div_ceil(2),
        depth(&tree)
    );
    println!("train {:.6}", accuracy(&tree, &train));
    if let Some(file) = files.get(1) {
        let test = read(file, &keys)?;
        println!("test {:.6}", accuracy(&tree, &test));
        if keys.contains_key("predict") {
            test.records
                .outer_iter()
                .for_each(|row| println!("{}", predict(&tree, &row.to_vec())));
        }
    }
    if keys.contains_key("tree") {
        for node in &tree.nodes {
            match &node.split {
                Some(s) => println!("{} {} {}", s.feature, s.threshold, node.n_node_samples),
                None => println!("leaf {} {:?}", node.n_node_samples, node.class_weights),
            }
        }
    }
    Ok(())
}

fn grow_with_linfa(train: &Dataset) -> Result<Tree, Box<dyn Error>> {
    let settings = BTreeMap::from([("engine".to_owned(), "linfa".to_owned())]);
    let settings = Hyperparameters::parse(&settings)?;
    let n_classes = train.targets.iter().max().map_or(0, |class| class + 1);
    Ok(LinfaEngine::new(&settings, train, n_classes)?.fit(train)?)
}

fn read(file: &str, keys: &HashMap<&str, &str>) -> Result<Dataset, Box<dyn Error>> {
    let (mut values, mut columns) = (Vec::new(), 0);
    if file.ends_with(".f32") {
        columns = keys.get("columns").ok_or("columns=N is missing")?.parse()?;
        let bytes = std::fs::read(file)?;
        values.extend(
            bytes
                .as_chunks::<4>()
                .0
                .iter()
                .map(|bytes| f32::from_le_bytes(*bytes)),
        );
    } else {
        for record in csv::ReaderBuilder::new()
            .has_headers(false)
            .from_path(file)?
            .records()
        {
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
    }
    let skip = if keys.contains_key("weights") { 2 } else { 1 };
    if let Some(rows) = keys.get("rows") {
        values.truncate(rows.parse::<usize>()? * columns);
    }
    let all = Array2::from_shape_vec((values.len() / columns, columns), values)?;
    let records = all.slice_axis(ndarray::Axis(1), (skip..).into()).to_owned();
    let classes = all.column(0).mapv(|class| class as usize);
    let dataset = DatasetBase::new(records, classes);
    Ok(match skip {
        2 => dataset.with_weights(all.column(1).to_owned()),
        _ => dataset,
    })
}

fn params(keys: &HashMap<&str, &str>) -> Result<Params, Box<dyn Error>> {
    let samples = |text: &str| -> Result<Samples, Box<dyn Error>> {
        Ok(match text.parse() {
            Ok(count) => Samples::Count(count),
            Err(_) => Samples::Fraction(text.parse()?),
        })
    };
    let mut params = Params::new();
    for (key, value) in keys {
        params = match (*key, *value) {
            ("criterion", "gini") => params.criterion(SplitQuality::Gini),
            ("criterion", "entropy") => params.criterion(SplitQuality::Entropy),
            ("max_depth", v) => params.max_depth(Some(v.parse()?)),
            ("min_samples_split", v) => params.min_samples_split(samples(v)?),
            ("min_samples_leaf", v) => params.min_samples_leaf(samples(v)?),
            ("min_weight_fraction_leaf", v) => params.min_weight_fraction_leaf(v.parse()?),
            ("max_leaf_nodes", v) => params.max_leaf_nodes(Some(v.parse()?)),
            ("max_features", "sqrt") => params.max_features(Some(MaxFeatures::Sqrt)),
            ("max_features", "log2") => params.max_features(Some(MaxFeatures::Log2)),
            ("max_features", v) => params.max_features(Some(match v.parse() {
                Ok(count) => MaxFeatures::Count(count),
                Err(_) => MaxFeatures::Fraction(v.parse()?),
            })),
            ("min_impurity_decrease", v) => params.min_impurity_decrease(v.parse()?),
            ("ccp_alpha", v) => params.ccp_alpha(v.parse()?),
            ("class_weight", "balanced") => params.class_weight(Some(ClassWeight::Balanced)),
            ("random_state", v) => params.random_state(v.parse()?),
            (
                "columns" | "weights" | "threads" | "repeat" | "predict" | "tree" | "rows"
                | "engine",
                _,
            ) => params,
            _ => return Err(format!("{key}={value} is not known").into()),
        };
    }
    Ok(params)
}

fn predict(tree: &Tree, row: &[f32]) -> usize {
    let mut node = &tree.nodes[0];
    while let Some(split) = &node.split {
        let value = row[split.feature];
        let left = if value.is_nan() {
            split.missing_go_to_left
        } else {
            value <= split.threshold
        };
        node = &tree.nodes[if left { split.left } else { split.right }];
    }
    let mut best = (0, 0.0);
    for &(class, weight) in &node.class_weights {
        if weight > best.1 {
            best = (class as usize, weight);
        }
    }
    best.0
}

fn accuracy(tree: &Tree, data: &Dataset) -> f64 {
    let rows = data.records.outer_iter().zip(&data.targets);
    let right = rows
        .filter(|(row, class)| predict(tree, &row.to_vec()) == **class)
        .count();
    right as f64 / data.targets.len() as f64
}

fn depth(tree: &Tree) -> usize {
    let mut depths = vec![0; tree.nodes.len()];
    for (at, node) in tree.nodes.iter().enumerate() {
        if let Some(split) = &node.split {
            depths[split.left] = depths[at] + 1;
            depths[split.right] = depths[at] + 1;
        }
    }
    depths.into_iter().max().unwrap_or(0)
}
