//! Training jobs on a copy of the sample data.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

use crate::{binaries, project};

/// A job's directory tree, as SageMaker mounts it on /opt/ml.
pub struct Job {
    directory: TempDir,
}

impl Job {
    /// A job that has ended with this model file.
    pub fn ended(model: &[u8]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let job = Self { directory };
        job.write("model/model.onnx", model);
        job
    }

    /// The sample job in `local-test/test-dir`.
    pub fn sample() -> Self {
        Self::copy_of("local-test/test-dir")
    }

    /// The job of k-means, one of the examples.
    pub fn k_means() -> Self {
        let job = Self::copy_of("examples/k-means/job");
        let parameters = r#"{"algorithm": "k_means", "n_clusters": "6"}"#;
        job.write("input/config/hyperparameters.json", parameters);
        job
    }

    fn copy_of(folder: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        copy(
            &project().join(folder).join("input"),
            &directory.path().join("input"),
        );
        for name in ["model", "output"] {
            fs::create_dir(directory.path().join(name)).unwrap();
        }
        Self { directory }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Replaces a file of the job.
    pub fn write(&self, file: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Runs the trainer.
    pub fn train(&self) -> Output {
        Command::new(binaries().join("stack-trainer"))
            .env("SAGEMAKER_BASE_DIR", self.path())
            .output()
            .expect("the trainer must be built")
    }

    /// Runs the trainer, which must succeed.
    pub fn trained(self) -> Self {
        let output = self.train();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "training failed: {stderr}");
        self
    }

    /// What the job left in `output/failure`.
    pub fn failure(&self) -> String {
        fs::read_to_string(self.path().join("output/failure")).unwrap()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
