//! Jobs of AWS's XGBoost container, by the binary: no `algorithm`, its channels, hyperparameters, lines and files.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::Path, process::Command};

use algorithm::{Predictor, Rows, Scores};
use serde_json::{Value, json};
use tempfile::TempDir;
use trees::Model;

/// Label and two features of row `i`.
fn row(i: usize) -> (f32, [f32; 2]) {
    let features = [(i * 7 % 31) as f32, (i * i % 17) as f32];
    let noise = (i * 7919 % 13) as f32 / 4.0;
    (features[0] / 2.0 + features[1] + noise, features)
}

fn csv(rows: std::ops::Range<usize>) -> String {
    let line = |i| {
        let (label, [a, b]) = row(i);
        format!("{label},{a},{b}\n")
    };
    rows.map(line).collect()
}

fn libsvm(rows: std::ops::Range<usize>) -> String {
    let line = |i| {
        let (label, [a, b]) = row(i);
        format!("{label} 0:{a} 1:{b}\n")
    };
    rows.map(line).collect()
}

/// A job with these hyperparameters and channels, each of a content type and one file.
fn job(hyperparameters: &Value, channels: &[(&str, Option<&str>, String)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "input/config/hyperparameters.json",
        &hyperparameters.to_string(),
    );
    let mut config = json!({});
    for (name, content_type, text) in channels {
        config[*name] =
            json!({"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated"});
        if let Some(content_type) = content_type {
            config[*name]["ContentType"] = json!(content_type);
        }
        write(&format!("input/data/{name}/rows"), text);
    }
    write("input/config/inputdataconfig.json", &config.to_string());
    directory
}

/// Status, stdout and stderr.
fn train(job: &Path) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_trainer"))
        .env("SAGEMAKER_BASE_DIR", job)
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn rounds(stdout: &str) -> Vec<&str> {
    stdout
        .lines()
        .filter(|line| line.starts_with('['))
        .collect()
}

