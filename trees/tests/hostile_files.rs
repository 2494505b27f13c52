//! Files made to cost: loading takes a bounded multiple of a file's size, and comes back soon.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

use std::time::{Duration, Instant};

use algorithm::{Part, Predictor, Rows, Scores};
use proto::onnx::attribute_proto::AttributeType;
use trees::{Model, ONNX};

#[path = "support/bounded.rs"]
mod bounded;

/// Entries of the lists below.
const MANY: usize = 300_000;

// === protobuf by hand: nothing that prost would make room for ===

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn field(number: u64, bytes: &[u8]) -> Vec<u8> {
    [
        varint(number << 3 | 2),
        varint(bytes.len() as u64),
        bytes.to_vec(),
    ]
    .concat()
}

fn attribute(name: &str, kind: AttributeType, value: &[u8]) -> Vec<u8> {
    let kind = [vec![0xa0, 0x01], varint(kind as u64)].concat();
    field(
        5,
        &[field(1, name.as_bytes()), value.to_vec(), kind].concat(),
    )
}

fn packed(name: &str, values: impl IntoIterator<Item = u64>) -> Vec<u8> {
    let values: Vec<u8> = values.into_iter().flat_map(varint).collect();
    attribute(name, AttributeType::Ints, &field(8, &values))
}

fn floats(name: &str, n: usize) -> Vec<u8> {
    attribute(name, AttributeType::Floats, &field(7, &vec![0; 4 * n]))
}

fn texts<'a>(name: &str, texts: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let texts: Vec<u8> = texts
        .into_iter()
        .flat_map(|text| field(9, text.as_bytes()))
        .collect();
    attribute(name, AttributeType::Strings, &texts)
}

fn int(name: &str, value: u64) -> Vec<u8> {
    attribute(
        name,
        AttributeType::Int,
        &[vec![0x18], varint(value)].concat(),
    )
}

fn node(op: &str, inputs: &[&str], outputs: &[&str], rest: &[u8]) -> Vec<u8> {
    let inputs = inputs.iter().flat_map(|name| field(1, name.as_bytes()));
    let outputs = outputs.iter().flat_map(|name| field(2, name.as_bytes()));
    let domain = if op.starts_with("Tree") {
        field(7, b"ai.onnx.ml")
    } else {
        vec![]
    };
    let bytes: Vec<u8> = inputs
        .chain(outputs)
        .chain(field(4, op.as_bytes()))
        .chain(domain)
        .collect();
    field(1, &[bytes, rest.to_vec()].concat())
}

/// A float32 tensor of two columns as input or output.
fn value(number: u64, name: &str) -> Vec<u8> {
    let shape = field(2, &[field(1, &[]), field(1, &[0x08, 2])].concat());
    let tensor = field(1, &[vec![0x08, 1], shape].concat());
    field(
        number,
        &[field(1, name.as_bytes()), field(2, &tensor)].concat(),
    )
}

/// A model around the given fields of the graph.
fn model(graph: &[u8]) -> Vec<u8> {
    let opset = field(8, &[field(1, b"ai.onnx.ml"), vec![0x10, 3]].concat());
    [opset, field(7, graph)].concat()
}

fn graph(nodes: &[u8], output: &str) -> Vec<u8> {
    model(&[nodes.to_vec(), value(11, "X"), value(12, output)].concat())
}

/// A regressor of `n` nodes with the given modes and children, its first leaf the one that has weights.
fn regressor(
    trees: impl Iterator<Item = u64>,
    modes: &[&str],
    true_ids: impl Iterator<Item = u64>,
    false_ids: impl Iterator<Item = u64>,
    weight_nodes: &[u64],
) -> Vec<u8> {
    let n = modes.len();
    let trees: Vec<u64> = trees.collect();
    let is_one_tree = trees.iter().all(|tree| *tree == 0);
    [
        packed("nodes_treeids", trees.iter().copied()),
        packed(
            "nodes_nodeids",
            (0..n as u64).map(|i| if is_one_tree { i } else { 0 }),
        ),
        texts("nodes_modes", modes.iter().copied()),
        packed("nodes_featureids", vec![0; n]),
        floats("nodes_values", n),
        packed("nodes_truenodeids", true_ids),
        packed("nodes_falsenodeids", false_ids),
        int("n_targets", 2),
        packed("target_treeids", vec![0; weight_nodes.len()]),
        packed("target_nodeids", weight_nodes.iter().copied()),
        packed("target_ids", vec![0; weight_nodes.len()]),
        floats("target_weights", weight_nodes.len()),
    ]
    .concat()
}

