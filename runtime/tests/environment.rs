//! Only `runtime::settings` reads the environment of gateway, model-worker and runtime; a training job's variables
//! are read in one place too.

// A file that can't be read must fail the test at once.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Code that reads the environment, or imports what does.
const READS: [&str; 3] = ["env::var", "env::{", "process_env"];

fn reads_environment(line: &str) -> bool {
    let code = line.split("//").next().unwrap();
    READS.iter().any(|read| code.contains(read))
}

fn file_reads_environment(path: &Path) -> bool {
    let text = fs::read_to_string(path).unwrap();
    text.lines().any(reads_environment)
}

/// The files below a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    entries
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[test]
fn settings_are_read_in_one_place() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let crates = ["gateway/src", "model-worker/src", "runtime/src"];
    let files: Vec<_> = crates
        .iter()
        .flat_map(|directory| files(&project.join(directory)))
        .collect();
    assert!(files.len() > 60, "{files:?}");
    let (settings, others): (Vec<_>, Vec<_>) = files
        .into_iter()
        .filter(|path| file_reads_environment(path))
        .partition(|path| {
            path.starts_with(project.join("runtime/src/settings"))
                || path.ends_with("runtime/src/settings.rs")
        });
    let none: [PathBuf; 0] = [];
    assert_eq!(others, none, "read this in runtime::settings");
    assert!(!settings.is_empty());
}

#[test]
fn a_jobs_variables_are_read_in_one_place() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let source = project.join("trainer/src");
    let mut readers = files(&source);
    readers.retain(|path| file_reads_environment(path));
    // The command hands the reader on, and `job/environment.rs` asks it.
    assert_eq!(
        readers,
        [source.join("command.rs")],
        "read this in trainer::job::environment"
    );
}

#[test]
fn every_way_to_read_is_found() {
    for line in [
        "let level = std::env::var(\"LEVEL\").ok();",
        "    env::var_os(name)",
        "for (name, value) in env::vars() {",
        "use std::env::{self, var};",
        "let settings = Settings::read(process_env);",
    ] {
        assert!(reads_environment(line), "{line}");
    }
    for line in [
        "let arguments = env::args();",
        "// As env::var does.",
        "let settings = Settings::from_env();",
        "env!(\"CARGO_MANIFEST_DIR\")",
    ] {
        assert!(!reads_environment(line), "{line}");
    }
}
