//! Jobs on several hosts: a process each, with a base directory of its own.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
};

use algorithm::Part;
use serde_json::{Value, json};
use tempfile::TempDir;
use trees::{Model, ONNX};

/// What the hosts of a job are called; the list is not sorted.
const HOSTS: [&str; 3] = ["algo-3", "algo-1", "algo-2"];

/// Labels and two features of some rows, as lines; the label of row `i` is `label(i)`.
fn lines(label: impl Fn(usize) -> String) -> Vec<String> {
    let line = |i: usize| {
        let noise = i * 7919 % 13;
        format!("{},{},{}\n", label(i), i * 7 % 31 + noise, i * i % 17)
    };
    (0..400).map(line).collect()
}

/// The directory of a job with these hyperparameters, on the host `name` of `hosts`, or of none.
fn job(hyperparameters: &Value, lines: &[String], host: Option<(&str, &[&str])>) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let mut lines = lines.to_vec();
    if let Some((name, hosts)) = host {
        let config =
            json!({"current_host": name, "hosts": hosts, "network_interface_name": "eth0"});
        write("input/config/resourceconfig.json", &config.to_string());
        // Each host has the rows in another order, in other files.
        let length = lines.len();
        lines.rotate_left(name.bytes().map(usize::from).sum::<usize>() * 31 % length);
    }
    write(
        "input/config/hyperparameters.json",
        &hyperparameters.to_string(),
    );
    let (first, second) = lines.split_at(150);
    write("input/data/train/a.csv", &first.concat());
    write("input/data/train/b.csv", &second.concat());
    directory
}

