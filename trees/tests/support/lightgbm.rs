//! The corpus of LightGBM's files; tests/lightgbm/README.md says how it is written.

use std::{fs, path::Path};

/// The newest version in the corpus.
pub(crate) const NEWEST: &str = "4.7.0";

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
