//! Only `src/error.rs` names HTTP error statuses.

use std::{
    fs,
    path::{Path, PathBuf},
};

use axum::http::StatusCode;

/// Whether a line of code holds the name of an error status, as in `StatusCode::BAD_GATEWAY`, or its number.
/// No other number from 400 to 599 is needed; `1 << 9` says 512.
fn names_error_status(line: &str) -> bool {
    let code = line.split("//").next().unwrap();
    let mut words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.any(|word| {
        let digits = word.strip_suffix("u16").unwrap_or(word);
        let is_number = digits
            .parse()
            .is_ok_and(|number: u16| (400..600).contains(&number));
        is_number || error_names().iter().any(|name| name == word)
    })
}

/// The constants of `StatusCode`, which are made of the reason phrases.
fn error_names() -> Vec<String> {
    let reasons = (400..600).filter_map(|number| {
        let status = StatusCode::from_u16(number).unwrap();
        status.canonical_reason()
    });
    reasons
        .map(|reason| {
            reason
                .to_uppercase()
                .replace(['-', ' '], "_")
                .replace('\'', "")
        })
        .collect()
}

/// The Rust files below a directory.
fn sources(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    entries
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[test]
fn only_one_file_names_them() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = sources(&source);
    assert!(files.len() > 15, "{files:?}");
    let naming: Vec<_> = files
        .into_iter()
        .filter(|path| {
            let text = fs::read_to_string(path).unwrap();
            text.lines().any(names_error_status)
        })
        .collect();
    assert_eq!(naming, [source.join("error.rs")]);
}

#[test]
fn a_name_or_a_number_is_found() {
    for line in [
        "        StatusCode::SERVICE_UNAVAILABLE",
        "    return (NOT_FOUND, line).into_response();",
        "let status = StatusCode::from_u16(503);",
        "if response.status() == 400u16 {",
        "StatusCode::IM_A_TEAPOT",
    ] {
        assert!(names_error_status(line), "{line}");
    }
    for line in [
        "StatusCode::OK",
        "StatusCode::from_u16(204)",
        "// Answered with 503.",
        "const LIMIT: usize = 64 << 10;",
        "async fn beyond_its_time_is_504() {",
    ] {
        assert!(!names_error_status(line), "{line}");
    }
}