fn model_files(job: &Path) -> Vec<String> {
    let entries = fs::read_dir(job.join("model")).into_iter().flatten();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn a_job_with_num_round_and_no_algorithm_boosts() {
    let hyperparameters = json!({"num_round": "200", "eta": "0.5", "early_stopping_rounds": "3"});
    let channels = [
        ("train", None, libsvm(0..300)),
        ("validation", None, libsvm(300..400)),
    ];
    let job = job(&hyperparameters, &channels);
    let (status, stdout, stderr) = train(job.path());
    assert_eq!(status, Some(0), "{stderr}");
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!(
        lines[..2],
        [
            "Train matrix has 300 rows and 2 columns",
            "Validation matrix has 100 rows"
        ]
    );
    assert_eq!(model_files(job.path()), ["xgboost-model"]);
    let validation: Vec<f64> = rounds(&stdout)
        .iter()
        .map(|line| line.split_once("\tvalidation-rmse:").unwrap().1)
        .map(|text| text.parse().unwrap())
        .collect();
    let best = validation.len() - 4;
    assert!(validation.iter().all(|value| *value >= validation[best]));
    // The model ends with the best round, and answers what was printed.
    let metrics = fs::read(job.path().join("output/data/metrics.json")).unwrap();
    let metrics: Value = serde_json::from_slice(&metrics).unwrap();
    assert_eq!(metrics["boosted_trees"]["n_rounds"], best + 1);
    let file = fs::read(job.path().join("model/xgboost-model")).unwrap();
    let model = Model::load_xgboost(&file).unwrap();
    let (labels, features): (Vec<f32>, Vec<[f32; 2]>) = (300..400).map(row).unzip();
    let mut scores = Scores::new();
    let rows = features.as_flattened();
    model.predict(Rows::F32(rows), &mut scores).unwrap();
    let squares = labels.iter().zip(scores.values());
    let squares = squares.map(|(y, p)| f64::from(y - p).powi(2));
    let rmse = (squares.sum::<f64>() / 100.0).sqrt();
    assert!((rmse - validation[best]).abs() < 1e-5, "{rmse}");
    assert!(
        stdout.contains(&format!("\nvalidation:rmse={rmse:.5}")),
        "{stdout}"
    );
}

#[test]
fn the_page_shows_both_metrics_over_the_rounds() {
    let hyperparameters = json!({"num_round": "30", "eval_metric": "mae,rmse"});
    let channels = [
        ("train", Some("csv"), csv(0..300)),
        ("validation", Some("csv"), csv(300..400)),
    ];
    let job = job(&hyperparameters, &channels);
    let (status, stdout, stderr) = train(job.path());
    assert_eq!(status, Some(0), "{stderr}");
    let page = fs::read_to_string(job.path().join("output/data/report.html")).unwrap();
    assert_eq!(page.matches("<h2>Learning curve</h2>").count(), 2);
    let validation = |line: &&str| -> f64 {
        let text = line.split_once("\tvalidation-rmse:").unwrap().1;
        text.parse().unwrap()
    };
    let values: Vec<f64> = rounds(&stdout).iter().map(validation).collect();
    let best = (0..30)
        .min_by(|a, b| values[*a].total_cmp(&values[*b]))
        .unwrap();
    let text = format!(
        "rmse after each of 30 rounds. On validation rows it is best after {} round",
        best + 1
    );
    assert!(page.contains(&text), "{text}");
    assert!(page.contains(&format!(">best: {} round", best + 1)));
    for title in [
        "Predicted against actual",
        "Residuals",
        "Mean absolute contributions",
    ] {
        assert!(page.contains(&format!("<h2>{title}</h2>")), "{title}");
    }
}

#[test]
fn numbers_that_are_classes_have_a_confusion_matrix() {
    let line = |i: usize| format!("{},{},{}\n", i % 3, i % 3, i % 7);
    let text: String = (0..90).map(line).collect();
    let hyperparameters =
        json!({"num_round": "5", "objective": "multi:softprob", "num_class": "3"});
    let job = job(&hyperparameters, &[("train", Some("csv"), text)]);
    let (status, _, stderr) = train(job.path());
    assert_eq!(status, Some(0), "{stderr}");
    let page = fs::read_to_string(job.path().join("output/data/report.html")).unwrap();
    assert!(page.contains("<h2>Confusion matrix</h2>") && page.contains("<h2>Calibration</h2>"));
    assert!(page.contains("summed over the 3 raw scores"));
}

#[test]
fn the_figures_of_folds_are_kept_without_a_validation_channel_too() {
    let hyperparameters = json!({"num_round": "5", "objective": "reg:squarederror", "_kfold": "4", "eval_metric": "rmse,mae"});
    let job = job(&hyperparameters, &[("train", Some("csv"), csv(0..200))]);
    let (status, stdout, stderr) = train(job.path());
    assert_eq!(status, Some(0), "{stderr}");
    let metrics = fs::read(job.path().join("output/data/metrics.json")).unwrap();
    let metrics: Value = serde_json::from_slice(&metrics).unwrap();
    assert_eq!(metrics["validation"]["n_rows"], 200);
    let means = rounds(&stdout).last().copied().unwrap();
    for channel in ["train", "validation"] {
        for name in ["rmse", "mae"] {
            let mean = metrics[channel][name].as_f64().unwrap();
            let in_line = format!("\t{channel}-{name}:{mean:.5}");
            assert!(means.contains(&in_line), "{in_line} in {means}");
            let in_definition = format!("\n{channel}:{name}={mean:.9};\n");
            assert!(
                stdout.contains(&in_definition),
                "{in_definition} in {stdout}"
            );
        }
    }
}

#[test]
fn a_job_goes_on_from_the_last_checkpoint() {
    let hyperparameters = json!({"num_round": 10, "subsample": "0.8"});
    let job = job(&hyperparameters, &[("train", Some("csv"), csv(0..200))]);
    let checkpoints = job.path().join("checkpoints");
    let config = json!({"S3Uri": "", "LocalPath": &checkpoints});
    let path = job.path().join("input/config/checkpointconfig.json");
    fs::write(path, config.to_string()).unwrap();
    let (status, stdout, stderr) = train(job.path());
    assert_eq!(status, Some(0), "{stderr}");
    assert_eq!(rounds(&stdout).len(), 10);
    let whole = fs::read(job.path().join("model/xgboost-model")).unwrap();
    // How many more there are is up to the clock.
    for entry in fs::read_dir(&checkpoints).unwrap() {
        let path = entry.unwrap().path();
        if !path.ends_with("xgboost-checkpoint.0") {
            fs::remove_file(path).unwrap();
        }
    }
    let (status, again, stderr) = train(job.path());
    assert_eq!(status, Some(0), "{stderr}");
    assert_eq!(rounds(&again), rounds(&stdout)[1..]);
    assert!(fs::read(job.path().join("model/xgboost-model")).unwrap() == whole);
}

#[test]
fn a_failure_has_the_words_of_the_container() {
    let rows = || ("train", Some("text/csv"), csv(0..20));
    for (hyperparameters, channel, sentence) in [
        (
            json!({"num_round": "1", "depth": "3"}),
            rows(),
            "Extraneous hyperparameter found: depth",
        ),
        (
            json!({"eta": "0.1"}),
            rows(),
            "Missing required hyperparameter: num_round",
        ),
        (
            json!({"num_round": "1", "objective": "binary:logistic"}),
            rows(),
            "label must be in (0, 1) for logistic regression",
        ),
        (
            json!({"num_round": "1"}),
            ("train", Some("text/csv"), String::new()),
            "No data in training channel path ",
        ),
    ] {
        let job = job(&hyperparameters, &[channel]);
        let (status, _, stderr) = train(job.path());
        assert_eq!(status, Some(1), "{stderr}");
        let failure = fs::read_to_string(job.path().join("output/failure")).unwrap();
        assert!(failure.starts_with(sentence), "{failure}");
        let last = stderr.lines().last().unwrap();
        assert_eq!(last, format!("UserError: {failure}"));
        assert_eq!(model_files(job.path()), [""; 0]);
    }
}
