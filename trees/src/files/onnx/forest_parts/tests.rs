use algorithm::{Absent, Features, Labels, Output, Part};
use prost::Message as _;
use proto::onnx::{ModelProto, StringStringEntryProto};

use super::{is_part, join};
use crate::{ForestPart, Model, PostTransform, TreeModel, TreeNode};

/// A tree of this many leaves, whose numbers depend on `seed`.
fn tree(seed: u32, n_leaves: u32, output: &Output) -> Vec<TreeNode> {
    let leaf = |number: u32| {
        let share = (number + seed) as f32 / 1e4;
        let values = match output {
            Output::Classes(labels) => (0..labels.len() as u32)
                .map(|class| (class, share * (class + 1) as f32))
                .filter(|(class, _)| number % 3 != *class || labels.len() == 2)
                .collect(),
            Output::Targets(_) => vec![(0, 7.0 - share)],
        };
        TreeNode::Leaf { values }
    };
    // A chain: each branch has a leaf and the next branch.
    let mut nodes = Vec::new();
    for number in 1..n_leaves {
        let at = nodes.len() as u32;
        nodes.push(TreeNode::Split {
            feature: (number + seed) % 2,
            threshold: seed as f32 - number as f32 * 300.0,
            true_child: at + 2,
            false_child: at + 1,
            missing_goes_true: number % 2 == 0,
        });
        nodes.push(leaf(number));
    }
    nodes.push(leaf(n_leaves));
    nodes
}

fn outputs() -> [(Output, PostTransform); 3] {
    let text = ["no", "maybe", "yes"].map(str::to_owned).to_vec();
    [
        (
            Output::Classes(Labels::Integers(vec![-1, 1 << 40])),
            PostTransform::Sum,
        ),
        (Output::Classes(Labels::Text(text)), PostTransform::Sum),
        (Output::Targets(1), PostTransform::Average),
    ]
}

/// A forest, or the trees of one part of it.
fn forest(
    n_trees: usize,
    (output, post_transform): &(Output, PostTransform),
    part: Option<ForestPart>,
) -> Vec<u8> {
    let numbers: Vec<usize> = match part {
        Some(part) => part.share().of(n_trees).collect(),
        None => (0..n_trees).collect(),
    };
    let trees = numbers.iter().map(|number| {
        let n_leaves = [1, 4, 200][number % 3];
        tree(*number as u32 + 1, n_leaves, output)
    });
    let trees: Vec<_> = trees.collect();
    let model = TreeModel {
        covers: trees.iter().map(|tree| vec![2.5; tree.len()]).collect(),
        trees,
        output: output.clone(),
        post_transform: *post_transform,
        features: Features::named(vec!["a".into(), "b".into()]),
        metadata: vec![("hyperparameters".into(), "{}".into())],
        absent: Some(Absent::Missing),
        part,
    };
    model.to_onnx().unwrap()
}

/// The parts of a forest, each with its file's name.
fn parts(n_trees: usize, count: usize, output: &(Output, PostTransform)) -> Vec<(String, Vec<u8>)> {
    let part = |index| {
        let part = ForestPart {
            index,
            count,
            n_trees,
            fingerprint: 7,
        };
        (part.file_name(), forest(n_trees, output, Some(part)))
    };
    (0..count).map(part).collect()
}

