//! XGBoost files made to deceive or to cost: refused in one line that names the place, in bounded memory and
//! time.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

use algorithm::{ModelFormat, Predictor};
use trees::{Model, XGBOOST};

#[path = "support/bounded.rs"]
mod bounded;

/// Entries of the lists below.
const MANY: usize = 300_000;

/// A document of one tree of three nodes; the second branch of the test below changes it.
const DOCUMENT: &str = r#"{"learner":{"attributes":{},"feature_names":["a","b"],"gradient_booster":{"model":{
"gbtree_model_param":{"num_parallel_tree":"1","num_trees":"1"},"iteration_indptr":[0,1],"tree_info":[0],"trees":[{
"categories":[3],"categories_nodes":[0],"categories_segments":[0],"categories_sizes":[1],
"default_left":[1,0,0],"left_children":[1,-1,-1],"right_children":[2,-1,-1],"parents":[2147483647,0,0],
"split_conditions":[NaN,1.5E0,-2.5E0],"split_indices":[1,0,0],"split_type":[1,0,0],"sum_hessian":[3,2,1],
"base_weights":[0,0,0],"tree_param":{"num_nodes":"3","size_leaf_vector":"0","num_deleted":"0"}}]},"name":"gbtree"},
"learner_model_param":{"base_score":"5E-1","num_class":"0","num_feature":"2","num_target":"1"},
"objective":{"name":"reg:squarederror"}},"version":[1,7,6]}"#;

