//! Every model of the XGBoost corpus with the library's own answers.
//!
//! The corpus's README.md says how files came to be and how answers are written.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use algorithm::{Contributions, ModelFormat, Output, Predictor, Rows, Scores, Values};
use trees::{Model, XGBOOST};

/// The folder of the models and their answers.
fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/xgboost/models")
}

/// Numbers of an answers file, row by row.
struct Section {
    width: usize,
    values: Vec<f32>,
}

impl Section {
    fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks(self.width)
    }
}

/// The section of a name, if the file has it.
fn section(answers: &str, name: &str) -> Option<Section> {
    let mut lines = answers.lines();
    let head = lines.find(|line| line.starts_with(name))?;
    let [rows, width] = [1, 2].map(|i| head.split(' ').nth(i).unwrap().parse::<usize>().unwrap());
    let fields = lines.take(rows).flat_map(|line| line.split(','));
    let values: Vec<f32> = fields
        .filter(|field| !field.is_empty())
        .map(|field| field.parse().unwrap_or_else(|_| panic!("{field}")))
        .collect();
    assert_eq!(values.len(), rows * width, "{head}");
    Some(Section { width, values })
}

/// The models of the corpus by file name, without those to refuse.
fn models() -> Vec<PathBuf> {
    let files = fs::read_dir(corpus()).unwrap();
    let mut files: Vec<PathBuf> = files.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().unwrap() != "answers");
    files.sort();
    files
}

/// The answers of a model: its own, or those that its formats have in common.
fn answers(model: &Path) -> String {
    let own = PathBuf::from(format!("{}.answers", model.display()));
    fs::read_to_string(own)
        .or_else(|_| fs::read_to_string(model.with_extension("answers")))
        .unwrap_or_else(|error| panic!("{}: {error}", model.display()))
}

fn is_close(found: f32, expected: f32) -> bool {
    found.to_bits() == expected.to_bits()
        || (found - expected).abs() <= 1e-6 * expected.abs()
        || found == expected
}

fn compare(model: &Model, answers: &str) -> Result<(), String> {
    let signature = model.signature();
    let rows = section(answers, "rows").unwrap();
    if rows.width != signature.features.len() {
        return Err(format!("{} features", signature.features.len()));
    }
    let all = Rows::F32(&rows.values);

    let margins = section(answers, "margins").unwrap();
    let mut raw_scores = Vec::new();
    model.raw_scores(all, &mut raw_scores).unwrap();
    for (i, (found, expected)) in raw_scores.iter().zip(&margins.values).enumerate() {
        if (*found as f32).to_bits() != expected.to_bits() {
            return Err(format!("margin {i}: {found}, expected {expected}"));
        }
    }
    if raw_scores.len() != margins.values.len() {
        return Err(format!("{} margins", raw_scores.len()));
    }

    if let Some(expected) = section(answers, "leaves") {
        let mut leaves = Vec::new();
        model.leaves(all, &mut leaves).unwrap();
        let expected: Vec<u32> = expected.values.iter().map(|leaf| *leaf as u32).collect();
        // Without trees XGBoost up to 1.2 answers with zeros or nothing.
        if model.n_trees() > 0 && leaves != expected {
            return Err(format!("leaves {leaves:?}, expected {expected:?}"));
        }
    }

    let mut scores = Scores::new();
    model.predict(all, &mut scores).unwrap();
    let predictions = section(answers, "predictions").unwrap();
    let objective = signature.objective.as_deref().unwrap();
    let is_classifier = matches!(signature.output, Output::Classes(_));
    for (i, expected) in predictions.rows().enumerate() {
        let found = scores.row(i).unwrap();
        let label = scores.labels().get(i).map(|label| *label as f32);
        let margin = margins.rows().nth(i).unwrap();
        let is_right = match (objective, is_classifier) {
            ("binary:logistic", true) => {
                is_close(found[1], expected[0])
                    && found[0] == 1.0 - found[1]
                    && label == Some(if expected[0] > 0.5 { 1.0 } else { 0.0 })
            }
            ("binary:logitraw", true) => {
                found == [-expected[0], expected[0]]
                    && label == Some(if expected[0] > 0.0 { 1.0 } else { 0.0 })
            }
            ("binary:hinge", true) => {
                found == [1.0 - expected[0], expected[0]] && label == Some(expected[0])
            }
            ("multi:softmax", true) => label == Some(expected[0]) && found.len() == margin.len(),
            ("multi:softprob", true) => {
                let best = expected
                    .iter()
                    .fold(f32::MIN, |best, value| value.max(best));
                let pairs = found.iter().zip(expected);
                pairs
                    .into_iter()
                    .all(|(found, expected)| is_close(*found, *expected))
                    && expected[label.unwrap() as usize] == best
            }
            (_, false) => {
                found.len() == expected.len()
                    && found
                        .iter()
                        .zip(expected)
                        .all(|(found, expected)| is_close(*found, *expected))
            }
            _ => false,
        };
        if !is_right {
            return Err(format!(
                "row {i}: {label:?} {found:?}, expected {expected:?}"
            ));
        }
        let probabilities = ["binary:logistic", "multi:softmax", "multi:softprob"];
        let gives = signature.values == Values::Probabilities;
        if gives != (is_classifier && probabilities.contains(&objective)) {
            return Err(format!("{:?} for {objective}", signature.values));
        }
    }
    Ok(())
}

