//! The corpus; README.md says how it is written.

use std::{fs, path::Path};

use algorithm::{Predictor, Rows, Scores};
use trees::LIGHTGBM;

/// The newest version in the corpus.
const NEWEST: &str = "4.7.0";

/// What the parts of a file of answers begin with.
const TITLES: [&str; 5] = ["rows", "values", "raw", "leaves", "contributions"];

/// A model file, and what its library says about some rows.
pub(crate) struct Case {
    /// `4.7.0/binary`
    pub(crate) name: String,
    pub(crate) file: Vec<u8>,
    pub(crate) rows: Vec<Vec<f64>>,
    pub(crate) values: Vec<Vec<f64>>,
    pub(crate) raw_scores: Vec<Vec<f64>>,
    pub(crate) leaves: Vec<Vec<u32>>,
    /// For each raw score one number a feature and the bias; none if the library gives none.
    pub(crate) contributions: Vec<Vec<f64>>,
}

impl Case {
    /// All files, in the order of their names.
    pub(crate) fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lightgbm");
        let mut paths: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|version| version.unwrap().path())
            .filter(|path| path.is_dir())
            .flat_map(|version| fs::read_dir(version).unwrap())
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
            .collect();
        paths.sort();
        paths.iter().map(|path| Self::read(path)).collect()
    }

    fn read(path: &Path) -> Self {
        let answers = fs::read_to_string(path.with_extension("csv")).unwrap();
        let version = path.parent().unwrap().file_name().unwrap();
        let name = path.file_stem().unwrap();
        let section = |title: &str| -> Vec<&str> {
            let lines = answers.lines().skip_while(|line| *line != title).skip(1);
            lines.take_while(|line| !TITLES.contains(line)).collect()
        };
        let floats = |title| {
            let lines = section(title).into_iter();
            let numbers = |line: &str| line.split(',').map(|n| n.parse().unwrap()).collect();
            lines.map(numbers).collect()
        };
        let integers = |line: &str| line.split(',').map(|n| n.parse().unwrap()).collect();
        Self {
            name: format!("{}/{}", version.display(), name.display()),
            file: fs::read(path).unwrap(),
            rows: floats("rows"),
            values: floats("values"),
            raw_scores: floats("raw"),
            leaves: section("leaves").into_iter().map(integers).collect(),
            contributions: floats("contributions"),
        }
    }
}

pub(crate) fn load(file: &[u8]) -> Result<Box<dyn Predictor>, String> {
    (LIGHTGBM.load)(file).map_err(|error| error.to_string())
}

/// What a model says about some rows.
#[derive(Debug)]
pub(crate) struct Answers {
    pub(crate) labels: Vec<u32>,
    pub(crate) values: Vec<f64>,
    pub(crate) raw_scores: Vec<f64>,
    pub(crate) leaves: Vec<u32>,
}

pub(crate) fn answers(model: &dyn Predictor, rows: &[f64]) -> Answers {
    let mut scores = Scores::new();
    model.predict(Rows::F64(rows), &mut scores).unwrap();
    let mut answers = Answers {
        labels: scores.labels().to_vec(),
        values: scores.doubles().to_vec(),
        raw_scores: Vec::new(),
        leaves: Vec::new(),
    };
    model
        .raw_scores(Rows::F64(rows), &mut answers.raw_scores)
        .unwrap();
    model.leaves(Rows::F64(rows), &mut answers.leaves).unwrap();
    answers
}

impl Answers {
    /// Those of row `i` of `n`.
    pub(crate) fn row(&self, i: usize, n: usize) -> Self {
        fn part<T: Copy>(all: &[T], i: usize, n: usize) -> Vec<T> {
            let width = all.len() / n;
            all[i * width..(i + 1) * width].to_vec()
        }
        Self {
            labels: part(&self.labels, i, n),
            values: part(&self.values, i, n),
            raw_scores: part(&self.raw_scores, i, n),
            leaves: part(&self.leaves, i, n),
        }
    }
}

/// A case of the newest version.
pub(crate) fn newest(name: &str) -> Case {
    let name = format!("{NEWEST}/{name}");
    let case = Case::all().into_iter().find(|case| case.name == name);
    case.unwrap_or_else(|| panic!("no file {name}"))
}
