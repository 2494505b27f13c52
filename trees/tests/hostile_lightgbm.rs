//! LightGBM files made to cost: loading takes a bounded multiple of a file's size, and comes back soon.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use algorithm::{Predictor, Rows, Scores};
use trees::LIGHTGBM;

#[path = "support/bounded.rs"]
mod bounded;

/// Entries of the lists below.
const MANY: usize = 300_000;

const TINY_TREE: &str = "Tree=0\nnum_leaves=1\nnum_cat=0\nleaf_value=1\nshrinkage=1\n\n";

#[track_caller]
fn load(what: &str, file: &str, reason: Option<&str>) -> Option<Box<dyn Predictor>> {
    bounded::load(what, file.as_bytes(), reason, LIGHTGBM.load)
}

/// A file of two features.
fn file(header: &str, trees: &str) -> String {
    format!("tree\nversion=v4\nmax_feature_idx=1\nfeature_names=a b\n{header}\n\n{trees}")
}

/// `text` many times, each followed by a space.
fn list(text: &str, n: usize) -> String {
    format!("{text} ").repeat(n)
}

fn numbers(numbers: impl Iterator<Item = i64>) -> String {
    numbers.map(|number| format!("{number} ")).collect()
}

/// A tree of `n` branches in a row; branch `i`'s left child is leaf `i`.
fn chain(n: usize, decision: &str, threshold: &str, rest: &str) -> String {
    format!(
        "Tree=0\nnum_leaves={}\nsplit_feature={}\nthreshold={}\ndecision_type={}\nleft_child={}\n\
         right_child={}\nleaf_value={}\n{rest}\nshrinkage=1\n\n",
        n + 1,
        list("0", n),
        list(threshold, n),
        list(decision, n),
        numbers((0..n as i64).map(|i| -i - 1)),
        numbers((1..n as i64).chain([-(n as i64) - 1])),
        list("1", n + 1),
    )
}

/// One test, because the allocator counts for the whole process.
#[test]
fn memory_and_time_stay_bounded() {
    announced_sizes();
    empty_lines();
    long_lists();
    good_but_dense_models();
    damaged_files();
}

fn announced_sizes() {
    let one = "num_class=1";
    for (what, file, reason) in [
        (
            "features",
            "tree\nversion=v4\nnum_class=1\nmax_feature_idx=2147483646\nfeature_names=a b\n"
                .to_owned(),
            "feature_names: found 2, expected 2147483647",
        ),
        (
            "classes",
            file(
                "num_class=2147483647\nobjective=multiclass num_class:2147483647",
                TINY_TREE,
            ),
            "found 1 trees, expected a multiple of 2147483647",
        ),
        (
            "leaves",
            file(
                one,
                "Tree=0\nnum_leaves=2147483647\nnum_cat=0\nleaf_value=1 2\nshrinkage=1\n",
            ),
            "Tree=0: leaf_value: found 2 numbers, expected 2147483647",
        ),
        (
            "sets",
            file(
                one,
                &chain(
                    1,
                    "1",
                    "0",
                    "num_cat=2147483647\ncat_boundaries=0 1\ncat_threshold=1",
                ),
            ),
            "Tree=0: num_cat: found 2147483647, allowed are 0 to 1",
        ),
        (
            "words",
            file(
                one,
                &chain(
                    1,
                    "1",
                    "0",
                    "num_cat=1\ncat_boundaries=0 999999999999999999\ncat_threshold=1",
                ),
            ),
            "Tree=0: cat_threshold: found 1 numbers, expected 999999999999999999",
        ),
        (
            "terms",
            file(
                one,
                &chain(
                    1,
                    "0",
                    "0",
                    "num_cat=0\nis_linear=1\nnum_features=2 2\nleaf_features=0\nleaf_coeff=1",
                ),
            ),
            "Tree=0: leaf_features: found 1 numbers, expected 4",
        ),
    ] {
        load(what, &file, Some(reason));
    }
}

fn empty_lines() {
    load(
        "blank",
        &file("num_class=1", &"\n".repeat(MANY)),
        Some("found 0 trees"),
    );
    load(
        "header",
        &file(&"=\n".repeat(MANY), TINY_TREE),
        Some("num_class"),
    );
    load(
        "no tree",
        &file("num_class=1", &"Tree=\n".repeat(MANY)),
        Some("Tree=0: num_leaves"),
    );
    load(
        "no line",
        &file(&"a".repeat(MANY), TINY_TREE),
        Some("num_class"),
    );
    let tree = format!("Tree=0\n{}", "=\n".repeat(MANY));
    load(
        "lines of a tree",
        &file("num_class=1", &tree),
        Some("cut off"),
    );
    let objective = format!("num_class=1\nobjective=binary {}", list("a", MANY));
    load(
        "objective",
        &file(&objective, TINY_TREE),
        Some("`sigmoid:` is missing"),
    );
}

