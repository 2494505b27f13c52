//! Attributes of tree operators that break a rule.

use proto::onnx::tensor_proto::{DataLocation, DataType};
use proto::onnx::{AttributeProto, TensorProto};

use super::builder::*;
use super::{load, refused};

#[test]
fn the_models_to_break_are_valid() {
    load(&regressor());
    load(&classifier());
    load(&version_5());
}

#[test]
fn attributes() {
    refused(
        &with(regressor(), int("nodes_color", 1)),
        "found attribute `nodes_color`, which TreeEnsembleRegressor does not have",
    );
    let mut twice = regressor();
    graph(&mut twice).node[0]
        .attribute
        .push(int("n_targets", 1));
    refused(&twice, "found attribute `n_targets` twice, allowed is once");
    refused(
        &with(regressor(), ints("n_targets", &[1])),
        "n_targets: found attribute type 7, allowed is 2",
    );
    let mut many = regressor();
    graph(&mut many).node[0]
        .attribute
        .extend((0..64).map(|i| int(&format!("a{i}"), 1)));
    refused(&many, "found 76 attributes, allowed are up to 64");
    let typeless = AttributeProto {
        r#type: 0,
        ..int("n_targets", 1)
    };
    load(&with(regressor(), typeless));
}

#[test]
fn node_lists_of_different_lengths() {
    for name in [
        "nodes_nodeids",
        "nodes_featureids",
        "nodes_truenodeids",
        "nodes_falsenodeids",
    ] {
        let reason = format!("{name}: found 4 entries, nodes_treeids has 3");
        refused(&with(regressor(), ints(name, &[0, 1, 2, 0])), &reason);
        refused(
            &without(regressor(), name),
            &format!("{name}: found 0 entries"),
        );
    }
    refused(
        &with(regressor(), texts("nodes_modes", &["LEAF"])),
        "nodes_modes: found 1 entries",
    );
    refused(
        &with(regressor(), floats("nodes_values", &[0.5])),
        "nodes_values: found 1 entries",
    );
    refused(
        &without(regressor(), "nodes_treeids"),
        "found 0 nodes, allowed are 1 to 2147483647",
    );
    // onnxruntime takes these two lists at any length.
    load(&with(
        regressor(),
        ints("nodes_missing_value_tracks_true", &[1]),
    ));
    load(&with(regressor(), floats("nodes_hitrates", &[1.0])));
}

#[test]
fn node_keys_and_children() {
    refused(
        &with(regressor(), ints("nodes_nodeids", &[0, 1, 3])),
        "nodes_nodeids[2]: found 3, allowed are 0 to 2",
    );
    refused(
        &with(regressor(), ints("nodes_nodeids", &[0, 1, -1])),
        "nodes_nodeids[2]: found -1",
    );
    refused(
        &with(regressor(), ints("nodes_nodeids", &[0, 1, 1])),
        "found node 1 of tree 0 twice, allowed is once",
    );
    refused(
        &with(regressor(), ints("nodes_truenodeids", &[7, 0, 0])),
        "nodes_truenodeids[0]: found child 7, tree 0 has no such node",
    );
    refused(
        &with(regressor(), ints("nodes_falsenodeids", &[i64::MIN, 0, 0])),
        "nodes_falsenodeids[0]: found child",
    );
    // A node of another tree can't be a child either.
    refused(
        &with(regressor(), ints("nodes_treeids", &[0, 0, 1])),
        "nodes_falsenodeids[0]: found child 2, tree 0",
    );
}

#[test]
fn cycles() {
    refused(
        &with(regressor(), ints("nodes_truenodeids", &[0, 0, 0])),
        "cycle through the node at position 0",
    );
    let modes = texts("nodes_modes", &["BRANCH_LEQ", "BRANCH_EQ", "LEAF"]);
    let model = with(regressor(), modes);
    refused(
        &with(model.clone(), ints("nodes_falsenodeids", &[2, 0, 0])),
        "cycle",
    );
    // A shared child is allowed: exporters write sets as chains of equality tests.
    let shared = with(model, ints("nodes_truenodeids", &[1, 2, 0]));
    load(&with(shared, ints("nodes_falsenodeids", &[2, 2, 0])));
    let model = with(version_5(), ints("nodes_trueleafs", &[0]));
    refused(&model, "cycle through the node at position 0");
}

