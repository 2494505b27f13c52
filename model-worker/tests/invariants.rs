//! What ARCHITECTURE.md says of this crate's sources, held by a look at them.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::{fs, path::Path};

/// The lines of all source files below `directory`, each after its file's path.
fn lines(directory: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            lines(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
        let named = |line: &str| (name.display().to_string(), line.to_owned());
        found.extend(text.lines().map(named));
    }
}

/// A constructor of tonic's `Status`, which is named after its code, or a code.
fn names_a_code(line: &str) -> bool {
    let constructor = line
        .split("Status::")
        .skip(1)
        .any(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
    constructor || line.replace("ExitCode", "").contains("Code::")
}

#[test]
fn only_one_file_names_grpc_codes() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    lines(&sources, &mut all);
    let mut files: Vec<String> = all
        .into_iter()
        .filter(|(_, line)| names_a_code(line))
        .map(|(file, _)| file)
        .collect();
    files.dedup();
    // Tests compare codes.
    files.retain(|file| !file.ends_with("/tests.rs"));
    assert_eq!(files, ["src/status.rs"]);
}