fn long_lists() {
    let tree = |key: &str| {
        let lines = "Tree=0\nnum_leaves=3\nnum_cat=0\nleaf_value=1 2 3\nsplit_feature=0 0\nthreshold=0 0\n\
            decision_type=0 0\nleft_child=-1 -2\nright_child=1 -3\ncat_boundaries=\nshrinkage=1\n";
        file(
            "num_class=1",
            &format!("{lines}{key}={}\n\n", list("0", MANY)),
        )
    };
    for key in [
        "leaf_value",
        "split_feature",
        "threshold",
        "decision_type",
        "left_child",
        "right_child",
    ] {
        load(key, &tree(key), Some("numbers, expected "));
    }
    load(
        "num_leaves",
        &tree("num_leaves"),
        Some("num_leaves: found `0 0 "),
    );
    load("num_cat", &tree("num_cat"), Some("num_cat: found `0 0 "));
    load(
        "spaces",
        &tree("leaf_value").replace("0 ", "  "),
        Some("found 0 numbers"),
    );
    let sizes = format!("num_class=1\ntree_sizes={}", list("0", MANY));
    load(
        "tree_sizes",
        &file(&sizes, TINY_TREE),
        Some("expected 300000, as tree_sizes says"),
    );
}

fn good_but_dense_models() {
    let one = "num_class=1";
    score(load(
        "a leaf a tree",
        &file(one, &TINY_TREE.repeat(MANY / 10)),
        None,
    ));
    let classes = format!(
        "num_class={0}\nobjective=multiclass num_class:{0}",
        MANY / 10
    );
    score(load(
        "a class a tree",
        &file(&classes, &TINY_TREE.repeat(MANY / 10)),
        None,
    ));
    for (what, decision) in [("NaN", "8"), ("zero", "4"), ("none", "0")] {
        score(load(
            what,
            &file(one, &chain(MANY, decision, "0", "num_cat=0")),
            None,
        ));
    }
    let shared = "num_cat=1\ncat_boundaries=0 1\ncat_threshold=1";
    score(load(
        "a shared set",
        &file(one, &chain(MANY, "1", "0", shared)),
        None,
    ));
    let sets = |words: usize| {
        let bounds = numbers((0..=MANY as i64).map(|i| i * words as i64));
        let words = list("1", MANY * words);
        let rest = format!("num_cat={MANY}\ncat_boundaries={bounds}\ncat_threshold={words}");
        file(one, &chain(MANY, "1", "0", &rest))
    };
    score(load("sets", &sets(1), None));
    score(load("larger sets", &sets(4), None));
    score(load("empty sets", &sets(0), None));
    let linear = |n: usize, of: &str, features: usize| {
        let rest = format!(
            "num_cat=0\nis_linear=1\nleaf_const={}\nnum_features={}\nleaf_features={}\nleaf_coeff={}",
            list("1", n + 1),
            list(of, n + 1),
            list("0", (n + 1) * features),
            list("1", (n + 1) * features)
        );
        file(one, &chain(n, "0", "0", &rest))
    };
    score(load("linear leaves", &linear(MANY, "0", 0), None));
    score(load("terms", &linear(MANY, "2", 2), None));
    let names = format!(
        "tree\nversion=v4\nnum_class=1\nmax_feature_idx={}\nfeature_names={}\n\n{TINY_TREE}",
        MANY - 1,
        list("a", MANY)
    );
    load("names", &names, None);
}

/// The corpus with every number of a list too many, too few, and out of range.
fn damaged_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lightgbm/4.7.0");
    for name in [
        "binary",
        "categorical",
        "linear_multiclass",
        "rf_multiclass",
    ] {
        let text = fs::read_to_string(folder.join(format!("{name}.txt"))).unwrap();
        for (start, _) in text.match_indices('=') {
            for number in ["1 ", "-1", "99999999999", "1e308", "nan", "\n"] {
                let damaged = format!("{}={number}{}", &text[..start], &text[start + 1..]);
                if let Ok(model) = (LIGHTGBM.load)(damaged.as_bytes()) {
                    score(Some(model));
                }
            }
        }
    }
}

fn score(model: Option<Box<dyn Predictor>>) {
    let start = Instant::now();
    let model = model.unwrap();
    let n = model.signature().features.len();
    let values = [0.0, -1.0, f64::NAN, 1.0, 1e-36];
    let rows: Vec<f64> = values.into_iter().cycle().take(2 * n).collect();
    let mut scores = Scores::new();
    model.predict(Rows::F64(&rows), &mut scores).unwrap();
    assert_eq!(scores.n_rows(), 2);
    assert!(start.elapsed() < Duration::from_secs(20));
}
