//! Training jobs as SageMaker sees them: exit code, failure file, model directory.

use std::fs;

use stack_tests::training::Job;

const DATA: &str = "input/data/training/leaf_train.csv";
const HYPERPARAMETERS: &str = "input/config/hyperparameters.json";

#[test]
fn a_job_leaves_a_model_and_nothing_else_in_the_model_directory() {
    let job = Job::sample().trained();
    let files: Vec<_> = fs::read_dir(job.path().join("model"))
        .unwrap()
        .flatten()
        .map(|e| e.file_name())
        .collect();
    assert_eq!(files, ["model.onnx"]);
    assert!(!job.path().join("output/failure").exists());
}

#[test]
fn a_job_that_can_not_be_done_says_where_and_why() {
    for (file, content, words) in [
        (HYPERPARAMETERS, r#"{"max_dept": "3"}"#, &["max_dept"][..]),
        (
            HYPERPARAMETERS,
            r#"{"max_depth": "0"}"#,
            &["max_depth", "0"],
        ),
        (
            HYPERPARAMETERS,
            r#"{"criterion": "mse"}"#,
            &["criterion", "mse", "gini", "entropy"],
        ),
        (
            DATA,
            "a,1,2\nb,1\n",
            &["leaf_train.csv", "line 2", "2", "3"],
        ),
        (
            DATA,
            "a,1,2\nb,1,x\n",
            &["leaf_train.csv", "line 2", "column 3", "x"],
        ),
        (DATA, "", &["training"]),
    ] {
        let job = Job::sample();
        job.write(file, content);
        let output = job.train();
        assert!(!output.status.success(), "{content}");
        let failure = job.failure();
        assert_eq!(failure.trim_end().lines().count(), 1, "{failure}");
        for word in words {
            assert!(failure.contains(word), "{failure} must name {word}");
        }
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains(failure.trim_end()), "{stderr}");
        assert_eq!(fs::read_dir(job.path().join("model")).unwrap().count(), 0);
    }
}

#[test]
fn the_same_rows_give_the_same_file() {
    let model = |job: Job| fs::read(job.trained().path().join("model/model.onnx")).unwrap();
    assert!(model(Job::sample()) == model(Job::sample()));
}
