//! The trainer and the model-worker know no model: only their binaries' lists name trees.

use std::{collections::BTreeSet, fs};

use stack_tests::project;

use crate::{Violations, assert_none, workspace};

const FOLDERS: [&str; 2] = ["model-worker/src", "trainer/src"];

#[test]
fn the_libraries_of_trainer_and_worker_have_no_word_of_trees() {
    let mut violations = Violations::new();
    for folder in FOLDERS {
        let mut files = Vec::new();
        for file in workspace::files(&project().join(folder)) {
            if file.ends_with("src/main.rs") {
                continue;
            }
            let words = tree_words(&fs::read_to_string(&file).unwrap());
            if !words.is_empty() {
                files.push(format!("{}: {words:?}", file.display()));
            }
        }
        if !files.is_empty() {
            violations.insert(folder.to_owned(), format!("\n  {}", files.join("\n  ")));
        }
    }
    assert_none(&violations);
}

/// The words of a source file, comments included, that name trees, their files or the crate `learners`, in
/// lower case.
fn tree_words(source: &str) -> BTreeSet<String> {
    let source = source.to_lowercase();
    source
        .split(|character: char| !character.is_alphanumeric() && !['_', ':'].contains(&character))
        .flat_map(|path| match path.strip_prefix("learners::") {
            Some(_) => vec![path],
            None => path.split(':').collect(),
        })
        .filter(|word| {
            // The standard library's maps are no trees of ours.
            let word = word.replace("btree", "");
            ["tree", "forest", "onnx", "learners::"]
                .iter()
                .any(|named| word.contains(named))
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn words_of_trees_are_found() {
    let source = "use std::collections::BTreeMap; // a Tree
        use learners::exact;
        fn n_trees(x: RandomForest, learners: &[L]) { crate::learners::to_onnx(btree_map) }";
    let found: Vec<String> = tree_words(source).into_iter().collect();
    assert_eq!(
        found,
        [
            "learners::exact",
            "n_trees",
            "randomforest",
            "to_onnx",
            "tree"
        ]
    );
}