/// A regressor alone in its graph.
fn tree_graph(attributes: &[u8]) -> Vec<u8> {
    graph(
        &node("TreeEnsembleRegressor", &["X"], &["Y"], attributes),
        "Y",
    )
}

/// [`bounded::load`] of an ONNX file.
#[track_caller]
fn load(what: &str, file: &[u8], reason: Option<&str>) -> Option<Model> {
    bounded::load(what, file, reason, Model::load)
}

/// One test, because the allocator counts for the whole process.
#[test]
fn memory_and_time_stay_bounded() {
    empty_messages();
    long_lists();
    good_but_dense_models();
    trees_through_one_list();
    many_operators();
    parts_of_forests();
}

/// Two bytes a message in the file, a hundred and more in a decoder that builds it.
fn empty_messages() {
    let many = |number: u64| field(number, &[]).repeat(MANY);
    load("nodes", &model(&many(1)), Some("300000 nodes"));
    load(
        "initializers",
        &model(&many(5)),
        Some("300000 initializers"),
    );
    load("inputs", &model(&many(11)), Some("300000 inputs"));
    load("outputs", &model(&many(12)), Some("300000 outputs"));
    load(
        "opsets",
        &[many(8), model(&[])].concat(),
        Some("found no input"),
    );
    load(
        "metadata",
        &[many(14), model(&[])].concat(),
        Some("found no input"),
    );
    load(
        "node inputs",
        &tree_graph(&many(1)),
        Some("inputs, allowed is 1"),
    );
    load(
        "node outputs",
        &tree_graph(&many(2)),
        Some("n_targets: the attribute is missing"),
    );
    load(
        "attributes",
        &tree_graph(&many(5)),
        Some("300000 attributes"),
    );
    let shape = field(2, &field(1, &[]).repeat(MANY));
    let tensor = field(2, &field(1, &[vec![0x08, 1], shape].concat()));
    load(
        "dimensions",
        &model(&field(11, &tensor)),
        Some("300000 dimensions"),
    );
    let groups = [0x0b].repeat(MANY);
    load("groups", &groups, Some("not protobuf fields"));
}

fn long_lists() {
    let lists = |lists: &[Vec<u8>]| tree_graph(&[int("n_targets", 2), lists.concat()].concat());
    load(
        "one-byte integers",
        &lists(&[packed("nodes_treeids", vec![0; MANY])]),
        Some("nodes_nodeids"),
    );
    let keys = [
        packed("nodes_treeids", vec![0; MANY]),
        packed("nodes_nodeids", 0..MANY as u64),
    ]
    .concat();
    let empty = texts("nodes_modes", vec![""; MANY]);
    load(
        "empty modes",
        &lists(&[keys.clone(), empty]),
        Some("nodes_modes[0]: found ``"),
    );
    let modes = texts("nodes_modes", vec!["LEAF"; MANY]);
    load("modes", &lists(&[keys, modes]), Some("nodes_featureids"));
    let labels = texts("classlabels_strings", vec![""; MANY]);
    let classifier = node("TreeEnsembleClassifier", &["X"], &["L", "P"], &labels);
    load(
        "empty labels",
        &graph(&classifier, "P"),
        Some("nodes_treeids"),
    );
    let json = format!("[{}\"\"]", "\"\",".repeat(MANY));
    let entry = field(
        14,
        &[field(1, b"feature_names"), field(2, json.as_bytes())].concat(),
    );
    let leaf = regressor(
        [0].into_iter(),
        &["LEAF"],
        [0].into_iter(),
        [0].into_iter(),
        &[0],
    );
    load("names", &[entry, tree_graph(&leaf)].concat(), None);
    let nested = field(
        14,
        &[
            field(1, b"feature_names"),
            field(2, "[".repeat(MANY).as_bytes()),
        ]
        .concat(),
    );
    load("nested names", &[nested, tree_graph(&leaf)].concat(), None);
}