/// Compares the contributions with those of the library.
fn explain(name: &str, model: &Model, answers: &str) -> Result<(), String> {
    // Before 3.2, trees of vectors have no covers; what the library answers for them does not add up to the
    // margin. XGBoost 0.90 leaves the weights of dart's trees out.
    let no_covers = Contributions::Missing("its file has no covers of the nodes");
    let is_of_vectors = name.contains("-vectors");
    if is_of_vectors && model.signature().contributions == no_covers
        || name.starts_with("0.90-") && name.contains("dart")
    {
        return Ok(());
    }
    let Some(expected) = section(answers, "contributions") else {
        return Ok(());
    };
    let rows = section(answers, "rows").unwrap().values;
    compare_contributions(model, Rows::F32(&rows), &expected.values)
}

/// Within 1e-5 of the largest: the library adds up in float32.
fn compare_contributions(model: &Model, rows: Rows<'_>, expected: &[f32]) -> Result<(), String> {
    let mut found = Vec::new();
    let given = model.contributions(rows, &mut found);
    given.map_err(|error| error.to_string())?;
    if found.len() != expected.len() {
        return Err(format!(
            "{} contributions, expected {}",
            found.len(),
            expected.len()
        ));
    }
    let expected = expected.iter().map(|value| f64::from(*value));
    let largest = expected
        .clone()
        .fold(0.0, |largest: f64, value| largest.max(value.abs()));
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        // Infinite where the library's margin is.
        let is_close = (found - expected).abs() <= 1e-5 * largest;
        if !is_close && found.to_bits() != expected.to_bits() {
            return Err(format!(
                "contribution {i}: {found}, expected {expected}, largest {largest}"
            ));
        }
    }
    Ok(())
}

#[test]
fn names_beside_the_model_in_a_pickle_are_read() {
    let names = |file: &str| {
        let path = corpus().join(file);
        let model = Model::load_xgboost(&fs::read(path).unwrap()).unwrap();
        model.signature().features.names().to_vec()
    };
    let expected = names("3.2.0-names.pickle4");
    assert_eq!(expected.len(), 5);
    for file in [
        "1.0.2-names.pickle4",
        "1.1.1-names.pickle2",
        "1.2.1-names.pickle4",
    ] {
        assert_eq!(names(file), expected, "{file}");
    }
    // XGBoost's own names for columns without names are none.
    for protocol in 0..=5 {
        let file = format!("0.90-pickled.pickle{protocol}");
        assert_eq!(names(&file), [""; 0], "{file}");
    }
}

#[test]
fn every_model_answers_as_the_library() {
    let mut wrong = Vec::new();
    let (mut n_models, mut n_refused) = (0, 0);
    for path in models() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let file = fs::read(&path).unwrap();
        let loaded = Model::load_xgboost(&file);
        // Only the oldest binary form has no magic.
        let has_no_magic = name.ends_with(".bin") && !file.starts_with(b"binf");
        assert_eq!(
            ModelFormat::of_file(&[XGBOOST], "any", &file[..60.min(file.len())]).is_some(),
            !has_no_magic && !name.contains("sklearn"),
            "{name}"
        );
        assert_eq!(
            ModelFormat::refusal(&[XGBOOST], &file).is_some(),
            name.contains("sklearn"),
            "{name}"
        );
        if name.contains("-refused-") {
            let message = loaded.unwrap_err().to_string();
            println!("{name}: {message}");
            let expected = if name.contains("sklearn") {
                "unsupported XGBoost model: found a pickle of `xgboost.sklearn.XGBClassifier`, supported are those of \
                 `xgboost.core.Booster`"
            } else {
                "unsupported XGBoost model: learner.gradient_booster.name: found `gblinear`, supported are gbtree and dart"
            };
            assert_eq!(message, expected, "{name}");
            n_refused += 1;
            continue;
        }
        n_models += 1;
        let compared = match loaded {
            Ok(model) => {
                let answers = answers(&path);
                compare(&model, &answers).and_then(|()| explain(name, &model, &answers))
            }
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = compared {
            wrong.push(format!("{name}: {error}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {n_models}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    println!("{n_models} models, {n_refused} refused");
    assert!(
        n_models >= 400 && n_refused >= 10,
        "{n_models} models, {n_refused} refused"
    );
}
