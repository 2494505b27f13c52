//! The binary as SageMaker runs it: a directory tree in, a model or a failure out.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use algorithm::{Labels, Predictor, Rows, Scores};
use rustix::{
    fs::{CWD, FileType, Mode, mknodat},
    process::{Pid, Signal, kill_process},
};
use serde_json::Value;
use tempfile::TempDir;
use trees::Model;

/// How long anything may take before a test gives up.
const DEADLINE: Duration = Duration::from_secs(30);

struct Job(TempDir);

impl Job {
    fn new(files: &[(&str, &str)]) -> Self {
        let job = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(job.path("model")).unwrap();
        for (name, text) in files {
            job.write(name, text);
        }
        job
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trainer"));
        command
            .env("SAGEMAKER_BASE_DIR", self.0.path())
            .env_remove("RUST_LOG")
            .stdin(Stdio::null());
        command
    }

    fn run(&self) -> Output {
        self.command().output().unwrap()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Names in `model/`.
    fn model_files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("model")).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    fn onnx(&self) -> Vec<u8> {
        fs::read(self.path("model/model.onnx")).unwrap()
    }

    /// The reason of a failure, which has to be in the file and in the last line on stderr.
    fn failure(&self) -> String {
        let output = self.run();
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(self.model_files(), [""; 0]);
        assert!(!self.path("output/success").exists());
        let reason = self.read("output/failure");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(stderr.lines().last(), Some(&*format!("trainer: {reason}")));
        reason
    }
}

const DATA: (&str, &str) = (
    "input/data/training/a.csv",
    "b,1,5\na,2,5\nb,3,5\na,4,5\nb,3,6\na,,7\n",
);
const PARAMETERS: &str = "input/config/hyperparameters.json";