#[test]
fn modes_and_features() {
    refused(
        &with(
            regressor(),
            texts("nodes_modes", &["BRANCH_LEQ", "LEAF", "leaf"]),
        ),
        "nodes_modes[2]: found `leaf`",
    );
    refused(
        &with(regressor(), texts("nodes_modes", &["a\nb", "LEAF", "LEAF"])),
        "found `a\u{fffd}b`",
    );
    refused(
        &with(regressor(), ints("nodes_featureids", &[-1, 0, 0])),
        "nodes_featureids[0]: found feature -1",
    );
    refused(
        &with(regressor(), ints("nodes_featureids", &[1 << 24, 0, 0])),
        "found feature 16777216",
    );
    refused(
        &with(regressor(), ints("nodes_featureids", &[2, 0, 0])),
        "splits on feature 2, input `X` has features 0 to 1",
    );
    // A leaf's feature id is ignored.
    load(&with(regressor(), ints("nodes_featureids", &[0, -1, 99])));
}

#[test]
fn weights() {
    for name in ["target_treeids", "target_nodeids", "target_ids"] {
        let reason = format!("{name}: found 1 entries, target_weights has 2");
        refused(&with(regressor(), ints(name, &[0])), &reason);
    }
    refused(
        &without(regressor(), "target_weights"),
        "found 0 weights, allowed are 1 to 2147483647",
    );
    refused(
        &with(regressor(), ints("target_nodeids", &[1, 3])),
        "target_nodeids[1]: found node 3 of tree 0",
    );
    refused(
        &with(regressor(), ints("target_treeids", &[0, 1])),
        "found node 2 of tree 1",
    );
    refused(
        &with(regressor(), ints("target_ids", &[0, 1])),
        "target_ids[1]: found 1, allowed are 0 to 0",
    );
    refused(
        &with(regressor(), ints("target_ids", &[-1, 0])),
        "target_ids[0]: found -1",
    );
    refused(
        &with(regressor(), ints("target_nodeids", &[1, 1])),
        "found 2 weights for the only target of the leaf at position 1, supported is 1",
    );
    refused(
        &with(classifier(), ints("class_ids", &[0, 3])),
        "class_ids[1]: found 3, allowed are 0 to 2",
    );
}

#[test]
fn targets_base_values_and_transforms() {
    refused(
        &with(regressor(), int("n_targets", 0)),
        "n_targets: found 0, allowed are 1 to 100000",
    );
    refused(
        &with(regressor(), int("n_targets", i64::MAX)),
        "n_targets: found 9223372036854775807",
    );
    refused(
        &without(regressor(), "n_targets"),
        "n_targets: the attribute is missing",
    );
    refused(
        &with(regressor(), floats("base_values", &[1.0, 2.0])),
        "base_values: found 2 values, allowed are none or 1",
    );
    refused(
        &with(classifier(), floats("base_values", &[1.0])),
        "base_values: found 1 values, allowed are none or 3",
    );
    refused(
        &with(regressor(), text("aggregate_function", "MEAN")),
        "aggregate_function: found `MEAN`",
    );
    refused(
        &with(regressor(), text("post_transform", "PROBIT")),
        "post_transform: found `PROBIT`, supported are NONE, LOGISTIC",
    );
    load(&with(regressor(), text("post_transform", "SOFTMAX_ZERO")));
}

#[test]
fn class_labels() {
    refused(
        &with(classifier(), ints("classlabels_int64s", &[1, 2, 3])),
        "found both of classlabels_strings",
    );
    refused(
        &without(classifier(), "classlabels_strings"),
        "found neither of classlabels_strings",
    );
    let one = with(classifier(), texts("classlabels_strings", &["a"]));
    refused(
        &with(one, ints("class_ids", &[0, 0])),
        "found 1 class labels, supported are 2 or more",
    );
    let two = with(classifier(), texts("classlabels_strings", &["a", "b"]));
    refused(
        &with(two.clone(), ints("class_ids", &[1, 1])),
        "class_ids: found only 1",
    );
    let one_column = with(two, ints("class_ids", &[0, 0]));
    refused(
        &with(one_column, floats("base_values", &[0.0, 0.0])),
        "allowed are none or 1",
    );
}