#[test]
fn each_fault_is_named_with_its_place() {
    let model = Model::load_xgboost(DOCUMENT.as_bytes()).unwrap();
    assert_eq!(model.signature().features.names(), ["a", "b"]);
    let tree = "learner.gradient_booster.model.trees[0]";
    for (from, to, expected) in [
        (
            r#""left_children":[1,"#,
            r#""left_children":[3,"#,
            format!("invalid XGBoost model: {tree}.left_children[0]: found 3, allowed are 0 to 2"),
        ),
        (
            r#""right_children":[2,"#,
            r#""right_children":[-1,"#,
            format!("invalid XGBoost model: {tree}.right_children[0]: found -1, allowed are 0 to 2"),
        ),
        (
            r#""right_children":[2,"#,
            r#""right_children":[1,"#,
            format!("invalid XGBoost model: {tree}: found several ways to node 1, allowed are trees"),
        ),
        (
            r#""left_children":[1,"#,
            r#""left_children":[0,"#,
            format!("invalid XGBoost model: {tree}: found several ways to node 0, allowed are trees"),
        ),
        (
            r#""split_indices":[1,"#,
            r#""split_indices":[2,"#,
            format!("invalid XGBoost model: {tree}.split_indices[0]: found 2, allowed are 0 to 1"),
        ),
        (
            r#""split_type":[1,"#,
            r#""split_type":[2,"#,
            format!("invalid XGBoost model: {tree}.split_type[0]: found 2, allowed are 0 and 1"),
        ),
        (
            r#""sum_hessian":[3,"#,
            r#""sum_hessian":["#,
            format!("invalid XGBoost model: {tree}.sum_hessian: found 2 entries, left_children has 3"),
        ),
        (
            r#""num_nodes":"3""#,
            r#""num_nodes":"4000000000""#,
            format!(
                "invalid XGBoost model: {tree}.tree_param.num_nodes: found 4000000000, left_children has 3 entries"
            ),
        ),
        (
            r#""num_nodes":"3""#,
            r#""num_nodes":"-3""#,
            format!(
                "invalid XGBoost model: {tree}.tree_param.num_nodes: found `-3`, allowed are 0 to 4294967295"
            ),
        ),
        (
            r#""size_leaf_vector":"0""#,
            r#""size_leaf_vector":"4000000000""#,
            format!(
                "invalid XGBoost model: {tree}.base_weights: found 3 numbers, expected 4000000000 for each of 3 nodes"
            ),
        ),
        (
            r#""base_weights":[0,0,0],"tree_param":{"num_nodes":"3","size_leaf_vector":"0""#,
            r#""leaf_weights":[1,2],"base_weights":[0],"tree_param":{"size_leaf_vector":"2""#,
            format!("invalid XGBoost model: {tree}.right_children[1]: found -1, allowed are 0 to 0"),
        ),
        (
            r#""base_weights":[0,0,0],"tree_param":{"num_nodes":"3","size_leaf_vector":"0""#,
            r#""base_weights":[0,0,0,0,0,0],"tree_param":{"size_leaf_vector":"2""#,
            format!(
                "invalid XGBoost model: {tree}.tree_param.size_leaf_vector: found 2, the model has 1 outputs"
            ),
        ),
        (
            r#""categories":[3]"#,
            r#""categories":[16777216]"#,
            format!("invalid XGBoost model: {tree}.categories: found 16777216, allowed are 0 to 16777215"),
        ),
        (
            r#""categories_sizes":[1]"#,
            r#""categories_sizes":[2]"#,
            format!(
                "invalid XGBoost model: {tree}.categories_segments[0]: found 2 categories from 0 on, categories has 1 \
                 for 1 nodes"
            ),
        ),
        (
            r#""categories_sizes":[1]"#,
            r#""categories_sizes":[]"#,
            format!(
                "invalid XGBoost model: {tree}.categories_sizes: found 0 entries, categories_nodes has 1"
            ),
        ),
        (
            r#""categories_nodes":[0]"#,
            r#""categories_nodes":[1]"#,
            format!(
                "invalid XGBoost model: {tree}.categories_nodes: found no entry for node 0, which splits by categories"
            ),
        ),
        (
            r#""categories_nodes":[0]"#,
            r#""categories_nodes":[-1]"#,
            format!("invalid XGBoost model: {tree}.categories_nodes[0]: found -1, allowed are 0 to 2"),
        ),
        (
            r#""tree_info":[0]"#,
            r#""tree_info":[1]"#,
            "invalid XGBoost model: learner.gradient_booster.model.tree_info[0]: found 1, allowed are 0 to 0".into(),
        ),
        (
            r#""tree_info":[0]"#,
            r#""tree_info":[0,0]"#,
            "invalid XGBoost model: learner.gradient_booster.model.tree_info: found 2 entries for 1 trees".into(),
        ),
        (
            r#""tree_info":[0]"#,
            r#""tree_info":[0],"weight_drop":[]"#,
            "invalid XGBoost model: learner.gradient_booster.model.weight_drop: found 0 entries for 1 trees".into(),
        ),
        (
            r#""tree_info":[0]"#,
            r#""tree_info":[12345678901]"#,
            "invalid XGBoost model: learner.gradient_booster.model.tree_info[0]: found 12345678901, allowed are \
             -2147483648 to 2147483647"
                .into(),
        ),
        (
            r#""num_trees":"1""#,
            r#""num_trees":"2""#,
            "invalid XGBoost model: learner.gradient_booster.model.trees: found 1 trees, num_trees says 2".into(),
        ),
        (
            r#""num_feature":"2""#,
            r#""num_feature":"3""#,
            "invalid XGBoost model: learner.feature_names: names: found 2, expected none or 3, one a feature".into(),
        ),
        (
            r#""num_feature":"2""#,
            r#""num_feature":"0""#,
            "invalid XGBoost model: learner.learner_model_param.num_feature: found 0, allowed are numbers from 1: the \
             model has not been fitted"
                .into(),
        ),
        (
            r#""num_feature":"2""#,
            r#""num_feature":"4294967295""#,
            "unsupported XGBoost model: learner.learner_model_param.num_feature: found 4294967295, supported are up to \
             16777216"
                .into(),
        ),
        (
            r#""num_class":"0""#,
            r#""num_class":"4294967295""#,
            "unsupported XGBoost model: learner.learner_model_param: found 4294967295 outputs, supported are up to 100000"
                .into(),
        ),
        (
            "5E-1",
            "NaN",
            "invalid XGBoost model: learner.learner_model_param.base_score: found NaN, expected a number: the model has \
             not been fitted"
                .into(),
        ),
        (
            "5E-1",
            "[1,2]",
            "invalid XGBoost model: learner.learner_model_param.base_score: found 2 numbers, expected 1 or 1".into(),
        ),
        (
            r#""name":"gbtree""#,
            r#""name":"gblinear""#,
            "unsupported XGBoost model: learner.gradient_booster.name: found `gblinear`, supported are gbtree and dart".into(),
        ),
        (
            r#""trees":[{"#,
            r#""trees":[{"id":0}],"trees":[{"#,
            format!(
                "invalid XGBoost model: {tree}.left_children: found no nodes, expected at least one"
            ),
        ),
        (
            "{\n\"categories\"",
            "7,{\n\"categories\"",
            format!(
                "not an XGBoost model file: {tree}: expected object but found int at line 2 column 114"
            ),
        ),
        (r#"{"learner""#, r#"{"teacher""#, "not an XGBoost model file: found no `learner`".into()),
        (
            r#"{"learner""#,
            r#"# A README"#,
            "not an XGBoost model file: found neither UBJSON, JSON, the old binary form nor a pickle".into(),
        ),
    ] {
        assert!(DOCUMENT.contains(from), "{from}");
        let file = DOCUMENT.replacen(from, to, 1);
        let error = Model::load_xgboost(file.as_bytes()).unwrap_err().to_string();
        assert_eq!(error, expected, "{to}");
    }
    let empty = Model::load_xgboost(b"").unwrap_err().to_string();
    assert_eq!(empty, "not an XGBoost model file: the file is empty");
}

/// [`bounded::load`] of an XGBoost file.
#[track_caller]
fn load(what: &str, file: &[u8], reason: Option<&str>) {
    bounded::load(what, file, reason, Model::load_xgboost);
}

/// `n` numbers as JSON writes them.
fn list(n: usize, number: impl Fn(usize) -> i64) -> String {
    let numbers: Vec<String> = (0..n).map(|i| number(i).to_string()).collect();
    format!("[{}]", numbers.join(","))
}

/// A child of each node of a chain of `n` branches: the node `ahead`, and `of_leaf` for a leaf.
fn chain(n: usize, ahead: i64, of_leaf: i64) -> String {
    let is_branch = |i: usize| i.is_multiple_of(2) && i < 2 * n;
    list(2 * n + 1, |i| {
        if is_branch(i) {
            i as i64 + ahead
        } else {
            of_leaf
        }
    })
}

/// The document with other arrays for its tree, and other text around.
fn with_tree(tree: &str, changes: &[(&str, &str)]) -> Vec<u8> {
    let start = DOCUMENT.find("{\n\"categories\"").unwrap();
    let end = DOCUMENT.find("]},\"name\"").unwrap();
    let mut file = format!("{}{{{tree}}}{}", &DOCUMENT[..start], &DOCUMENT[end..]);
    for (from, to) in changes {
        assert!(file.contains(from), "{from}");
        file = file.replacen(from, to, 1);
    }
    file.into_bytes()
}

/// A UBJSON text or key.
fn text(text: &str) -> Vec<u8> {
    [
        &[b'L'][..],
        &(text.len() as u64).to_be_bytes(),
        text.as_bytes(),
    ]
    .concat()
}

/// A UBJSON document around a value of `learner`.
fn ubjson(learner: &[u8]) -> Vec<u8> {
    [b"{", &text("learner")[..], learner, b"}"].concat()
}

/// One test, because the allocator counts for the whole process.
#[test]
fn memory_and_time_stay_bounded() {
    json_lists();
    unreached_leaves_with_vectors();
    shared_vectors_and_sets();
    ubjson_lengths();
    nesting();
    binary_counts();
    pickles();
}

fn json_lists() {
    let n = MANY;
    // A chain: each branch has a leaf on its left.
    let tree = format!(
        r#""left_children":{},"right_children":{},"split_indices":{zeros},"split_conditions":{zeros},"default_left":{zeros}"#,
        chain(n, 1, -1),
        chain(n, 2, -1),
        zeros = list(2 * n + 1, |_| 0),
    );
    load("a chain of branches", &with_tree(&tree, &[]), None);
    // All leaves, of which none but the first is reached.
    let tree = format!(
        r#""left_children":{minus},"right_children":{zeros},"split_indices":{zeros},"split_conditions":{zeros},"default_left":{zeros}"#,
        minus = list(n, |_| -1),
        zeros = list(n, |_| 0),
    );
    load("nodes that nothing leads to", &with_tree(&tree, &[]), None);
    let names = vec!["\"\""; n].join(",");
    let file = DOCUMENT.replacen(r#""a","b""#, &names, 1);
    load(
        "names",
        file.as_bytes(),
        Some("found 300000, expected none or 2"),
    );
    let leaf = r#"{"left_children":[-1],"right_children":[-1],"split_indices":[0],"split_conditions":[1],"default_left":[0]}"#;
    let trees = vec![leaf; 20_000].join(",");
    let groups = list(20_000, |_| 0);
    let changes = [
        ("\"num_trees\":\"1\"", "\"num_trees\":\"20000\""),
        ("\"tree_info\":[0]", &format!("\"tree_info\":{groups}")),
    ];
    load(
        "trees",
        &with_tree(&trees[1..trees.len() - 1], &changes),
        None,
    );
    load(
        "groups",
        &with_tree(
            "",
            &[(
                "\"tree_info\":[0]",
                &format!("\"tree_info\":{}", list(n, |_| 0)),
            )],
        ),
        Some("no nodes"),
    );
    let bases = DOCUMENT.replacen("5E-1", &list(n, |_| 0), 1);
    load(
        "base scores",
        bases.as_bytes(),
        Some("found 300000 numbers"),
    );
    let outputs = DOCUMENT.replacen("\"num_target\":\"1\"", "\"num_target\":\"100000\"", 1);
    assert!(Model::load_xgboost(outputs.as_bytes()).is_ok());
}

/// Places that no root leads to are filled with a leaf, which may have many outputs.
fn unreached_leaves_with_vectors() {
    let (n, size) = (400_000, 100_000);
    let tree = format!(
        r#""left_children":{minus},"right_children":{zeros},"split_indices":{zeros},"split_conditions":{zeros},
        "default_left":{zeros},"leaf_weights":{},"base_weights":[],"tree_param":{{"size_leaf_vector":"{size}"}}"#,
        list(size, |i| i as i64 % 10),
        minus = list(n, |_| -1),
        zeros = list(n, |_| 0),
    );
    let changes = [("\"num_target\":\"1\"", "\"num_target\":\"100000\"")];
    load("unreached leaves", &with_tree(&tree, &changes), None);
}

/// Many leaves with one vector, many branches with one set: the product would not fit.
fn shared_vectors_and_sets() {
    let (n, size) = (3_000, 2_000);
    let tree = format!(
        r#""left_children":{},"right_children":{},"split_indices":{zeros},"split_conditions":{zeros},"default_left":{zeros},
        "leaf_weights":{},"base_weights":[],"tree_param":{{"size_leaf_vector":"{size}"}}"#,
        chain(n, 1, -1),
        chain(n, 2, 0),
        list(size, |i| i as i64 % 10),
        zeros = list(2 * n + 1, |_| 0),
    );
    let changes = [("\"num_target\":\"1\"", "\"num_target\":\"2000\"")];
    let reason = "right_children[3]: found 0 for several leaves";
    load(
        "leaves with one vector",
        &with_tree(&tree, &changes),
        Some(reason),
    );
    let tree = |codes: &str, segments: &str, sizes: &str| {
        format!(
            r#""left_children":{minus},"right_children":{minus},"split_indices":{zeros},"split_conditions":{zeros},
            "default_left":{zeros},"categories":{codes},"categories_nodes":{},"categories_segments":{segments},
            "categories_sizes":{sizes}"#,
            list(n, |i| i as i64),
            minus = list(n, |_| -1),
            zeros = list(n, |_| 0),
        )
    };
    let codes = list(n, |_| 16_777_215);
    let each = tree(&codes, &list(n, |i| i as i64), &list(n, |_| 1));
    load("large categories", &with_tree(&each, &[]), None);
    let all = tree(&codes, &list(n, |_| 0), &list(n, |_| n as i64));
    load(
        "sets that overlap",
        &with_tree(&all, &[]),
        Some("categories_segments[1]"),
    );
}

fn ubjson_lengths() {
    for huge in [u64::MAX, 1 << 62, 1 << 32] {
        let huge = [&[b'L'][..], &huge.to_be_bytes()].concat();
        for start in [&b"{"[..], b"[$l#", b"[#", b"S", b"[$L#"] {
            for key in ["attributes", "feature_names", "gradient_booster"] {
                let value = [&b"{"[..], &text(key), start, &huge].concat();
                load(
                    "a huge length",
                    &ubjson(&value),
                    Some("not an XGBoost model file"),
                );
            }
        }
    }
    let arrays = |n: usize, bytes: &dyn Fn(&str, usize) -> u8| -> Vec<u8> {
        let names = [
            "left_children",
            "right_children",
            "split_indices",
            "split_conditions",
            "default_left",
        ];
        let array = |name: &str| -> Vec<u8> {
            let bytes = (0..n).map(|i| bytes(name, i)).collect::<Vec<_>>();
            [
                text(name),
                b"[$i#L".to_vec(),
                (n as u64).to_be_bytes().to_vec(),
                bytes,
            ]
            .concat()
        };
        names.iter().flat_map(|name| array(name)).collect()
    };
    // The smallest nodes: one byte for each of their properties.
    let file = ubjson_trees(1, &arrays(MANY, &|_, _| 0));
    load(
        "a node of five bytes",
        &file,
        Some("several ways to node 0"),
    );
    let chain = arrays(127, &|name, i| match name {
        "left_children" if i % 2 == 0 && i < 126 => i as u8 + 1,
        "left_children" => 0xff,
        "right_children" if i < 126 => i as u8 + 2,
        _ => 0,
    });
    load("trees of such nodes", &ubjson_trees(2_000, &chain), None);
}

/// A UBJSON model of some trees, all with these members.
fn ubjson_trees(n: u16, tree: &[u8]) -> Vec<u8> {
    let count = [&b"[#I"[..], &n.to_be_bytes()].concat();
    let trees = [&b"{"[..], tree, b"}"].concat().repeat(n.into());
    let groups = [&b"[$U#I"[..], &n.to_be_bytes(), &vec![0; n.into()]].concat();
    let model = [
        &b"{"[..],
        &text("trees"),
        &count,
        &trees,
        &text("tree_info"),
        &groups,
        b"}",
    ];
    let booster = [
        &b"{"[..],
        &text("name"),
        b"S",
        &text("gbtree"),
        &text("model"),
        &model.concat(),
        b"}",
    ];
    let param = [
        &b"{"[..],
        &text("base_score"),
        b"S",
        &text("1"),
        &text("num_feature"),
        b"S",
        &text("1"),
        b"}",
    ];
    let learner = [
        &b"{"[..],
        &text("gradient_booster"),
        &booster.concat(),
        &text("learner_model_param"),
        &param.concat(),
        b"}",
    ];
    ubjson(&learner.concat())
}

fn nesting() {
    let json = format!(r#"{{"version":[1,7,6],"other":{}"#, "[".repeat(MANY));
    load(
        "arrays in arrays, JSON",
        json.as_bytes(),
        Some("not an XGBoost model file"),
    );
    let keys = r#"{"Model":"#.repeat(MANY);
    load(
        "models in models",
        keys.as_bytes(),
        Some("not an XGBoost model file"),
    );
    for open in [&b"["[..], b"[#i\x01", &[&b"{"[..], &text("a")].concat()] {
        let file = ubjson(&open.repeat(MANY));
        load(
            "arrays in arrays, UBJSON",
            &file,
            Some("not an XGBoost model file"),
        );
        let file = [&b"{"[..], &text("other"), &open.repeat(MANY)].concat();
        load(
            "arrays in arrays, UBJSON",
            &file,
            Some("more than 64 objects and arrays"),
        );
    }
}

/// A binary file up to its trees, with this number of them.
fn binary(n_trees: u32, booster: &str) -> Vec<u8> {
    let mut file = b"binf".to_vec();
    let mut param = vec![0; 136];
    param[4] = 2;
    param[20] = 1;
    param[24] = 7;
    file.extend(param);
    for name in ["reg:squarederror", booster] {
        file.extend((name.len() as u64).to_le_bytes());
        file.extend(name.as_bytes());
    }
    file.extend(n_trees.to_le_bytes());
    file.resize(file.len() + 156, 0);
    file
}

fn binary_counts() {
    load("no trees", &binary(0, "dart"), None);
    load(
        "trees that are not there",
        &binary(i32::MAX as u32, "gbtree"),
        Some("trees[0]: found 0 bytes"),
    );
    load(
        "fewer than no trees",
        &binary(u32::MAX, "gbtree"),
        Some("num_trees: found -1"),
    );
    let mut tree = vec![0; 148];
    for (nodes, reason) in [
        (i32::MAX, "trees[0]: found 0 bytes"),
        (-1, "trees[0].tree_param.num_nodes: found -1"),
        (0, "trees[0].left_children: found no nodes"),
    ] {
        tree[4..8].copy_from_slice(&nodes.to_le_bytes());
        load(
            "nodes",
            &[binary(1, "gbtree"), tree.clone()].concat(),
            Some(reason),
        );
    }
    load(
        "empty trees",
        &[binary(20_000, "gbtree"), tree.repeat(20_000)].concat(),
        Some("no nodes"),
    );
}

fn pickles() {
    let class = b"\x80\x04cxgboost.core\nBooster\n";
    for (what, rest, reason) in [
        ("marks", "(".repeat(MANY), "cut short"),
        ("memos", "\u{14}".repeat(MANY), "the instruction 0x14"),
        (
            "a text beyond the end",
            "\u{58}\u{7f}\u{7f}\u{7f}\u{7f}".into(),
            "cut short",
        ),
        ("an end", ".".into(), "found no bytes for the key `handle`"),
        (
            "names",
            format!("X\u{d}\0\0\0feature_names]({}e.", "U\0".repeat(MANY)),
            "found no bytes for the key `handle`",
        ),
        (
            "lists of names",
            format!("X\u{d}\0\0\0feature_names]{}.", "(U\0e".repeat(MANY)),
            "found no bytes for the key `handle`",
        ),
        (
            "a key without bytes",
            "X\u{6}\0\0\0handleN.".into(),
            "found no bytes for the key `handle`",
        ),
    ] {
        load(what, &[&class[..], rest.as_bytes()].concat(), Some(reason));
    }
    for (file, found) in [
        (&b"\x80\x04}."[..], "a dictionary"),
        (b"\x80\x02]q\x00.", "a list"),
        (b"\x80\x04K\x01.", "a plain value"),
        (b"\x80\x02cos\nsystem\nX\x02\0\0\0ls\x85R.", "`os.system`"),
        (
            b"\x80\x04\x8c\x05posix\x94\x8c\x06system\x94\x93.",
            "`posix.system`",
        ),
        (
            b"ccopy_reg\n_reconstructor\n(csklearn.svm\nSVC\n",
            "`sklearn.svm.SVC`",
        ),
    ] {
        let error = Model::load_xgboost(file).unwrap_err().to_string();
        let expected = format!(
            "unsupported XGBoost model: found a pickle of {found}, supported are those of `xgboost.core.Booster`"
        );
        assert_eq!(error, expected);
        let refusal = ModelFormat::refusal(&[XGBOOST], file).unwrap();
        assert_eq!(refusal.to_string(), expected);
    }
    let long = [&b"\x80\x04X\0\0\x01\0"[..], &[b'x'; 5_000]].concat();
    let refusal = ModelFormat::refusal(&[XGBOOST], &long).unwrap();
    let expected = "found a pickle of no class in its first bytes";
    assert!(refusal.to_string().contains(expected), "{refusal}");
    // What is no pickle at all.
    for file in [&b"\x80PNG"[..], b"\x80", b"\x80\x04\0"] {
        assert_eq!(ModelFormat::refusal(&[XGBOOST], file), None);
        assert!(ModelFormat::of_file(&[XGBOOST], "any", file).is_none());
    }
}