fn good_but_dense_models() {
    // A list: node i's true child is i + 1, all share the last node, a leaf.
    let last = MANY as u64 - 1;
    let mut modes = vec!["BRANCH_LT"; MANY];
    modes[MANY - 1] = "LEAF";
    let next = || (1..=last).chain([0]);
    let shared = vec![last; MANY];
    let chain = regressor(
        vec![0; MANY].into_iter(),
        &modes,
        next(),
        shared.into_iter(),
        &[last],
    );
    score(load(
        "deep chain with a shared leaf",
        &tree_graph(&chain),
        None,
    ));
    // Both children of each node are the next: 2^300,000 paths.
    let dag = regressor(vec![0; MANY].into_iter(), &modes, next(), next(), &[last]);
    score(load("as many paths as 2^300000", &tree_graph(&dag), None));
    // A list from the end to the start, so that no hint finds a node.
    let before = || [0, 0].into_iter().chain(1..last);
    let mut modes = vec!["BRANCH_LT"; MANY];
    modes[0] = "BRANCH_LT";
    modes[1] = "LEAF";
    let first = [last].into_iter().chain(before().skip(1));
    let backwards = regressor(
        vec![0; MANY].into_iter(),
        &modes,
        first,
        vec![1; MANY].into_iter(),
        &[1],
    );
    score(load("backwards", &tree_graph(&backwards), None));
    let leaves = vec!["LEAF"; MANY];
    let zeros = || vec![0; MANY].into_iter();
    let stumps = regressor(0..MANY as u64, &leaves, zeros(), zeros(), &[0]);
    score(load("a tree a leaf", &tree_graph(&stumps), None));
    let weights = regressor(
        [0].into_iter(),
        &["LEAF"],
        [0].into_iter(),
        [0].into_iter(),
        &vec![0; MANY],
    );
    score(load("all weights in one leaf", &tree_graph(&weights), None));
}

/// 100,000 trees that all lead through the same list of 100,000 nodes: a row would take minutes.
fn trees_through_one_list() {
    let n = 100_000;
    // Runs of tree ids 0, 1, 0, 1, ...: each run's first node is the root of a tree.
    let trees = (0..2 * n).map(|i| i % 2);
    let mut modes = vec!["BRANCH_LT"; 2 * n as usize];
    modes[2 * n as usize - 2] = "LEAF";
    modes[2 * n as usize - 1] = "LEAF";
    let next = || (0..2 * n).map(|i| (i / 2 + 1).min(n - 1));
    let keys = [
        packed("nodes_treeids", trees),
        packed("nodes_nodeids", (0..2 * n).map(|i| i / 2)),
        texts("nodes_modes", modes),
        packed("nodes_featureids", vec![0; 2 * n as usize]),
        floats("nodes_values", 2 * n as usize),
        packed("nodes_truenodeids", next()),
        packed("nodes_falsenodeids", next()),
        int("n_targets", 2),
        packed("target_treeids", [0]),
        packed("target_nodeids", [n - 1]),
        packed("target_ids", [0]),
        floats("target_weights", 1),
    ];
    load(
        "trees through one list",
        &tree_graph(&keys.concat()),
        Some("steps a row, supported are up to 4194304"),
    );
}

fn score(model: Option<Model>) {
    let start = Instant::now();
    let mut scores = Scores::new();
    model
        .unwrap()
        .predict(Rows::F32(&[0.0, 0.0, -1.0, f32::NAN]), &mut scores)
        .unwrap();
    assert_eq!(scores.n_rows(), 2);
    assert!(start.elapsed() < Duration::from_secs(20));
}