#[test]
fn tensor_attributes() {
    let doubles = |values: &[f64]| tensor("nodes_values_as_tensor", float64(values));
    let values = [0.5, 0.0, 0.0];
    let base = || without(regressor(), "nodes_values");
    refused(
        &with(base(), doubles(&values)),
        "found with a float32 input, allowed is a float64 input",
    );
    let double = || with_input(base(), DataType::Double);
    load(&with(double(), doubles(&values)));
    let both = with_input(regressor(), DataType::Double);
    refused(&with(both, doubles(&values)), "found beside nodes_values");
    let singles = tensor("nodes_values_as_tensor", float32(&[0.5, 0.0, 0.0]));
    refused(
        &with(double(), singles),
        "found a float32 tensor, allowed is float64",
    );
    let change = |change: &dyn Fn(&mut TensorProto)| {
        let mut attribute = doubles(&values);
        change(attribute.t.as_mut().unwrap());
        with(double(), attribute)
    };
    refused(
        &change(&|t| t.dims = vec![4]),
        "found a tensor of 3 values, allowed are 4, the product of its dimensions",
    );
    refused(
        &change(&|t| t.dims = vec![i64::MAX, 4]),
        "found dimensions that are negative or too large",
    );
    refused(
        &change(&|t| t.dims = vec![-3]),
        "found dimensions that are negative or too large",
    );
    refused(
        &change(&|t| t.raw_data = vec![0; 23].into()),
        "found a tensor of 23 bytes, allowed is a whole number of float64",
    );
    let external = |t: &mut TensorProto| t.data_location = DataLocation::External.into();
    refused(
        &change(&external),
        "found a tensor whose data are in another file",
    );
    let mut empty = doubles(&values);
    empty.t = None;
    refused(&with(double(), empty), "the attribute has no tensor");
}

#[test]
fn version_5_lists() {
    refused(
        &without(version_5(), "nodes_modes"),
        "nodes_modes: the attribute is missing",
    );
    refused(
        &without(version_5(), "nodes_splits"),
        "nodes_splits: the attribute is missing",
    );
    refused(
        &with(version_5(), tensor("nodes_modes", uint8(&[7]))),
        "nodes_modes[0]: found 7, allowed are 0 to 6",
    );
    refused(
        &with(version_5(), tensor("nodes_modes", uint8(&[256]))),
        "found 256, allowed are 0 to 255",
    );
    refused(
        &with(version_5(), tensor("nodes_modes", uint8(&[]))),
        "found 0 nodes",
    );
    refused(
        &with(version_5(), tensor("nodes_splits", float32(&[0.5, 1.0]))),
        "nodes_splits: found 2 entries",
    );
    refused(
        &with(version_5(), tensor("nodes_splits", float64(&[0.5]))),
        "found a float64 tensor, allowed is float32",
    );
    for name in [
        "nodes_featureids",
        "nodes_truenodeids",
        "nodes_falsenodeids",
        "nodes_trueleafs",
        "nodes_falseleafs",
    ] {
        refused(
            &with(version_5(), ints(name, &[0, 0])),
            &format!("{name}: found 2 entries, nodes_modes has 1"),
        );
    }
    refused(
        &with(version_5(), ints("nodes_truenodeids", &[2])),
        "nodes_truenodeids[0]: found child 2, allowed are 0 to 1",
    );
    refused(
        &with(version_5(), ints("nodes_falsenodeids", &[-1])),
        "nodes_falsenodeids[0]: found child -1",
    );
    let to_branch = with(version_5(), ints("nodes_trueleafs", &[0]));
    refused(
        &with(to_branch, ints("nodes_truenodeids", &[1])),
        "found child 1, allowed are 0 to 0",
    );
    refused(
        &with(version_5(), ints("tree_roots", &[])),
        "tree_roots: found 0 trees",
    );
    refused(
        &with(version_5(), ints("tree_roots", &[0, 1])),
        "tree_roots[1]: found node 1, allowed are 0 to 0",
    );
    refused(
        &with(version_5(), ints("leaf_targetids", &[0])),
        "leaf_targetids: found 1 entries, leaf_weights has 2",
    );
    refused(
        &with(version_5(), ints("leaf_targetids", &[0, 1])),
        "leaf_targetids[1]: found 1, allowed are 0 to 0",
    );
    refused(
        &with(version_5(), ints("nodes_featureids", &[-1])),
        "nodes_featureids[0]: found feature -1",
    );
    refused(
        &with(version_5(), int("aggregate_function", 4)),
        "aggregate_function: found 4",
    );
    refused(
        &with(version_5(), int("post_transform", 1)),
        "post_transform: found 1, supported is 0",
    );
}

#[test]
fn membership_sets() {
    let sets = |values: &[f32]| with(version_5(), tensor("membership_values", float32(values)));
    let member = |values: &[f32]| with(sets(values), tensor("nodes_modes", uint8(&[6])));
    refused(
        &sets(&[1.0]),
        "membership_values: found 1 sets, allowed are 0, one for each node that tests membership",
    );
    refused(
        &member(&[1.0, f32::NAN, 2.0]),
        "found 2 sets, allowed are 1",
    );
    refused(
        &with(version_5(), tensor("nodes_modes", uint8(&[6]))),
        "found 0 sets, allowed are 1",
    );
    load(&member(&[1.0, 2.0, f32::NAN]));
    load(&member(&[1.0, 2.0]));
    load(&member(&[f32::NAN]));
}
