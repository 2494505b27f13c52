//! What a refusal says.

use super::corpus::{load, newest};

/// A place, what was found there and what is allowed.
#[test]
fn errors_name_the_place() {
    let numbers = String::from_utf8(newest("regression").file).unwrap();
    let sets = String::from_utf8(newest("categorical").file).unwrap();
    let linear = String::from_utf8(newest("linear").file).unwrap();
    let edit = |text: &str, tree: Option<usize>, key: &str, value: &str| {
        let at = match tree {
            None => 0,
            Some(tree) => text.find(&format!("\nTree={tree}\n")).unwrap(),
        };
        let start = at + text[at..].find(&format!("\n{key}=")).unwrap() + 1;
        let end = start + text[start..].find('\n').unwrap();
        format!("{}{value}{}", &text[..start], &text[end..])
    };
    let head = None;
    for (text, tree, key, line, expected) in [
        (
            &numbers,
            head,
            "version",
            "version=v5",
            "unsupported LightGBM model: version: found `v5`, supported are v2, v3 and v4",
        ),
        (
            &numbers,
            head,
            "max_feature_idx",
            "",
            "invalid LightGBM model: max_feature_idx: the line is missing",
        ),
        (
            &numbers,
            head,
            "max_feature_idx",
            "max_feature_idx=2000000000",
            "invalid LightGBM model: feature_names: found 4, expected 2000000001, as max_feature_idx says",
        ),
        (
            &numbers,
            head,
            "max_feature_idx",
            "max_feature_idx=-1",
            "invalid LightGBM model: max_feature_idx: found `-1`, allowed are 0 to 2147483646",
        ),
        (
            &numbers,
            head,
            "feature_names",
            "",
            "invalid LightGBM model: feature_names: the line is missing",
        ),
        (
            &numbers,
            head,
            "num_tree_per_iteration",
            "num_tree_per_iteration=0",
            "invalid LightGBM model: num_tree_per_iteration: found 0, allowed are numbers from 1",
        ),
        (
            &numbers,
            head,
            "num_tree_per_iteration",
            "num_tree_per_iteration=2",
            "invalid LightGBM model: num_tree_per_iteration: found 2, which does not fit the objective",
        ),
        (
            &numbers,
            head,
            "num_tree_per_iteration",
            "num_tree_per_iteration=2000000000",
            "invalid LightGBM model: found 4 trees, expected a multiple of 2000000000, as num_tree_per_iteration says",
        ),
        (
            &numbers,
            head,
            "objective",
            "objective=pinball",
            "unsupported LightGBM model: objective: found `pinball`, supported are those of LightGBM 2 to 4",
        ),
        (
            &numbers,
            head,
            "objective",
            "objective=binary",
            "invalid LightGBM model: objective: `sigmoid:` is missing",
        ),
        (
            &numbers,
            head,
            "objective",
            "objective=binary sigmoid:-1",
            "invalid LightGBM model: objective: sigmoid: found `-1`, allowed are numbers above 0",
        ),
        (
            &numbers,
            head,
            "tree_sizes",
            "tree_sizes=1 2 3",
            "invalid LightGBM model: found 4 trees, expected 3, as tree_sizes says",
        ),
        (
            &numbers,
            Some(3),
            "num_leaves",
            "n=5",
            "invalid LightGBM model: Tree=3: num_leaves: the line is missing",
        ),
        (
            &numbers,
            Some(3),
            "num_leaves",
            "num_leaves=0",
            "invalid LightGBM model: Tree=3: num_leaves: found 0, allowed are numbers from 1",
        ),
        (
            &numbers,
            Some(3),
            "num_leaves",
            "num_leaves=2000000000",
            "invalid LightGBM model: Tree=3: leaf_value: found 5 numbers, expected 2000000000",
        ),
        (
            &numbers,
            Some(3),
            "leaf_value",
            "leaf_value=1 2 3 4",
            "invalid LightGBM model: Tree=3: leaf_value: found 4 numbers, expected 5",
        ),
        (
            &numbers,
            Some(3),
            "leaf_value",
            "leaf_value=1 2 3 4 5 6",
            "invalid LightGBM model: Tree=3: leaf_value: found more than 5 numbers, expected 5",
        ),
        (
            &numbers,
            Some(3),
            "leaf_value",
            "leaf_value=1 2 3 4 5x",
            "invalid LightGBM model: Tree=3: leaf_value[4]: found `5x`, expected a number",
        ),
        (
            &numbers,
            Some(3),
            "left_child",
            "left_child=-1 2 12 -2",
            "invalid LightGBM model: Tree=3: left_child[2]: found 12, allowed are -5 to 3",
        ),
        (
            &numbers,
            Some(3),
            "left_child",
            "left_child=0 2 3 -1",
            "invalid LightGBM model: Tree=3: left_child[0]: found 0, which is the root or the child of another node",
        ),
        (
            &numbers,
            Some(3),
            "split_feature",
            "split_feature=0 1 4 1",
            "invalid LightGBM model: Tree=3: split_feature[2]: found 4, allowed are 0 to 3",
        ),
        (
            &numbers,
            Some(3),
            "decision_type",
            "decision_type=2 2 2 12",
            "unsupported LightGBM model: Tree=3: decision_type[3]: found 12, supported are 0 to 11",
        ),
        (
            &numbers,
            Some(3),
            "decision_type",
            "decision_type=1 1 1 1",
            "num_cat",
        ),
        (
            &sets,
            Some(0),
            "cat_boundaries",
            "cat_boundaries=0",
            "numbers, expected",
        ),
        (
            &sets,
            Some(0),
            "cat_threshold",
            "cat_threshold=-1",
            "Tree=0: cat_threshold",
        ),
        (
            &linear,
            Some(1),
            "leaf_features",
            "leaf_features=0 9",
            "Tree=1: leaf_features",
        ),
        (
            &linear,
            Some(1),
            "num_features",
            "num_features=99999999 0 0 0 0",
            "Tree=1: num_features[0]: found 99999999, allowed are 0 to 4",
        ),
    ] {
        let error = load(edit(text, tree, key, line).as_bytes()).err().unwrap();
        let fits = if expected.contains("LightGBM") {
            error == expected
        } else {
            error.contains(expected)
        };
        assert!(fits, "{error}\nexpected {expected}");
        assert!(!error.contains('\n'));
    }
}
