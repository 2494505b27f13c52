//! LightGBM's own files, of six versions of the library, against its own answers.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

use std::{fs, path::Path};

use algorithm::{Labels, ModelFormat, Output, Predictor, Rows, Scores, Values};
use trees::LIGHTGBM;

#[path = "support/lightgbm.rs"]
mod corpus;

use corpus::Case;

/// Largest difference from the library's own answer, relative to the larger of it and 1.
const TOLERANCE: f64 = 1e-12;

/// The same of a contribution, relative to the file's largest: its answers have 9 digits.
const CONTRIBUTION_TOLERANCE: f64 = 1e-8;

fn load(file: &[u8]) -> Result<Box<dyn Predictor>, String> {
    (LIGHTGBM.load)(file).map_err(|error| error.to_string())
}

fn looks_like_lightgbm(head: &[u8]) -> bool {
    ModelFormat::of_file(&[LIGHTGBM], "any", head).is_some()
}

#[test]
fn answers_are_the_librarys_own() {
    let cases = Case::all();
    assert!(cases.len() >= 250, "only {} files", cases.len());
    let mut failures = Vec::new();
    for case in &cases {
        assert!(looks_like_lightgbm(&case.file), "{}", case.name);
        let checked = load(&case.file).and_then(|model| check(&*model, case));
        if let Err(error) = checked {
            failures.push(format!("{}: {error}", case.name));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Compares the rows all at once and one by one.
fn check(model: &dyn Predictor, case: &Case) -> Result<(), String> {
    let signature = model.signature();
    let n_features = case.rows[0].len();
    assert_eq!(signature.features.len(), n_features);
    assert!(signature.is_double && signature.takes_missing);
    let all = case.rows.concat();
    let batch = answers(model, &all);
    for (i, row) in case.rows.iter().enumerate() {
        let alone = answers(model, row);
        let in_batch = batch.row(i, case.rows.len());
        if format!("{alone:?}") != format!("{in_batch:?}") {
            return Err(format!(
                "row {i}: {alone:?} alone, {in_batch:?} in the batch"
            ));
        }
        let expected = &case.values[i];
        let values = match &signature.output {
            // The library gives a binary classifier's class 1 alone.
            Output::Classes(_) if expected.len() == 1 => {
                close(alone.values[0], 1.0 - expected[0]).map_err(|e| format!("row {i}: {e}"))?;
                &alone.values[1..]
            }
            _ => &alone.values[..],
        };
        for (what, found, expected) in [
            ("values", values, expected),
            ("raw scores", &alone.raw_scores, &case.raw_scores[i]),
        ] {
            if found.len() != expected.len() {
                return Err(format!("row {i}: {what}: {found:?}, expected {expected:?}"));
            }
            for (found, expected) in found.iter().zip(expected) {
                close(*found, *expected).map_err(|e| format!("row {i}: {what}: {e}"))?;
            }
        }
        if let Output::Classes(_) = signature.output {
            assert_eq!(signature.values, Values::Probabilities);
            let mut best = 0;
            for (class, value) in alone.values.iter().enumerate() {
                if *value > alone.values[best] {
                    best = class;
                }
            }
            assert_eq!(alone.labels, [best as u32]);
        } else {
            assert!(alone.labels.is_empty());
        }
        if alone.leaves != case.leaves[i] {
            return Err(format!(
                "row {i}: leaves {:?}, expected {:?}",
                alone.leaves, case.leaves[i]
            ));
        }
    }
    Ok(())
}

fn close(found: f64, expected: f64) -> Result<(), String> {
    let is_close = (found - expected).abs() <= TOLERANCE * expected.abs().max(1.0);
    if is_close || found == expected || (found.is_nan() && expected.is_nan()) {
        return Ok(());
    }
    Err(format!("{found}, expected {expected}"))
}

/// LightGBM's `pred_contrib`, of every model that it explains: all but those with linear trees.
#[test]
fn contributions_are_the_librarys_own() {
    let mut explained = 0;
    for case in Case::all() {
        let model = load(&case.file).unwrap();
        let rows = case.rows.concat();
        let mut contributions = Vec::new();
        let answer = model.contributions(Rows::F64(&rows), &mut contributions);
        assert_eq!(
            answer.is_ok(),
            !case.contributions.is_empty(),
            "{}",
            case.name
        );
        let expected = case.contributions.concat();
        assert_eq!(contributions.len(), expected.len(), "{}", case.name);
        let largest = expected
            .iter()
            .fold(0.0_f64, |most, value| most.max(value.abs()));
        for (i, (found, expected)) in contributions.iter().zip(&expected).enumerate() {
            assert!(
                (found - expected).abs() <= CONTRIBUTION_TOLERANCE * largest,
                "{}: {i}: {found}, expected {expected}",
                case.name
            );
        }
        explained += usize::from(answer.is_ok());
    }
    assert!(explained >= 250, "only {explained} files");
}

/// What a model says about some rows.
#[derive(Debug)]
struct Answers {
    labels: Vec<u32>,
    values: Vec<f64>,
    raw_scores: Vec<f64>,
    leaves: Vec<u32>,
}

fn answers(model: &dyn Predictor, rows: &[f64]) -> Answers {
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
    fn row(&self, i: usize, n: usize) -> Self {
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

/// The name of the objective as the file has it, the labels, and the features' names.
#[test]
fn a_signature_says_what_the_file_says() {
    for (name, objective, classes, raw_scores) in [
        ("binary_sigmoid", Some("binary"), Some(2), 1),
        ("multiclass", Some("multiclass"), Some(3), 3),
        ("multiclassova", Some("multiclassova"), Some(3), 3),
        ("cross_entropy", Some("cross_entropy"), None, 1),
        ("sqrt", Some("regression"), None, 1),
        ("custom_three", None, None, 3),
        ("linear_multiclass", Some("multiclass"), Some(3), 3),
    ] {
        let model = load(&file(name)).unwrap();
        let signature = model.signature();
        assert_eq!(signature.objective.as_deref(), objective, "{name}");
        let labels = classes.map(|n| Labels::Integers((0..n).collect()));
        assert_eq!(signature.labels(), labels.as_ref(), "{name}");
        assert_eq!(signature.raw_scores, raw_scores, "{name}");
        assert!(!signature.gives_path, "{name}");
    }
    let named = load(&file("names")).unwrap();
    assert_eq!(
        named.signature().features.names(),
        ["a=b", "Tree=1", "naïve", "end"]
    );
}

/// A file of the newest version.
fn file(name: &str) -> Vec<u8> {
    let cases = Case::all();
    let name = format!("{}/{name}", corpus::NEWEST);
    let case = cases.into_iter().find(|case| case.name == name);
    case.unwrap_or_else(|| panic!("no file {name}")).file
}

/// What happens to files on their way: none of it changes an answer.
#[test]
fn copies_that_editors_and_scripts_change() {
    let original = String::from_utf8(file("names")).unwrap();
    let without = |key: &str| {
        let lines = original.lines().filter(|line| !line.starts_with(key));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    let (trees, _) = original.split_once("end of trees").unwrap();
    let bare = original.replace("\n\n\n", "\n\n");
    let (expected, rows) = {
        let case = Case::all()
            .into_iter()
            .find(|case| case.name == format!("{}/names", corpus::NEWEST))
            .unwrap();
        let rows = case.rows.concat();
        (answers(&*load(&case.file).unwrap(), &rows), rows)
    };
    for copy in [
        original.replace('\n', "\r\n"),
        format!("\u{feff}{original}"),
        without("tree_sizes"),
        without("end of trees"),
        trees.to_owned(),
        trees.trim_end().to_owned(),
        bare,
    ] {
        assert!(looks_like_lightgbm(copy.as_bytes()));
        let model = load(copy.as_bytes()).unwrap();
        assert_eq!(
            format!("{:?}", answers(&*model, &rows)),
            format!("{expected:?}")
        );
    }
}

/// Whatever a file loses at its end, short of the last tree's last line, is noticed.
#[test]
fn truncated_files_are_refused() {
    for name in ["names", "linear", "categorical"] {
        let file = file(name);
        let text = String::from_utf8(file.clone()).unwrap();
        let whole = text.rfind("shrinkage=").unwrap();
        for end in 0..whole {
            let error = load(&file[..end]).err();
            assert!(error.is_some(), "{name}: {end} of {} bytes", file.len());
        }
    }
}

#[test]
fn other_files_are_no_lightgbm_models() {
    for bytes in [
        &b""[..],
        b"tree",
        b"tree\n",
        b"tree\nversion",
        b"trees\nversion=v4\n",
        b"\ntree\nversion=v4\n",
        b"# a tree\n",
        b"{\"tree\": 1}",
        b"\x08\x07",
    ] {
        assert!(!looks_like_lightgbm(bytes));
        let error = load(bytes).err().unwrap();
        assert!(error.starts_with("not a LightGBM model file: "), "{error}");
    }
    assert!(looks_like_lightgbm(b"tree\r\nversion=v9\r\n"));
}

/// A place, what was found there and what is allowed.
#[test]
fn errors_name_the_place() {
    let numbers = String::from_utf8(file("regression")).unwrap();
    let sets = String::from_utf8(file("categorical")).unwrap();
    let linear = String::from_utf8(file("linear")).unwrap();
    let edit = |text: &str, tree: usize, key: &str, value: &str| {
        let at = match tree {
            usize::MAX => 0,
            tree => text.find(&format!("\nTree={tree}\n")).unwrap(),
        };
        let start = at + text[at..].find(&format!("\n{key}=")).unwrap() + 1;
        let end = start + text[start..].find('\n').unwrap();
        format!("{}{value}{}", &text[..start], &text[end..])
    };
    let head = usize::MAX;
    for (text, tree, key, line, expected) in [
        (
            &numbers,
            head,
            "version",
            "version=v5",
            "unsupported LightGBM model: version: found `v5`, supported are v2, v3 and v4",
        ),
        (
            &numbers,
            head,
            "max_feature_idx",
            "",
            "invalid LightGBM model: max_feature_idx: the line is missing",
        ),
        (
            &numbers,
            head,
            "max_feature_idx",
            "max_feature_idx=2000000000",
            "invalid LightGBM model: feature_names: found 4, expected 2000000001, as max_feature_idx says",
        ),
        (
            &numbers,
            head,
            "max_feature_idx",
            "max_feature_idx=-1",
            "invalid LightGBM model: max_feature_idx: found `-1`, allowed are 0 to 2147483646",
        ),
        (
            &numbers,
            head,
            "feature_names",
            "",
            "invalid LightGBM model: feature_names: the line is missing",
        ),
        (
            &numbers,
            head,
            "num_tree_per_iteration",
            "num_tree_per_iteration=0",
            "invalid LightGBM model: num_tree_per_iteration: found 0, allowed are numbers from 1",
        ),
        (
            &numbers,
            head,
            "num_tree_per_iteration",
            "num_tree_per_iteration=2",
            "invalid LightGBM model: num_tree_per_iteration: found 2, which does not fit the objective",
        ),
        (
            &numbers,
            head,
            "num_tree_per_iteration",
            "num_tree_per_iteration=2000000000",
            "invalid LightGBM model: found 4 trees, expected a multiple of 2000000000, as num_tree_per_iteration says",
        ),
        (
            &numbers,
            head,
            "objective",
            "objective=pinball",
            "unsupported LightGBM model: objective: found `pinball`, supported are those of LightGBM 2 to 4",
        ),
        (
            &numbers,
            head,
            "objective",
            "objective=binary",
            "invalid LightGBM model: objective: `sigmoid:` is missing",
        ),
        (
            &numbers,
            head,
            "objective",
            "objective=binary sigmoid:-1",
            "invalid LightGBM model: objective: sigmoid: found `-1`, allowed are numbers above 0",
        ),
        (
            &numbers,
            head,
            "tree_sizes",
            "tree_sizes=1 2 3",
            "invalid LightGBM model: found 4 trees, expected 3, as tree_sizes says",
        ),
        (
            &numbers,
            3,
            "num_leaves",
            "n=5",
            "invalid LightGBM model: Tree=3: num_leaves: the line is missing",
        ),
        (
            &numbers,
            3,
            "num_leaves",
            "num_leaves=0",
            "invalid LightGBM model: Tree=3: num_leaves: found 0, allowed are numbers from 1",
        ),
        (
            &numbers,
            3,
            "num_leaves",
            "num_leaves=2000000000",
            "invalid LightGBM model: Tree=3: leaf_value: found 5 numbers, expected 2000000000",
        ),
        (
            &numbers,
            3,
            "leaf_value",
            "leaf_value=1 2 3 4",
            "invalid LightGBM model: Tree=3: leaf_value: found 4 numbers, expected 5",
        ),
        (
            &numbers,
            3,
            "leaf_value",
            "leaf_value=1 2 3 4 5 6",
            "invalid LightGBM model: Tree=3: leaf_value: found more than 5 numbers, expected 5",
        ),
        (
            &numbers,
            3,
            "leaf_value",
            "leaf_value=1 2 3 4 5x",
            "invalid LightGBM model: Tree=3: leaf_value[4]: found `5x`, expected a number",
        ),
        (
            &numbers,
            3,
            "left_child",
            "left_child=-1 2 12 -2",
            "invalid LightGBM model: Tree=3: left_child[2]: found 12, allowed are -5 to 3",
        ),
        (
            &numbers,
            3,
            "left_child",
            "left_child=0 2 3 -1",
            "invalid LightGBM model: Tree=3: left_child[0]: found 0, which is the root or the child of another node",
        ),
        (
            &numbers,
            3,
            "split_feature",
            "split_feature=0 1 4 1",
            "invalid LightGBM model: Tree=3: split_feature[2]: found 4, allowed are 0 to 3",
        ),
        (
            &numbers,
            3,
            "decision_type",
            "decision_type=2 2 2 12",
            "unsupported LightGBM model: Tree=3: decision_type[3]: found 12, supported are 0 to 11",
        ),
        (
            &numbers,
            3,
            "decision_type",
            "decision_type=1 1 1 1",
            "num_cat",
        ),
        (
            &sets,
            0,
            "cat_boundaries",
            "cat_boundaries=0",
            "numbers, expected",
        ),
        (
            &sets,
            0,
            "cat_threshold",
            "cat_threshold=-1",
            "Tree=0: cat_threshold",
        ),
        (
            &linear,
            1,
            "leaf_features",
            "leaf_features=0 9",
            "Tree=1: leaf_features",
        ),
        (
            &linear,
            1,
            "num_features",
            "num_features=99999999 0 0 0 0",
            "Tree=1: num_features[0]: found 99999999, allowed are 0 to 4",
        ),
    ] {
        let error = load(edit(text, tree, key, line).as_bytes()).err().unwrap();
        let fits = if expected.contains("LightGBM") {
            error == expected
        } else {
            error.contains(expected)
        };
        assert!(fits, "{error}\nexpected {expected}");
        assert!(!error.contains('\n'));
    }
}

#[test]
fn the_corpus_is_small() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lightgbm");
    let mut total = 0;
    for version in fs::read_dir(folder).unwrap() {
        let path = version.unwrap().path();
        if path.is_dir() {
            let files = fs::read_dir(path).unwrap();
            total += files
                .map(|f| f.unwrap().metadata().unwrap().len())
                .sum::<u64>();
        }
    }
    assert!(total < 2_200_000, "{total} bytes");
}
