//! Copies that something happened to, and files of other kinds.

use std::{fs, path::Path};

use algorithm::ModelFormat;
use trees::LIGHTGBM;

use super::corpus::{answers, load, newest};

fn looks_like_lightgbm(head: &[u8]) -> bool {
    ModelFormat::of_file(&[LIGHTGBM], "any", head).is_some()
}

/// What happens to files on their way: none of it changes an answer.
#[test]
fn copies_that_editors_and_scripts_change() {
    let case = newest("names");
    let original = String::from_utf8(case.file.clone()).unwrap();
    let without = |key: &str| {
        let lines = original.lines().filter(|line| !line.starts_with(key));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    let (trees, _) = original.split_once("end of trees").unwrap();
    let bare = original.replace("\n\n\n", "\n\n");
    let rows = case.rows.concat();
    let expected = answers(&*load(&case.file).unwrap(), &rows);
    for copy in [
        original.replace('\n', "\r\n"),
        format!("\u{feff}{original}"),
        without("tree_sizes"),
        without("end of trees"),
        trees.to_owned(),
        trees.trim_end().to_owned(),
        bare,
    ] {
        assert!(looks_like_lightgbm(copy.as_bytes()));
        let model = load(copy.as_bytes()).unwrap();
        assert_eq!(
            format!("{:?}", answers(&*model, &rows)),
            format!("{expected:?}")
        );
    }
}

/// Whatever a file loses at its end, short of the last tree's last line, is noticed.
#[test]
fn truncated_files_are_refused() {
    for name in ["names", "linear", "categorical"] {
        let file = newest(name).file;
        let text = String::from_utf8(file.clone()).unwrap();
        let whole = text.rfind("shrinkage=").unwrap();
        for end in 0..whole {
            let error = load(&file[..end]).err();
            assert!(error.is_some(), "{name}: {end} of {} bytes", file.len());
        }
    }
}

#[test]
fn other_files_are_no_lightgbm_models() {
    for bytes in [
        &b""[..],
        b"tree",
        b"tree\n",
        b"tree\nversion",
        b"trees\nversion=v4\n",
        b"\ntree\nversion=v4\n",
        b"# a tree\n",
        b"{\"tree\": 1}",
        b"\x08\x07",
    ] {
        assert!(!looks_like_lightgbm(bytes));
        let error = load(bytes).err().unwrap();
        assert!(error.starts_with("not a LightGBM model file: "), "{error}");
    }
    assert!(looks_like_lightgbm(b"tree\r\nversion=v9\r\n"));
}

#[test]
fn the_corpus_is_small() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lightgbm");
    let mut total = 0;
    for version in fs::read_dir(folder).unwrap() {
        let path = version.unwrap().path();
        if path.is_dir() {
            let files = fs::read_dir(path).unwrap();
            total += files
                .map(|f| f.unwrap().metadata().unwrap().len())
                .sum::<u64>();
        }
    }
    assert!(total < 2_200_000, "{total} bytes");
}

/// As LightGBM saves a model before its first iteration; it answers what a sum of 0 does.
#[test]
fn a_model_without_trees() {
    let file = "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=2\n\
        objective=binary sigmoid:1\nfeature_names=a b c\nfeature_infos=[0:1] [0:1] [0:1]\ntree_sizes=\n\nend of trees\n";
    let model = load(file.as_bytes()).unwrap();
    let answers = answers(&*model, &[1.0, f64::NAN, 0.0]);
    assert_eq!(answers.raw_scores, [0.0]);
    assert_eq!(answers.values, [0.5, 0.5]);
    assert!(answers.leaves.is_empty());
    let cut = file.replace("tree_sizes=\n", "");
    assert!(load(cut.as_bytes()).is_err());
}