fn joined(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, String> {
    let files = files.iter().map(|(name, content)| Part { name, content });
    join(&files.collect::<Vec<_>>()).map_err(|error| error.to_string())
}

#[test]
fn the_parts_are_the_file_of_one_host_byte_for_byte() {
    for output in &outputs() {
        for (n_trees, count) in [(2, 2), (3, 2), (5, 2), (7, 3), (30, 4), (300, 2)] {
            let whole = forest(n_trees, output, None);
            Model::load(&whole).unwrap();
            let mut parts = parts(n_trees, count, output);
            assert!(
                joined(&parts).unwrap() == whole,
                "{output:?}, {n_trees} trees"
            );
            // The names' order is not that of the parts: 10 comes before 2.
            parts.reverse();
            parts[0].0 = "a.onnx".into();
            assert!(
                joined(&parts).unwrap() == whole,
                "{output:?}, {n_trees} trees"
            );
        }
    }
}

#[test]
fn a_part_alone_is_no_model() {
    let [(_, part), _] = parts(5, 2, &outputs()[1]).try_into().unwrap();
    assert!(is_part(&part));
    assert_eq!(
        Model::load(&part).unwrap_err().to_string(),
        "unsupported ONNX model: it is a part of a forest (1 of 2, 5 trees, 0000000000000007), supported are all parts together"
    );
    assert!(!is_part(&forest(5, &outputs()[1], None)));
    assert!(!is_part(b"else"));
}

#[test]
fn sets_that_are_incomplete_or_mixed_are_refused_by_name() {
    let outputs = outputs();
    let output = &outputs[1];
    let three = parts(8, 3, output);
    let refused = |files: &[&(String, Vec<u8>)]| {
        let files: Vec<_> = files.iter().map(|file| (*file).clone()).collect();
        joined(&files).unwrap_err()
    };
    assert_eq!(
        refused(&[&three[0], &three[2]]),
        "forest-2-of-3.onnx is missing: found 2 of the 3 parts of a forest"
    );
    assert_eq!(
        refused(&[&three[1]]),
        "forest-1-of-3.onnx, forest-3-of-3.onnx are missing: found 1 of the 3 parts of a forest"
    );
    let two = parts(8, 2, output);
    assert_eq!(
        refused(&[&two[0], &three[1], &three[2]]),
        "forest-1-of-2.onnx is part 1 of 2, forest-2-of-3.onnx is part 2 of 3: expected the parts of one forest"
    );
    let copy = ("copy.onnx".to_owned(), two[0].1.clone());
    assert_eq!(
        refused(&[&copy, &two[0], &two[1]]),
        "copy.onnx and forest-1-of-2.onnx are both part 1 of 2, expected it once"
    );
    let other = ForestPart {
        index: 1,
        count: 2,
        n_trees: 8,
        fingerprint: 8,
    };
    let different = "forest-1-of-2.onnx and forest-2-of-2.onnx are parts of different forests: their data or their hyperparameters differ";
    let file =
        |part: ForestPart, output| (part.file_name(), forest(part.n_trees, output, Some(part)));
    assert_eq!(refused(&[&two[0], &file(other, output)]), different);
    let larger = ForestPart {
        n_trees: 9,
        fingerprint: 7,
        ..other
    };
    assert_eq!(refused(&[&two[0], &file(larger, output)]), different);
    // A fingerprint that lies.
    let same = ForestPart {
        fingerprint: 7,
        ..other
    };
    assert_eq!(
        refused(&[&two[0], &file(same, &outputs[2])]),
        "forest-1-of-2.onnx and forest-2-of-2.onnx differ in more than their trees"
    );
    let mut labels = outputs[1].clone();
    labels.0 = Output::Classes(Labels::Text(vec!["a".into(), "b".into(), "c".into()]));
    assert_eq!(
        refused(&[&two[0], &file(same, &labels)]),
        "forest-1-of-2.onnx and forest-2-of-2.onnx differ in classlabels_strings"
    );
    assert_eq!(joined(&[]).unwrap_err(), "found no part of a forest");
}

/// The first of two parts, with something done to it.
fn damaged(damage: impl FnOnce(&mut ModelProto)) -> String {
    let mut files = parts(8, 2, &outputs()[1]);
    let mut model = ModelProto::decode(&*files[0].1).unwrap();
    damage(&mut model);
    files[0].1 = model.encode_to_vec();
    joined(&files).unwrap_err()
}

fn says(text: &str) -> String {
    damaged(|model| {
        let entry = model.metadata_props.last_mut().unwrap();
        assert_eq!(entry.key, "forest_part");
        entry.value = text.into();
    })
}

#[test]
fn what_a_hostile_file_says_of_itself_is_refused() {
    for text in [
        "",
        "part",
        "3 of 2, 8 trees, 0000000000000007",
        "0 of 2, 8 trees, 0000000000000007",
        "1 of 1, 8 trees, 0000000000000007",
        "1 of 2, 1 trees, 0000000000000007",
        "1 of 2, 8 trees, 7",
        "+1 of 2, 8 trees, 0000000000000007",
        "1 of 99999999999999999999, 8 trees, 0000000000000007",
        "18446744073709551615 of 2, 8 trees, 0000000000000007",
    ] {
        assert_eq!(
            says(text),
            format!(
                "forest-1-of-2.onnx: invalid ONNX model: the model: found the metadata entry forest_part `{text}`, expected a text like `1 of 2, 100 trees, 0123456789abcdef`"
            )
            .replace("99999999999999999999, 8 trees, 0000000000000007`", "99999999999999999999, 8 trees, 0000…`")
            .replace("18446744073709551615 of 2, 8 trees, 0000000000000007`", "18446744073709551615 of 2, 8 trees, 0000…`")
        );
    }
    // Numbers that no room is made for.
    let max = usize::MAX;
    assert_eq!(
        says(&format!("1 of 2, {max} trees, 0000000000000007")),
        "forest-1-of-2.onnx: invalid ONNX model: the node: nodes_treeids: found 4 trees, expected 9223372036854775808 in this part"
    );
    let only = [(
        "a.onnx".to_owned(),
        forest_that_says(&format!("1 of {max}, {max} trees, 0000000000000007")),
    )];
    let error = joined(&only).unwrap_err();
    assert!(
        error.starts_with("forest-2-of-18446744073709551615.onnx, forest-3-of-")
            && error.ends_with(
                " and 18446744073709551604 more are missing: found 1 of the 18446744073709551615 parts of a forest"
            ),
        "{error}"
    );
    assert_eq!(
        damaged(|model| drop(model.metadata_props.pop())),
        "forest-1-of-2.onnx: invalid ONNX model: the model: the metadata entry forest_part is missing"
    );
}

/// A forest of one tree that says to be a part.
fn forest_that_says(text: &str) -> Vec<u8> {
    let mut model = ModelProto::decode(&*forest(1, &outputs()[1], None)).unwrap();
    model.metadata_props.push(StringStringEntryProto {
        key: "forest_part".into(),
        value: text.into(),
    });
    model.encode_to_vec()
}

#[test]
fn damaged_lists_are_refused_by_name() {
    fn attributes(model: &mut ModelProto) -> &mut Vec<proto::onnx::AttributeProto> {
        &mut model.graph.as_mut().unwrap().node[0].attribute
    }
    fn attribute<'m>(model: &'m mut ModelProto, name: &str) -> &'m mut proto::onnx::AttributeProto {
        let mut all = attributes(model).iter_mut();
        all.find(|attribute| attribute.name == name).unwrap()
    }
    let node = "forest-1-of-2.onnx: invalid ONNX model: the node";
    assert_eq!(
        damaged(|model| attribute(model, "nodes_treeids").ints[1] = 3),
        format!(
            "{node}: nodes_treeids: found tree 3 at tree 0, expected the trees one after the other"
        )
    );
    assert_eq!(
        damaged(|model| attribute(model, "nodes_treeids").ints[0] = -1),
        format!(
            "{node}: nodes_treeids: found tree -1 at tree 0, expected the trees one after the other"
        )
    );
    let more = damaged(|model| attribute(model, "nodes_modes").strings.push("LEAF".into()));
    let fewer = damaged(|model| attribute(model, "class_weights").floats.truncate(3));
    for (found, list) in [(more, "nodes_modes"), (fewer, "class_weights")] {
        assert!(
            found.starts_with(&format!("{node}: {list}: expected ")),
            "{found}"
        );
        assert!(found.ends_with(" entries, a field each"), "{found}");
    }
    assert_eq!(
        damaged(|model| {
            let many = vec![proto::onnx::AttributeProto::default(); 65];
            attributes(model).extend(many);
        }),
        format!("{node}: found 80 attributes, allowed are up to 64")
    );
    assert_eq!(
        damaged(|model| {
            let graph = model.graph.as_mut().unwrap();
            graph.node.push(graph.node[0].clone());
        }),
        "forest-1-of-2.onnx: invalid ONNX model: a part of a forest: found a node not just once, expected one"
    );
    assert_eq!(
        damaged(|model| drop(attributes(model).remove(0))),
        "forest-1-of-2.onnx and forest-2-of-2.onnx differ in more than their trees"
    );
    assert_eq!(
        damaged(|model| model.producer_name = "else".into()),
        "forest-1-of-2.onnx and forest-2-of-2.onnx differ in more than their trees"
    );
}

#[test]
fn a_part_with_other_trees_than_its_own_is_not_written() {
    let part = ForestPart {
        index: 0,
        count: 2,
        n_trees: 5,
        fingerprint: 7,
    };
    let model = TreeModel {
        trees: vec![vec![TreeNode::Leaf { values: vec![] }]; 2],
        features: Features::unnamed(1),
        part: Some(part),
        ..TreeModel::default()
    };
    assert_eq!(
        model.to_onnx().unwrap_err().to_string(),
        "can't write the trees: found 2 trees in part 1 of 2, 5 trees, 0000000000000007"
    );
}
