//! Whole jobs in this process, with learners that the library does not know.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::Path};

use algorithm::{
    Data, Features, FitError, Fitted, Labels, Learner, LoadError, ModelFormat, Parameter,
    PredictError, Predictor, Rows, Scores, Settings, Signature, Watch,
};
use serde_json::Value;
use tempfile::TempDir;
use trainer::{job::stop::Stop, parameters::Parameters, run::run};

#[path = "support/learners.rs"]
mod learners;

use learners::{Majority, Mean, Nearest};

const PARAMETERS: &str = "input/config/hyperparameters.json";
const TRAINING: &str = "input/data/training/a.csv";
const VALIDATION: &str = "input/data/validation/a.csv";

fn job(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

fn train(learners: &'static [&'static dyn Learner], job: &Path) -> Result<(), String> {
    let base = job.display().to_string();
    let env = |name: &str| (name == "SAGEMAKER_BASE_DIR").then(|| base.clone());
    run(&Parameters::new(learners), env, &Stop::default()).map_err(|error| error.to_string())
}

fn metrics(job: &Path) -> Value {
    let text = fs::read_to_string(job.join("output/data/metrics.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn page(job: &Path) -> String {
    fs::read_to_string(job.join("output/data/report.html")).unwrap()
}

#[test]
fn a_classifier_is_trained_measured_and_reported() {
    let job = job(&[
        (TRAINING, "name,x,y\na,1,2\nb,2,2\na,3,\n"),
        (VALIDATION, "a,1,2\nb,2,2\nb,1,1\nc,9,9\n"),
        (PARAMETERS, r#"{"smoothing": "1"}"#),
    ]);
    let job = job.path();
    train(&[&Majority, &Mean], job).unwrap();
    let model = fs::read_to_string(job.join("model/model.json")).unwrap();
    assert_eq!(
        model,
        r#"{"labels":["a","b"],"n_features":2,"parts":[0.6,0.4]}"#
    );
    assert!(job.join("output/success").exists());
    let metrics = metrics(job);
    assert_eq!(metrics["train"]["accuracy"], 2.0 / 3.0);
    assert_eq!(metrics["train"]["auc"], 0.5);
    assert_eq!(metrics["validation"]["accuracy"], 0.25);
    assert_eq!(metrics["validation"]["n_rows"], 4);
    assert_eq!(metrics["validation"]["auc"], Value::Null);
    assert_eq!(metrics["majority"]["n_counted"], 3);
    assert_eq!(metrics["data"]["n_classes"], 2);
    assert_eq!(metrics["data"]["n_missing"], 1);
    assert_eq!(metrics["hyperparameters"]["smoothing"], "1.0");
    assert_eq!(metrics["hyperparameters"]["algorithm"], "majority");
    assert_eq!(metrics["feature_importances"][1]["feature"], "y");
    for phase in ["reading", "fitting", "evaluating", "writing"] {
        assert!(metrics["seconds"][phase].is_f64(), "{phase}");
    }
    assert_eq!(
        metrics["data"]["warnings"],
        serde_json::json!([
            "1 of 2 classes have only one row: b",
            "channel validation has labels that training does not have, so that the model never predicts them: c"
        ])
    );
    assert_eq!(
        metrics["warnings"],
        serde_json::json!(["every row gets the same answer"])
    );
    let parts = fs::read_to_string(job.join("output/data/parts.txt")).unwrap();
    assert_eq!(parts, "[0.6, 0.4]\n");
    let page = page(job);
    let order = [
        "The most frequent of 2 classes, trained on 3 rows of 2 features",
        "accuracy on validation rows",
        "<b>2</b><span>classes</span>",
        "⚠ 1 of 2 classes",
        "⚠ every row gets the same answer",
        "<h2>Markup</h2><p>As it is.</p><b>markup of the learner</b>",
        "<h2>Confusion matrix</h2>",
        "(a label not trained on)",
        "<h2>Feature importances</h2><p>No feature decides anything.</p>",
        "<h2>Training data</h2>",
        "<h2>Calibration</h2>",
        "<h2>Parts</h2>",
        "<title>the first class</title>",
        "<h2>Figures</h2>",
        "<h2>Settings</h2>",
        "<code>parts.txt</code>",
    ];
    let mut position = 0;
    for part in order {
        let found = page[position..].find(part);
        position += found.unwrap_or_else(|| panic!("{part:?} is not there, or too early"));
    }
    assert!(!page.contains("counted"));
}

#[test]
fn a_regressor_is_measured_by_its_errors() {
    let job = job(&[
        (TRAINING, "1,1\n2,1\n6,1\n"),
        (VALIDATION, "3,1\n5,1\n"),
        (PARAMETERS, r#"{"algorithm": "mean"}"#),
    ]);
    let job = job.path();
    train(&[&Majority, &Mean], job).unwrap();
    let metrics = metrics(job);
    assert_eq!(metrics["validation"]["mae"], 1.0);
    assert_eq!(metrics["validation"]["rmse"], 2.0_f64.sqrt());
    assert_eq!(metrics["train"]["r2"], 0.0);
    assert_eq!(metrics["data"]["n_classes"], Value::Null);
    assert_eq!(metrics.get("feature_importances"), None);
    let page = page(job);
    assert!(page.contains("<b>1.4142</b><span>root mean squared error on validation rows</span>"));
    for absent in ["Confusion", "Calibration", "importances"] {
        assert!(!page.contains(absent), "{absent}");
    }
}

#[test]
fn rows_without_labels_are_measured_by_the_learner() {
    let job = job(&[(TRAINING, "1,1\n5,9\n2,1\n")]);
    let job = job.path();
    train(&[&Nearest], job).unwrap();
    let model = fs::read_to_string(job.join("model/model.json")).unwrap();
    assert_eq!(model, "[[1.0,1.0],[5.0,9.0]]");
    assert_eq!(
        metrics(job)["train"],
        serde_json::json!({"n_rows": 3, "range": 4.0})
    );
    let page = page(job);
    assert!(page.contains("Two centres, trained on 3 rows of 2 features"));
    assert!(page.contains("range"));
}

#[test]
fn labels_that_nobody_wants_are_passed_over() {
    let config = r#"{"training": {"ContentType": "text/csv;label_size=1"}}"#;
    let job = job(&[
        ("input/config/inputdataconfig.json", config),
        (TRAINING, "kind,x,y\na,1,1\nb,5,9\n,2,1\n"),
    ]);
    train(&[&Nearest], job.path()).unwrap();
    let model = fs::read_to_string(job.path().join("model/model.json")).unwrap();
    assert_eq!(model, "[[1.0,1.0],[5.0,9.0]]");
}

#[test]
fn a_missing_value_that_the_learner_does_not_take_is_named() {
    let place = |format: &str, text: &str| {
        let config = format!(r#"{{"training": {{"ContentType": "{format}"}}}}"#);
        let job = job(&[
            ("input/config/inputdataconfig.json", &config),
            (TRAINING, text),
        ]);
        train(&[&Nearest], job.path()).unwrap_err()
    };
    let what = "the value is missing, expected a number";
    assert_eq!(
        place("text/csv", "x,y\n1,1\n5,\n"),
        format!("training/a.csv, line 3, feature \"y\": {what}")
    );
    assert_eq!(
        place("application/jsonlines", "[1, 1]\n[null, 1]\n"),
        format!("training/a.csv, line 2, feature \"feature_0\": {what}")
    );
    assert_eq!(
        place("text/libsvm", "0 0:1 1:1\n0 1:nan\n"),
        format!("training/a.csv, line 2, feature \"feature_1\": {what}")
    );
}

#[test]
fn names_cannot_break_the_page() {
    let job = job(&[(
        TRAINING,
        "label,<script>alert(1)</script>,y\n<em>&,1,2\n\"'>\"\"\",2,3\n",
    )]);
    train(&[&Majority], job.path()).unwrap();
    let page = page(job.path());
    assert!(!page.contains("<script") && !page.contains("<em>"));
    assert!(page.contains("&lt;em&gt;"));
}

/// Writes this file.
struct Wrong(&'static str);

impl Learner for Wrong {
    fn name(&self) -> &'static str {
        "wrong"
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[]
    }

    fn fit(&self, _: Data<'_>, _: &Settings, _: &dyn Watch) -> Result<Fitted, FitError> {
        Ok(Fitted::new(MODEL, self.0.as_bytes().to_vec(), ""))
    }
}

/// A model of as many features as the file's first byte says, and of as many classes as its second.
struct Model(Signature);

const MODEL: ModelFormat = ModelFormat::new("two digits", "txt", load);

fn load(bytes: &[u8]) -> Result<Box<dyn Predictor>, LoadError> {
    let [n_features @ b'1'..=b'9', n_classes @ b'1'..=b'9'] = bytes else {
        return Err(LoadError::new("found no two digits"));
    };
    let labels = (0..i64::from(n_classes - b'0')).collect();
    let features = Features::unnamed(usize::from(n_features - b'0'));
    Ok(Box::new(Model(Signature::classifier(
        features,
        Labels::Integers(labels),
    ))))
}

impl Predictor for Model {
    fn signature(&self) -> &Signature {
        &self.0
    }

    fn predict(&self, _: Rows<'_>, _: &mut Scores) -> Result<(), PredictError> {
        Err(PredictError::new("out of order"))
    }
}

#[test]
fn a_model_that_can_not_be_served_is_no_model() {
    static LEARNERS: [Wrong; 4] = [Wrong("?"), Wrong("32"), Wrong("23"), Wrong("22")];
    static CHOICES: [[&dyn Learner; 1]; 4] = [
        [&LEARNERS[0]],
        [&LEARNERS[1]],
        [&LEARNERS[2]],
        [&LEARNERS[3]],
    ];
    let sentences = [
        "the learner wrong wrote a model file that can't be read back: found no two digits",
        "the learner wrong wrote a model of 3 features, expected 2 features as in the training data",
        "the learner wrong wrote a model of 3 classes, expected 2 classes as in the training data",
        "the model of the learner wrong can't be measured: out of order",
    ];
    for (learners, sentence) in CHOICES.iter().zip(sentences) {
        let job = job(&[(TRAINING, "0,1,2\n1,3,4\n")]);
        assert_eq!(train(learners, job.path()).unwrap_err(), sentence);
        assert!(!job.path().join("model").exists());
    }
    let job = job(&[(TRAINING, "a,1,2\nb,3,4\n")]);
    assert_eq!(
        train(&CHOICES[3], job.path()).unwrap_err(),
        "the learner wrong wrote a model of other labels, expected the labels in their order as in the training data"
    );
}