fn many_operators() {
    let leaf = regressor(
        [0].into_iter(),
        &["LEAF"],
        [0].into_iter(),
        [0].into_iter(),
        &[0],
    );
    let tree = node("TreeEnsembleRegressor", &["X"], &["Y"], &leaf);
    let names: Vec<String> = (0..9_000).map(|i| format!("{i}")).collect();
    let chain = |op: &str, first: &str| {
        let mut nodes = tree.clone();
        let mut from = first;
        for name in &names {
            nodes.extend(node(op, &[from], &[name], &[]));
            from = name;
        }
        nodes
    };
    load(
        "a chain of Identity",
        &graph(&chain("Identity", "Y"), "8999"),
        None,
    );
    load("a chain of Exp", &graph(&chain("Exp", "Y"), "8999"), None);
    let mut star = tree.clone();
    names
        .iter()
        .for_each(|name| star.extend(node("Exp", &["Y"], &[name], &[])));
    load("a star of Exp", &graph(&star, "8999"), None);
    // Half the nodes are trees, one sums them, and the rest take the sum.
    let mut sums = Vec::new();
    let trees: Vec<String> = (0..3_000).map(|i| format!("t{i}")).collect();
    let of_trees: Vec<&str> = trees.iter().map(String::as_str).collect();
    trees
        .iter()
        .for_each(|name| sums.extend(node("TreeEnsembleRegressor", &["X"], &[name], &leaf)));
    sums.extend(node("Sum", &of_trees, &["S"], &[]));
    names
        .iter()
        .take(6_000)
        .for_each(|name| sums.extend(node("Exp", &["S"], &[name], &[])));
    load("a star of Exp after a sum", &graph(&sums, "5999"), None);
}

/// Joining takes both parts' bytes and little more, whatever they say of themselves.
fn parts_of_forests() {
    const TREES: u64 = MANY as u64;
    let part = |number: u64, says: &str, attributes: &[Vec<u8>]| {
        let text = format!("{number} of 2, {says} trees, 0000000000000007");
        let entry = field(
            14,
            &[field(1, b"forest_part"), field(2, text.as_bytes())].concat(),
        );
        [entry, tree_graph(&attributes.concat())].concat()
    };
    let join = |what: &str, says: &str, attributes: &[Vec<u8>], reason| {
        let parts = [1, 2].map(|number| part(number, says, attributes));
        bounded::load(what, &parts.concat(), reason, |_| {
            let [a, b] = &parts;
            let files = [("a", a), ("b", b)].map(|(name, content)| Part { name, content });
            ONNX.parts()
                .map_or(Ok(Vec::new()), |parts| (parts.join)(&files))
        })
    };
    // An integer is a field of its own, as is a text.
    let list = |name: &str, values: &mut dyn Iterator<Item = u64>| {
        let fields: Vec<u8> = values
            .flat_map(|value| [vec![0x40], varint(value)].concat())
            .collect();
        attribute(name, AttributeType::Ints, &fields)
    };
    let ids = list("nodes_treeids", &mut (0..TREES));
    let nodes = list("nodes_nodeids", &mut (0..TREES).map(|_| 0));
    let modes = texts("nodes_modes", vec![""; MANY]);
    let all = [ids.clone(), nodes, modes];
    let joined = join("a node a tree", "600000", &all, None);
    assert!(joined.is_some_and(|file| Model::load(&file).is_err()));
    join(
        "trees that are not there",
        "18446744073709551615",
        &all,
        Some("expected 9223372036854775808"),
    );
    let claimed = [ids, packed("nodes_nodeids", vec![0; MANY])];
    join(
        "a packed list",
        "600000",
        &claimed,
        Some("expected 300000 entries, a field each"),
    );
    let long = list("nodes_nodeids", &mut (0..TREES).map(|_| 0));
    let ids = list("nodes_treeids", &mut [0, 1].into_iter());
    join(
        "entries of no tree",
        "4",
        &[ids, long],
        Some("expected 2 entries"),
    );
    let many = vec![field(5, &[]); MANY];
    join("empty attributes", "4", &many, Some("300000 attributes"));
}
