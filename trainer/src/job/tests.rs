use std::{collections::HashMap, fs, path::Path};

use tempfile::TempDir;

use super::*;
use crate::learners::{Majority, Nearest};

/// A job directory with these files.
fn job_dir(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn read(dir: &Path, env: &[(&str, &str)]) -> Result<Job, JobError> {
    let mut env: HashMap<&str, String> = env
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect();
    env.insert("SAGEMAKER_BASE_DIR", dir.display().to_string());
    let parameters = Parameters::new(&[&Majority, &Nearest]);
    let env = |name: &str| env.get(name).cloned();
    let order = Order::read(&parameters, env)?;
    Job::read(&order, &parameters, env)
}

fn error(dir: &Path) -> String {
    match read(dir, &[]) {
        Ok(_) => panic!("the job can be read"),
        Err(error) => error.to_string(),
    }
}

const DATA: (&str, &str) = ("input/data/training/a.csv", "a,1\nb,2\n");
const CONFIG: &str = "input/config/inputdataconfig.json";
const HOSTS: &str = "input/config/resourceconfig.json";
const PARAMETERS: &str = "input/config/hyperparameters.json";

#[test]
fn without_configuration_the_directories_tell_the_channels() {
    let dir = job_dir(&[
        DATA,
        ("input/data/validation/.empty", ""),
        ("input/data/test/a.csv", ""),
    ]);
    let job = read(dir.path(), &[]).unwrap();
    assert_eq!(job.validation, None);
    let dir = job_dir(&[DATA, ("input/data/test/a.csv", "")]);
    let job = read(dir.path(), &[]).unwrap();
    assert_eq!(job.training.name, "training");
    assert_eq!(job.validation.unwrap().name, "test");
    assert_eq!(job.share, Some(Share::ALL));
    let dir = job_dir(&[("input/data/train/a.csv", ""), (CONFIG, "{}")]);
    assert_eq!(read(dir.path(), &[]).unwrap().training.name, "train");
}

#[test]
fn a_pipe_is_beside_the_channels_directory() {
    let dir = job_dir(&[(CONFIG, r#"{"train": {"TrainingInputMode": "Pipe"}}"#)]);
    let job = read(dir.path(), &[]).unwrap();
    assert!(job.training.is_pipe);
    assert!(job.training.path.ends_with("input/data/train_0"));
}

#[test]
fn records_of_any_format_with_one_label_are_taken() {
    for (content_type, is_ok) in [
        ("text/csv", true),
        ("TEXT/CSV; label_size=1", true),
        ("csv", true),
        ("text/csv;label_size=0", false),
        ("text/csv;label_size=2", false),
        ("text/libsvm", true),
        ("application/x-recordio-protobuf", true),
        ("application/x-parquet", false),
    ] {
        let config = format!(r#"{{"training": {{"ContentType": "{content_type}"}}}}"#);
        let dir = job_dir(&[DATA, (CONFIG, &config)]);
        assert_eq!(read(dir.path(), &[]).is_ok(), is_ok, "{content_type}");
    }
}

#[test]
fn a_learner_without_labels_takes_files_with_and_without_them() {
    let parameters = (PARAMETERS, r#"{"algorithm": "nearest"}"#);
    for size in ["0", "1"] {
        let config = format!(r#"{{"training": {{"ContentType": "text/csv;label_size={size}"}}}}"#);
        let dir = job_dir(&[DATA, parameters, (CONFIG, &config)]);
        assert!(read(dir.path(), &[]).is_ok(), "{size}");
    }
}

#[test]
fn strings_json_types_and_strings_within_strings_mean_the_same() {
    for five in [
        r#""5""#,
        "5",
        r#""\"5\"""#,
        r#"" 5 ""#,
        r#""\"\\\"5\\\"\"""#,
    ] {
        let parameters = format!(r#"{{"smoothing": {five}}}"#);
        let dir = job_dir(&[DATA, (PARAMETERS, &parameters)]);
        let job = read(dir.path(), &[]).unwrap();
        assert_eq!(job.settings.number("smoothing"), 5.0, "{five}");
    }
    for on in ["1", "true", r#""True""#] {
        let parameters = format!(r#"{{"csv_weights": {on}}}"#);
        let dir = job_dir(&[DATA, (PARAMETERS, &parameters)]);
        assert!(
            read(dir.path(), &[]).unwrap().settings.is_on("csv_weights"),
            "{on}"
        );
    }
}

#[test]
fn the_first_host_in_sorted_order_trains() {
    let config =
        |current| format!(r#"{{"current_host": "{current}", "hosts": ["algo-2", "algo-1"]}}"#);
    let dir = job_dir(&[DATA, (HOSTS, &config("algo-1"))]);
    assert!(read(dir.path(), &[]).unwrap().share.is_some());
    let dir = job_dir(&[DATA, (HOSTS, &config("algo-2"))]);
    assert!(read(dir.path(), &[]).unwrap().share.is_none());
    let env = [("SM_CURRENT_HOST", "algo-1")];
    assert!(read(dir.path(), &env).unwrap().share.is_some());
}

#[test]
fn sm_variables_override_the_files() {
    let dir = job_dir(&[DATA, (PARAMETERS, r#"{"alpha": "3"}"#)]);
    assert_eq!(
        read(dir.path(), &[]).unwrap().settings.number("smoothing"),
        3.0
    );
    let env = [
        ("SM_HP_SMOOTHING", "\"4\""),
        ("SM_MODEL_DIR", "/elsewhere"),
        ("SM_CHANNEL_TRAINING", "/data"),
    ];
    let job = read(dir.path(), &env).unwrap();
    assert_eq!(job.settings.number("smoothing"), 4.0);
    assert_eq!(job.paths.model, Path::new("/elsewhere"));
    assert_eq!(job.training.path, Path::new("/data"));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let dir = job_dir(&[DATA, (PARAMETERS, "{\"smoothing\":\n 3,}")]);
    let found = error(dir.path());
    assert!(
        found.contains("hyperparameters.json, line 2, column 4: "),
        "{found}"
    );
    let dir = job_dir(&[(CONFIG, r#"{"rows": {}}"#)]);
    assert_eq!(
        error(dir.path()),
        "no channel to train on among rows, expected training or train"
    );
    let content_type = r#"{"training": {"ContentType": "application/x-parquet"}}"#;
    let dir = job_dir(&[DATA, (CONFIG, content_type)]);
    assert_eq!(
        error(dir.path()),
        "channel training: Content-Type \"application/x-parquet\": expected text/csv, application/json, application/jsonlines, text/libsvm, application/x-npy, application/x-recordio-protobuf"
    );
}

#[test]
fn a_failure_is_short_and_the_first_one_stays() {
    let dir = job_dir(&[]);
    let paths = Paths::new(|_| Some(dir.path().display().to_string()));
    let paths = Paths {
        output: dir.path().join("output"),
        ..paths
    };
    outcome::write_failure(&paths, &"ä".repeat(600)).unwrap();
    outcome::write_failure(&paths, "later").unwrap();
    let written = fs::read_to_string(paths.output.join("failure")).unwrap();
    assert_eq!(written, "ä".repeat(512));
}