#[test]
fn labels_with_fractions_are_a_regression() {
    let job = Job::new(&[
        (
            "input/data/training/a.csv",
            "0.5,1\n2.5,2\n0.5,1\n8,3\n8,3\n2.5,2\n",
        ),
        ("input/data/validation/v.csv", "1,1\n3,2\n8,9\n"),
    ]);
    let output = job.run();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    let line = "the labels have fractions, so that they are numbers to predict and not classes";
    assert!(stderr.contains(line), "{stderr}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    let expected =
        "train:rmse=0.000000000;\nvalidation:rmse=0.408248290;\nvalidation:mae=0.333333333;\n";
    assert!(stdout.starts_with(expected), "{stdout}");
    let model = Model::load(&job.onnx()).unwrap();
    assert_eq!(model.signature().output, algorithm::Output::Targets(1));
    assert!(job.read("output/data/tree.txt").contains("value: [2.5]"));
    let page = job.read("output/data/report.html");
    for title in [
        "Predicted against actual",
        "Residuals",
        "Error by decile of the actual number",
        "Error against tree size",
    ] {
        assert!(page.contains(&format!("<h2>{title}</h2>")), "{title}");
    }
    assert!(!page.contains("NaN") && !page.contains("<script"));
    job.write(
        PARAMETERS,
        r#"{"task": "classification", "criterion": "poisson"}"#,
    );
    fs::remove_file(job.path("model/model.onnx")).unwrap();
    fs::remove_file(job.path("output/success")).unwrap();
    assert_eq!(
        job.failure(),
        "hyperparameter criterion=poisson: task=classification expects gini, entropy, log_loss, or auto"
    );
}

#[test]
fn a_forest_says_how_it_came_about() {
    let label = |row: usize| row * 7 % 10 + row % 13;
    let line = |row: usize| format!("{},{},{},0", label(row), row * 7 % 10, row % 13);
    let rows: Vec<String> = (0..400).map(line).collect();
    let parameters = r#"{"algorithm": "random_forest", "task": "regression", "oob_score": "true", "n_estimators": "20"}"#;
    let job = Job::new(&[
        (PARAMETERS, parameters),
        ("input/data/training/a.csv", &rows.join("\n")),
    ]);
    let output = job.run();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    let metrics: Value = serde_json::from_str(&job.read("output/data/metrics.json")).unwrap();
    let score = metrics["train"]["oob_score"].as_f64().unwrap();
    assert!(score > 0.8 && score < 1.0, "{score}");
    assert!(
        stdout.ends_with(&format!("train:oob_score={score:.9};\n")),
        "{stdout}"
    );
    assert_eq!(metrics["n_rows_explained"], 400);
    let of = |feature: usize, key: &str| {
        let value = &metrics["feature_importances"][feature][key];
        value.as_f64().unwrap_or_else(|| panic!("{key}: {value}"))
    };
    for key in ["gain", "cover", "frequency"] {
        assert!((of(0, key) + of(1, key) - 1.0).abs() < 1e-9, "{key}");
        assert_eq!(of(2, key), 0.0, "{key}");
    }
    assert_eq!(of(0, "importance"), of(0, "gain"));
    // The first feature is uniform on 0 to 9, whose mean distance from its mean is 2.5; the second on 0 to 12: 3.23.
    let contributions = [0, 1, 2].map(|feature| of(feature, "mean_absolute_contribution"));
    assert!((contributions[0] - 2.5).abs() < 0.3, "{contributions:?}");
    assert!((contributions[1] - 3.23).abs() < 0.3, "{contributions:?}");
    assert_eq!(contributions[2], 0.0);
    let page = job.read("output/data/report.html");
    for title in [
        "Predicted against actual",
        "Residuals",
        "Error by decile of the actual number",
        "Feature importances",
        "Mean absolute contributions",
        "Out-of-bag score",
    ] {
        assert!(page.contains(&format!("<h2>{title}</h2>")), "{title}");
    }
    assert!(page.contains("on average over 400 training rows"));
    assert!(!page.contains("NaN") && !page.contains("<script"));
    // Neither do the reports depend on the order of the rows.
    let mut backwards = rows;
    backwards.reverse();
    job.write("input/data/training/a.csv", &backwards.join("\n"));
    assert!(job.run().status.success());
    let again: Value = serde_json::from_str(&job.read("output/data/metrics.json")).unwrap();
    for key in ["feature_importances", "train"] {
        assert_eq!(again[key], metrics[key], "{key}");
    }
}

/// What docs/training.md says that jobs of this kind print: the names in a column of its table of metrics.
fn documented_metrics(kind: &str, column: usize) -> Vec<String> {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/training.md"));
    let page = page.unwrap();
    let row = page
        .lines()
        .find(|line| line.starts_with(&format!("| {kind} |")));
    let cell = row.unwrap().split('|').nth(column).unwrap();
    let names = cell.split('`').skip(1).step_by(2);
    names
        .filter(|name| !name.contains('='))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_algorithm_prints_the_metrics_of_the_page() {
    let algorithms = [
        ("decision_tree", "engine", "exact"),
        ("decision_tree", "engine", "linfa"),
        ("random_forest", "oob_score", "true"),
        ("extra_trees", "n_estimators", "10"),
    ];
    for (algorithm, name, value) in algorithms {
        for (kind, task) in [("classes", "classification"), ("numbers", "regression")] {
            if value == "linfa" && task == "regression" {
                continue;
            }
            let row = |row: usize| format!("{},{},{}\n", row % 2, row % 7, row * row % 11);
            let rows: String = (0..60).map(row).collect();
            let parameters =
                format!(r#"{{"algorithm": "{algorithm}", "task": "{task}", "{name}": "{value}"}}"#);
            let job = Job::new(&[
                (PARAMETERS, &parameters),
                ("input/data/training/a.csv", &rows),
                ("input/data/validation/a.csv", &rows),
            ]);
            let stdout = String::from_utf8(job.run().stdout).unwrap();
            let kind = format!("trees and forests of {kind}");
            for (channel, column) in [("train", 2), ("validation", 3)] {
                let mut names = documented_metrics(&kind, column);
                names.retain(|metric| metric != "oob_score" || name == "oob_score");
                let lines = stdout.lines().filter_map(|line| {
                    let (metric, rest) = line
                        .strip_prefix(channel)?
                        .strip_prefix(':')?
                        .split_once('=')?;
                    let value = rest.strip_suffix(';')?;
                    value
                        .parse::<f64>()
                        .ok()
                        .filter(|value| value.is_finite())?;
                    Some(metric.to_owned())
                });
                let printed: Vec<String> = lines.collect();
                assert_eq!(printed, names, "{parameters}, {channel}");
            }
        }
    }
}

#[test]
fn settings_that_contradict_each_other_are_refused_before_the_data_are_read() {
    for (parameters, sentence) in [
        (
            r#"{"algorithm": "random_forest", "task": "classification", "criterion": "squared_error"}"#,
            "hyperparameter criterion=squared_error: task=classification expects gini, entropy, log_loss, or auto",
        ),
        (
            r#"{"algorithm": "extra_trees", "oob_score": "true"}"#,
            "hyperparameter oob_score needs bootstrap=true, this job has bootstrap=false",
        ),
        (
            r#"{"criterion": "poisson", "engine": "linfa"}"#,
            "hyperparameter engine=linfa: it can't learn numbers, expected engine=exact, or task=classification",
        ),
    ] {
        let job = Job::new(&[
            (PARAMETERS, parameters),
            ("input/data/training/a.csv", "1,2\n3\n"),
        ]);
        assert_eq!(job.failure(), sentence);
    }
}

#[test]
fn a_job_leaves_a_model_that_predicts_its_rows_and_reports() {
    let job = Job::new(&[
        DATA,
        (
            PARAMETERS,
            r#"{"max_depth": "\"5\"", "_tuning_objective_metric": "x", "sagemaker_region": "y"}"#,
        ),
        ("input/data/validation/v.csv", "b,1,5\na,2,5\n"),
    ]);
    let output = job.run();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    assert_eq!(job.model_files(), ["model.onnx"]);
    assert!(job.path("output/success").exists());
    assert!(!job.path("output/failure").exists());
    let model = Model::load(&job.onnx()).unwrap();
    let labels = Labels::Text(vec!["a".to_owned(), "b".to_owned()]);
    assert_eq!(model.signature().output, algorithm::Output::Classes(labels));
    let mut scores = Scores::new();
    let rows = [
        1.0,
        5.0,
        2.0,
        5.0,
        3.0,
        5.0,
        4.0,
        5.0,
        3.0,
        6.0,
        f32::NAN,
        7.0,
    ];
    model.predict(Rows::F32(&rows), &mut scores).unwrap();
    assert_eq!(scores.labels(), [1, 0, 1, 0, 1, 0]);
    let stdout = String::from_utf8(output.stdout).unwrap();
    let expected = [
        "train:accuracy=1.000000000;",
        "validation:accuracy=1.000000000;",
    ];
    for metric in expected {
        assert!(stdout.lines().any(|line| line == metric), "{stdout}");
    }
    for name in ["balanced_accuracy", "f1_macro", "logloss", "auc"] {
        assert!(stdout.contains(&format!("validation:{name}=")), "{stdout}");
    }
    let metrics: Value = serde_json::from_str(&job.read("output/data/metrics.json")).unwrap();
    assert_eq!(metrics["validation"]["accuracy"], 1.0);
    assert_eq!(metrics["hyperparameters"]["max_depth"], "5");
    assert_eq!(metrics["hyperparameters"]["algorithm"], "decision_tree");
    assert!(metrics["tree"]["n_leaves"].as_u64() > Some(1));
    assert_eq!(metrics["feature_importances"][0]["feature"], "feature_0");
    assert!(
        job.read("output/data/tree.txt")
            .starts_with("|--- feature_")
    );
    let page = job.read("output/data/report.html");
    for outside in [
        "http:", "https:", "src=", "url(", "@import", "<link", "<script",
    ] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn labels_and_names_cannot_break_the_page() {
    let job = Job::new(&[(
        "input/data/train/a.csv",
        "label,<script>alert(1)</script>,y\n<em>&,1,2\n\"'>\"\"\",2,3\n",
    )]);
    assert!(job.run().status.success());
    let page = job.read("output/data/report.html");
    assert!(!page.contains("<script") && !page.contains("<em>"));
    assert!(page.contains("&lt;script&gt;"));
}

#[test]
fn what_is_wrong_is_said_once_with_its_place() {
    let ragged = Job::new(&[("input/data/training/a.csv", "a,1,2\nb,1\n")]);
    assert_eq!(
        ragged.failure(),
        "training/a.csv, line 2: 2 columns, line 1 of training/a.csv has 3"
    );
    let unknown = Job::new(&[DATA, (PARAMETERS, r#"{"depth": "5"}"#)]);
    assert!(
        unknown
            .failure()
            .starts_with("unknown hyperparameter \"depth\": expected one of ")
    );
    let range = Job::new(&[DATA, (PARAMETERS, r#"{"max_depth": "0"}"#)]);
    assert_eq!(
        range.failure(),
        "hyperparameter max_depth=0: expected a whole number from 1 up, or None"
    );
    let nothing = Job::new(&[]);
    assert!(
        nothing
            .failure()
            .ends_with("input/data, expected training or train")
    );
    let earlier = Job::new(&[("output/failure", "the first cause")]);
    assert_eq!(earlier.run().status.code(), Some(1));
    assert_eq!(earlier.read("output/failure"), "the first cause");
}

#[test]
fn what_is_not_a_job_is_refused_by_the_command_line() {
    let job = Job::new(&[DATA]);
    let output = job.command().arg("--fast").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(job.model_files(), [""; 0]);
    assert!(!job.path("output").exists());
}

#[test]
fn a_failure_leaves_an_older_model_as_it_was() {
    let job = Job::new(&[DATA]);
    assert!(job.run().status.success());
    let before = job.onnx();
    job.write(PARAMETERS, r#"{"max_depth": "1"}"#);
    job.write("input/data/training/z.csv", "a,?,?\n");
    assert_eq!(job.run().status.code(), Some(1));
    assert_eq!(job.onnx(), before);
    fs::remove_file(job.path("input/data/training/z.csv")).unwrap();
    assert!(job.run().status.success());
    assert_ne!(job.onnx(), before);
    assert_eq!(job.model_files(), ["model.onnx"]);
}

#[test]
fn the_model_does_not_depend_on_the_order_of_files_and_rows() {
    let rows: Vec<String> = (0..500)
        .map(|row| format!("{},{},{}", row * 7 % 5, row % 13, row * row % 17))
        .collect();
    let one = Job::new(&[("input/data/training/a.csv", &rows.join("\n"))]);
    let (first, second) = rows.split_at(123);
    let mut backwards = second.to_vec();
    backwards.reverse();
    let two = Job::new(&[
        ("input/data/training/b/x.csv", &first.join("\r\n")),
        ("input/data/training/a.csv", &backwards.join("\n")),
    ]);
    assert!(one.run().status.success() && two.run().status.success());
    assert_eq!(one.onnx(), two.onnx());
}

#[test]
fn of_several_hosts_the_first_trains() {
    let config = |host| format!(r#"{{"current_host": "{host}", "hosts": ["algo-1", "algo-2"]}}"#);
    let file = "input/config/resourceconfig.json";
    // The other host's part of the data may be empty.
    let other = Job::new(&[(file, &config("algo-2")), ("input/data/training/.keep", "")]);
    let output = other.run();
    assert!(output.status.success());
    assert_eq!(other.model_files(), [""; 0]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("algo-2 has nothing to do: algo-1 trains"),
        "{stderr}"
    );
    let first = Job::new(&[(file, &config("algo-1")), DATA]);
    assert!(first.run().status.success());
    assert_eq!(first.model_files(), ["model.onnx"]);
}

#[test]
fn a_pipe_is_read_as_it_comes() {
    let config =
        r#"{"train": {"TrainingInputMode": "Pipe", "ContentType": "text/csv;label_size=1"}}"#;
    let job = Job::new(&[
        ("input/config/inputdataconfig.json", config),
        ("input/data/train-manifest", ""),
    ]);
    // The platform may be later than the container.
    let running = job
        .command()
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let fifo = make_fifo(&job.path("input/data/train_0"));
    let mut pipe = fs::OpenOptions::new().write(true).open(&fifo).unwrap();
    for part in ["1,0.", "5\n0,1.5\n", "1,0.2", "5\n0,2\n"] {
        pipe.write_all(part.as_bytes()).unwrap();
    }
    drop(pipe);
    let output = running.wait_with_output().unwrap();
    assert!(output.status.success());
    let model = Model::load(&job.onnx()).unwrap();
    assert_eq!(
        model.signature().output,
        algorithm::Output::Classes(Labels::Integers(vec![0, 1]))
    );
}

#[test]
fn sigterm_ends_a_job_that_waits_for_its_data() {
    let config = r#"{"train": {"TrainingInputMode": "Pipe"}}"#;
    let job = Job::new(&[("input/config/inputdataconfig.json", config)]);
    let fifo = make_fifo(&job.path("input/data/train_0"));
    let mut running = job.command().stderr(Stdio::null()).spawn().unwrap();
    // The trainer has opened the pipe, so that its handlers are there.
    let _pipe = fs::OpenOptions::new().write(true).open(&fifo).unwrap();
    kill_process(Pid::from_child(&running), Signal::TERM).unwrap();
    let asked = Instant::now();
    let status = loop {
        if let Some(status) = running.try_wait().unwrap() {
            break status;
        }
        assert!(asked.elapsed() < DEADLINE);
        thread::sleep(Duration::from_millis(5));
    };
    assert!(asked.elapsed() < Duration::from_secs(2));
    assert_eq!(status.code(), Some(143));
    assert_eq!(
        job.read("output/failure"),
        "stopped by SIGTERM before the model was complete"
    );
    assert_eq!(job.model_files(), [""; 0]);
}

fn make_fifo(path: &Path) -> PathBuf {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    path.to_owned()
}