fn start(job: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_trainer"))
        .env("SAGEMAKER_BASE_DIR", job)
        .env_remove("RUST_LOG")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Status, stdout and stderr.
fn end(child: Child) -> (Option<i32>, String, String) {
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// The names of the files in a directory of a job, sorted; none if there is no such directory.
fn names(job: &Path, directory: &str) -> Vec<String> {
    let entries = fs::read_dir(job.join(directory)).into_iter().flatten();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names
}

/// The model of the host that trains alone.
fn alone(hyperparameters: &Value, lines: &[String]) -> Vec<u8> {
    let job = job(hyperparameters, lines, None);
    let (status, _, stderr) = end(start(job.path()));
    assert_eq!(status, Some(0), "{stderr}");
    assert_eq!(names(job.path(), "model"), ["model.onnx"]);
    fs::read(job.path().join("model/model.onnx")).unwrap()
}

/// The model file of each host, with its name; all hosts train at once.
fn on_hosts(hyperparameters: &Value, lines: &[String]) -> Vec<(String, Vec<u8>)> {
    let jobs = HOSTS.map(|name| job(hyperparameters, lines, Some((name, &HOSTS))));
    let running = jobs.each_ref().map(|job| start(job.path()));
    let mut files = Vec::new();
    for ((name, job), child) in HOSTS.iter().zip(&jobs).zip(running) {
        let (status, stdout, stderr) = end(child);
        assert_eq!(status, Some(0), "{name}: {stderr}");
        let number = name.strip_prefix("algo-").unwrap();
        let file = format!("forest-{number}-of-3.onnx");
        assert_eq!(names(job.path(), "model"), [&*file]);
        let log = format!("trains part {number} of 3");
        assert!(stderr.contains(&log), "{name}: {stderr}");
        // The directories of all hosts become one: no name is there twice.
        let is_first = number == "1";
        assert_eq!(
            names(job.path(), "output/data"),
            match is_first {
                true => vec!["metrics.json", "report.html"],
                false => vec![],
            }
        );
        assert_eq!(stdout.is_empty(), !is_first, "{name}: {stdout}");
        files.push((
            file.clone(),
            fs::read(job.path().join("model").join(file)).unwrap(),
        ));
    }
    files
}

fn join(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, String> {
    let parts = files.iter().map(|(name, content)| Part { name, content });
    let join = ONNX.parts().unwrap().join;
    join(&parts.collect::<Vec<_>>()).map_err(|error| error.to_string())
}

/// Labels of two classes, of four, and numbers.
fn labels() -> [Vec<String>; 3] {
    [
        lines(|i| (i * 5 % 31 / 16).to_string()),
        lines(|i| ["ash", "elm", "fir", "oak"][i * 7 % 31 / 8].to_owned()),
        lines(|i| format!("{}.25", i * 7 % 31)),
    ]
}

#[test]
fn a_forest_on_hosts_is_byte_for_byte_that_of_one() {
    for hyperparameters in [
        json!({"algorithm": "random_forest", "n_estimators": "7", "oob_score": "true"}),
        json!({"algorithm": "random_forest", "n_estimators": "4", "tree_method": "exact"}),
        json!({"algorithm": "extra_trees", "n_estimators": "3", "max_leaf_nodes": "9"}),
    ] {
        for lines in &labels() {
            let whole = alone(&hyperparameters, lines);
            let parts = on_hosts(&hyperparameters, lines);
            assert!(
                join(&parts).unwrap() == whole,
                "{hyperparameters}, {}",
                lines[0]
            );
            Model::load(&whole).unwrap();
        }
    }
}

#[test]
fn parts_of_other_data_or_settings_are_refused_by_name() {
    let [two, four, _] = &labels();
    let hyperparameters =
        |depth| json!({"algorithm": "random_forest", "n_estimators": "3", "max_depth": depth});
    let parts = on_hosts(&hyperparameters("2"), two);
    let others = on_hosts(&hyperparameters("3"), two);
    // In the order of HOSTS, the second is the first host's.
    let mixed = |others: &[(String, Vec<u8>)]| {
        join(&[parts[1].clone(), others[2].clone(), parts[0].clone()]).unwrap_err()
    };
    let sentence = "forest-1-of-3.onnx and forest-2-of-3.onnx are parts of different forests: their data or their hyperparameters differ";
    assert_eq!(mixed(&others), sentence);
    assert_eq!(mixed(&on_hosts(&hyperparameters("2"), four)), sentence);
    let mut less = two.clone();
    less[17] = less[16].clone();
    assert_eq!(mixed(&on_hosts(&hyperparameters("2"), &less)), sentence);
    assert_eq!(
        join(&parts[..2]).unwrap_err(),
        "forest-2-of-3.onnx is missing: found 2 of the 3 parts of a forest"
    );
}

#[test]
fn the_first_host_measures_its_own_trees() {
    let hyperparameters =
        json!({"algorithm": "random_forest", "n_estimators": "60", "oob_score": "true"});
    let [lines, ..] = &labels();
    let job = job(&hyperparameters, lines, Some(("algo-1", &HOSTS)));
    let (status, stdout, stderr) = end(start(job.path()));
    assert_eq!(status, Some(0), "{stderr}");
    assert!(
        stderr.contains("grows 20 of 60 trees; figures are those of this host's trees"),
        "{stderr}"
    );
    let metrics = fs::read(job.path().join("output/data/metrics.json")).unwrap();
    let metrics: Value = serde_json::from_slice(&metrics).unwrap();
    // A forest by itself: with a third of each probability, every row would be of the first class.
    let accuracy = metrics["train"]["accuracy"].as_f64().unwrap();
    assert!(accuracy > 0.75, "{metrics}");
    assert_eq!(metrics["forest"]["n_trees"], 20, "{metrics}");
    assert!(stdout.contains("train:accuracy="), "{stdout}");
    let page = fs::read_to_string(job.path().join("output/data/report.html")).unwrap();
    assert!(page.contains("Part 1 of 3 of a random forest for 2 classes"));
}

#[test]
fn what_a_forest_on_hosts_needs_is_said() {
    let [lines, ..] = &labels();
    let failure = |hyperparameters: &Value, channels: Option<Value>| {
        let job = job(hyperparameters, lines, Some(("algo-2", &HOSTS)));
        if let Some(channels) = channels {
            let path = job.path().join("input/config/inputdataconfig.json");
            fs::write(path, channels.to_string()).unwrap();
        }
        assert_eq!(end(start(job.path())).0, Some(1));
        assert_eq!(names(job.path(), "model"), [""; 0]);
        fs::read_to_string(job.path().join("output/failure")).unwrap()
    };
    let forest = |n| json!({"algorithm": "extra_trees", "n_estimators": n});
    assert_eq!(
        failure(&forest("2"), None),
        "hyperparameter n_estimators=2: expected at least 3, a tree for each host of the job"
    );
    let sharded = json!({"train": {"S3DistributionType": "ShardedByS3Key"}});
    assert_eq!(
        failure(&forest("3"), Some(sharded)),
        "the train channel is sharded over 3 hosts, but each of them needs all rows: use FullyReplicated"
    );
}

#[test]
fn boosting_trains_on_the_first_host_and_the_others_say_so() {
    let hyperparameters = json!({"num_round": "2"});
    let lines = lines(|i| (i % 2).to_string());
    for (name, files, sentence) in [
        (
            "algo-1",
            vec!["xgboost-model"],
            "only this host trains, on its own files; expected data that is fully replicated",
        ),
        (
            "algo-2",
            vec![],
            "algo-2 has nothing to do: algo-1 trains and writes the model",
        ),
    ] {
        let job = job(&hyperparameters, &lines, Some((name, &HOSTS)));
        let config = json!({"train": {"ContentType": "text/csv"}}).to_string();
        fs::write(job.path().join("input/config/inputdataconfig.json"), config).unwrap();
        let (status, _, stderr) = end(start(job.path()));
        assert_eq!(status, Some(0), "{stderr}");
        assert!(stderr.contains(sentence), "{name}: {stderr}");
        assert_eq!(names(job.path(), "model"), files);
        assert_eq!(
            names(job.path(), "output/data").is_empty(),
            files.is_empty()
        );
    }
}
