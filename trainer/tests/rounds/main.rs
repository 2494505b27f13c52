//! Whole jobs in this process, with a learner that has rules of its own, keeps checkpoints, is stopped and shares its
//! work.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod learner;

use std::{fs, path::Path};

use algorithm::Learner;
use serde_json::{Value, json};
use tempfile::TempDir;
use trainer::{
    job::{Paths, stop::Stop},
    parameters::Parameters,
    run::run,
};

use learner::Rounds;

const PARAMETERS: &str = "input/config/hyperparameters.json";
const CHANNELS: &str = "input/config/inputdataconfig.json";
const HOSTS: &str = "input/config/resourceconfig.json";
const ROWS: (&str, &str) = (
    "input/data/rows/a.csv",
    "1;0.9;3\n0;0.1;4\n1;0.2;5\n0;0.3;6\n",
);

fn job(parameters: &str, files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let all = [(PARAMETERS, parameters), ROWS];
    for (name, text) in all.iter().chain(files) {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

/// Runs the job; a failure is what the last line on stderr would say.
fn train(job: &Path, stop: &Stop) -> Result<(), String> {
    static LEARNERS: [&dyn Learner; 1] = [&Rounds];
    let base = job.display().to_string();
    let env = |name: &str| (name == "SAGEMAKER_BASE_DIR").then(|| base.clone());
    let failure = run(&Parameters::new(&LEARNERS), env, stop);
    failure.map_err(|failed| format!("{}: {failed}", failed.prefix.unwrap_or("trainer")))
}

fn json_in(job: &Path, name: &str) -> Value {
    serde_json::from_slice(&fs::read(job.join(name)).unwrap()).unwrap()
}

fn model_files(job: &Path) -> Vec<String> {
    let entries = fs::read_dir(job.join("model")).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn numbers_are_the_labels_of_a_classifier_and_the_learners_figures_count() {
    let others = ("input/data/others/a.csv", "1;0.9;3\n2;0.1;4\n");
    let job = job(r#"{"num_round": "2"}"#, &[others]);
    train(job.path(), &Stop::default()).unwrap();
    assert_eq!(model_files(job.path()), ["rounds"]);
    let metrics = json_in(job.path(), "output/data/metrics.json");
    // The learner's replaces the job's 0.75.
    assert_eq!(metrics["train"]["accuracy"], 0.125);
    assert_eq!(metrics["train"]["own"], 0.25);
    assert_eq!(metrics["train"]["f1_macro"], (2.0 / 3.0 + 0.8) / 2.0);
    assert_eq!(metrics["validation"]["accuracy"], 0.5);
    assert_eq!(metrics["validation"]["own"], 0.5);
    let page = fs::read_to_string(job.path().join("output/data/report.html")).unwrap();
    assert!(page.contains("<span>accuracy on validation rows</span>"));
}

#[test]
fn labels_with_fractions_are_measured_by_the_learner_alone() {
    let half = ("input/data/rows/b.csv", "0.5;0.9;3\n");
    let job = job(r#"{"num_round": "2"}"#, &[half]);
    train(job.path(), &Stop::default()).unwrap();
    let metrics = json_in(job.path(), "output/data/metrics.json");
    assert_eq!(
        metrics["train"],
        json!({"accuracy": 0.125, "n_rows": 5, "own": 0.25})
    );
}

#[test]
fn the_learner_has_its_own_words() {
    let none = job(r#"{"shares": "0", "folds": "1"}"#, &[]);
    assert_eq!(
        train(none.path(), &Stop::default()).unwrap_err(),
        // In the order of the file.
        "UserError: no rounds among shares, folds, algorithm"
    );
    let channel = job(
        r#"{"num_round": "1"}"#,
        &[(CHANNELS, r#"{"b": {"S3": 1, "ContentType": "x"}, "a": {}}"#)],
    );
    let found = train(channel.path(), &Stop::default()).unwrap_err();
    assert!(
        found.starts_with("UserError: no rows among [FoundChannel { name: \"b\""),
        "{found}"
    );
    assert!(
        found.contains(r#"[("ContentType", "x"), ("S3", "1")]"#),
        "{found}"
    );
    let unknown = job(r#"{"num_round": "1", "colour": "2"}"#, &[]);
    assert_eq!(
        train(unknown.path(), &Stop::default()).unwrap_err(),
        "UserError: unknown hyperparameter \"colour\": expected one of algorithm, csv_weights, folds, header, num_round, shares, stop_after"
    );
    let label = job(
        r#"{"num_round": "1"}"#,
        &[("input/data/rows/b.csv", "1 2 3\nx 2 3\n")],
    );
    assert_eq!(
        train(label.path(), &Stop::default()).unwrap_err(),
        "UserError: rows/b.csv, line 2, column 1: found \"x\", expected the number to learn, finite and within float32"
    );
}

#[test]
fn an_interrupted_job_goes_on_from_its_last_checkpoint() {
    let kept = tempfile::tempdir().unwrap();
    let config = json!({"S3Uri": "s3://x", "LocalPath": kept.path()}).to_string();
    let config = ("input/config/checkpointconfig.json", config.as_str());
    let first = job(r#"{"num_round": "3"}"#, &[config]);
    train(first.path(), &Stop::default()).unwrap();
    // The others came too soon after it.
    let checkpoint = kept.path().join("rounds-checkpoint.0");
    assert_eq!(fs::read(&checkpoint).unwrap(), b"a checkpoint");
    fs::rename(checkpoint, kept.path().join("rounds-checkpoint.11")).unwrap();
    let again = job(r#"{"num_round": "20"}"#, &[config]);
    train(again.path(), &Stop::default()).unwrap();
    let model = json_in(again.path(), "model/rounds");
    assert_eq!((&model["first"], &model["done"]), (&json!(12), &json!(8)));
}

#[test]
fn a_job_that_is_stopped_leaves_the_model_of_the_rounds_so_far() {
    let job = job(r#"{"num_round": "1000000000", "stop_after": "3"}"#, &[]);
    let base = job.path().display().to_string();
    let paths = Paths::new(|name| (name == "SAGEMAKER_BASE_DIR").then(|| base.clone()));
    let stop = Stop::on_signals(paths).unwrap();
    train(job.path(), &stop).unwrap();
    assert_eq!(json_in(job.path(), "model/rounds")["done"], 4);
    assert!(job.path().join("output/success").exists());
    assert!(!job.path().join("output/failure").exists());
    assert!(job.path().join("output/data/metrics.json").exists());
}

#[test]
fn several_model_files_are_measured_by_the_learner_alone() {
    let job = job(r#"{"num_round": "1", "folds": "3"}"#, &[]);
    train(job.path(), &Stop::default()).unwrap();
    assert_eq!(
        model_files(job.path()),
        ["rounds-0", "rounds-1", "rounds-2"]
    );
    let metrics = json_in(job.path(), "output/data/metrics.json");
    assert_eq!(
        metrics["train"],
        json!({"accuracy": 0.125, "n_rows": 4, "own": 0.25})
    );
    assert!(job.path().join("output/data/predictions.csv").exists());
}

fn hosts(current: &str) -> String {
    format!(r#"{{"current_host": "{current}", "hosts": ["c", "a", "b"]}}"#)
}

#[test]
fn each_host_learns_its_share_and_the_first_one_reports() {
    for (current, name, share) in [("a", "rounds-1-of-3", 0), ("b", "rounds-2-of-3", 1)] {
        let job = job(
            r#"{"num_round": "1", "shares": "1"}"#,
            &[(HOSTS, &hosts(current))],
        );
        train(job.path(), &Stop::default()).unwrap();
        assert_eq!(model_files(job.path()), [name]);
        let model = json_in(job.path(), &format!("model/{name}"));
        assert_eq!(model["share"], json!([share, 3]));
        // Names in output/data/ would clash.
        assert_eq!(job.path().join("output/data").exists(), share == 0);
    }
}

#[test]
fn rows_that_are_spread_over_hosts_are_refused() {
    let config = r#"{"rows": {"S3DistributionType": "ShardedByS3Key"}}"#;
    for (parameters, sentence) in [
        (
            r#"{"num_round": "1"}"#,
            "UserError: the rows channel is sharded over 3 hosts, this image trains on one: use one instance or FullyReplicated",
        ),
        (
            r#"{"num_round": "1", "shares": "1"}"#,
            "UserError: the rows channel is sharded over 3 hosts, but each of them needs all rows: use FullyReplicated",
        ),
    ] {
        let job = job(parameters, &[(CHANNELS, config), (HOSTS, &hosts("a"))]);
        assert_eq!(train(job.path(), &Stop::default()).unwrap_err(), sentence);
    }
    let alone = job(r#"{"num_round": "1"}"#, &[(CHANNELS, config)]);
    train(alone.path(), &Stop::default()).unwrap();
}
