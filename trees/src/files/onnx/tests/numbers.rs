//! What loaded models answer: here a wrong reading would go unnoticed by the loader.

use algorithm::{Absent, Predictor, Rows, Scores};
use proto::onnx::{ModelProto, StringStringEntryProto, TensorProto, tensor_proto::DataType};

use super::{builder::*, load};
use crate::Model;

fn values(model: &Model, rows: Rows<'_>) -> Vec<f32> {
    let mut scores = Scores::new();
    model.predict(rows, &mut scores).unwrap();
    scores.values().to_vec()
}

#[test]
fn the_plain_models() {
    let rows = Rows::F32(&[0.5, 0.0, 0.6, 0.0, f32::NAN, 0.0]);
    assert_eq!(values(&load(&regressor()), rows), [1.0, 4.0, 4.0]);
    assert_eq!(values(&load(&version_5()), rows), [1.0, 4.0, 4.0]);
    assert_eq!(
        values(&load(&classifier()), rows),
        [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0]
    );
}

#[test]
fn rows_must_fit() {
    let model = load(&regressor());
    let mut scores = Scores::new();
    let error = model
        .predict(Rows::F64(&[1.0, 2.0]), &mut scores)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "rows of float64 values, the model takes float32"
    );
    let error = model
        .predict(Rows::F32(&[1.0, 2.0, 3.0]), &mut scores)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "3 values do not make whole rows of 2 features"
    );
}

/// Members, and with the flag missing values, go to the true child.
#[test]
fn sets() {
    let model = with(version_5(), tensor("nodes_modes", uint8(&[6])));
    let model = with(
        model,
        tensor("membership_values", float32(&[2.0, 5.0, -1.0, f32::NAN])),
    );
    let rows = [2.0, 0.0, 5.0, 0.0, -1.0, 0.0, 3.0, 0.0, f32::NAN, 0.0];
    assert_eq!(
        values(&load(&model), Rows::F32(&rows)),
        [1.0, 1.0, 1.0, 4.0, 4.0]
    );
    let tracking = with(model.clone(), ints("nodes_missing_value_tracks_true", &[1]));
    assert_eq!(
        values(&load(&tracking), Rows::F32(&rows)),
        [1.0, 1.0, 1.0, 4.0, 1.0]
    );
    let empty = with(model, tensor("membership_values", float32(&[f32::NAN])));
    assert_eq!(values(&load(&empty), Rows::F32(&rows)), [4.0; 5]);
}

/// 2^53 + 1 becomes one float32, rounded once.
#[test]
fn integers_are_rounded_once() {
    let model = with_input(classifier(), DataType::Int64);
    // As float64 first it would be 16777217 * 2^29 exactly half way, then even; rounded once it is above.
    let value = (16_777_217_i64 << 29) + 1;
    let threshold = (16_777_217_i64 << 29) as f32;
    assert!(value as f32 > threshold && (value as f64) as f32 == threshold);
    let model = load(&with(model, floats("nodes_values", &[threshold, 0.0, 0.0])));
    assert_eq!(values(&model, Rows::I64(&[value, 0])), [0.0, 0.0, 1.0]);
}

/// A float64 input is compared as it is, the answer is float32.
#[test]
fn doubles() {
    let model = load(&with_input(regressor(), DataType::Double));
    assert_eq!(
        values(&model, Rows::F64(&[0.5 + 1e-12, 0.0, 0.5, 0.0])),
        [4.0, 1.0]
    );
    assert!(!model.signature().is_double);
    // Cast to float32 before the trees.
    let mut cast = with_input(regressor(), DataType::Double);
    let to_float = node("", "Cast", &["X"], &["F"], vec![int("to", 1)]);
    graph(&mut cast).node.insert(0, to_float);
    graph(&mut cast).node[1].input[0] = "F".into();
    assert_eq!(
        values(&load(&cast), Rows::F64(&[0.5 + 1e-12, 0.0, 0.5, 0.0])),
        [1.0, 1.0]
    );
}

#[test]
fn products_and_sums_of_two_tree_nodes() {
    let mut model = regressor();
    let mut second = graph(&mut model).node[0].clone();
    second.output = vec!["W".into()];
    graph(&mut model).node.push(second);
    graph(&mut model)
        .node
        .push(node("", "Mul", &["W", "C"], &["W3"], vec![]));
    graph(&mut model).initializer.push(TensorProto {
        name: "C".into(),
        ..float32(&[3.0])
    });
    let model = with_node(model, node("", "Sum", &["Y", "W3"], &["Z"], vec![]));
    let model = with_node(model, node("", "Exp", &["Z"], &["E"], vec![]));
    assert_eq!(
        values(&load(&model), Rows::F32(&[0.0, 0.0])),
        [4.0_f32.exp()]
    );
}

fn with_metadata(mut model: ModelProto, key: &str, value: &str) -> ModelProto {
    model.metadata_props.push(StringStringEntryProto {
        key: key.into(),
        value: value.into(),
    });
    model
}

#[test]
fn feature_names_from_metadata() {
    let names = |json: &str| {
        let model = with_metadata(regressor(), "feature_names", json);
        load(&model).signature().features.names().to_vec()
    };
    assert_eq!(names(r#"["a", "b,\u00fc"]"#), ["a", "b,ü"]);
    for other in [
        "",
        "a,b",
        r#"["a"]"#,
        r#"["a","b","c"]"#,
        r#"["a",1]"#,
        r#"["a","b"] x"#,
    ] {
        assert!(names(other).is_empty(), "{other}");
    }
}

/// What a sparse record leaves out is as the file says, else as the branches suggest.
#[test]
fn sparse_absent_from_metadata() {
    let tracking = || with(regressor(), ints("nodes_missing_value_tracks_true", &[1]));
    let absent = |model: ModelProto| load(&model).signature().absent;
    assert_eq!(absent(regressor()), Absent::Zero);
    assert_eq!(absent(tracking()), Absent::Missing);
    for (value, plain, tracked) in [
        ("zero", Absent::Zero, Absent::Zero),
        ("missing", Absent::Missing, Absent::Missing),
        ("", Absent::Zero, Absent::Missing),
        ("NaN", Absent::Zero, Absent::Missing),
    ] {
        let said = |model| absent(with_metadata(model, "sparse_absent", value));
        assert_eq!(said(regressor()), plain, "{value}");
        assert_eq!(said(tracking()), tracked, "{value}");
    }
}

/// The trees of a sum come in its order; branches of version 5 count before all leaves.
#[test]
fn leaves_of_all_parts() {
    let leaves = |model: &ModelProto, rows: Rows<'_>| {
        let model = load(model);
        let mut leaves = vec![7; 9];
        model.leaves(rows, &mut leaves).unwrap();
        assert_eq!(leaves.len(), model.n_trees() * rows.len() / 2);
        leaves
    };
    let rows = [0.5, 0.0, 0.6, 0.0];
    assert_eq!(leaves(&version_5(), Rows::F32(&rows)), [1, 2]);
    assert_eq!(leaves(&regressor(), Rows::F32(&[])), [0; 0]);
    let mut model = with_input(regressor(), DataType::Double);
    let mut second = with(regressor(), floats("nodes_values", &[-1.0, 0.0, 0.0]));
    let mut second = graph(&mut second).node.remove(0);
    second.output = vec!["W".into()];
    graph(&mut model).node.push(second);
    let model = with_node(model, node("", "Sum", &["Y", "W"], &["Z"], vec![]));
    let rows = [0.5, 0.0, -1.0, 0.0, 0.6, 0.0];
    assert_eq!(leaves(&model, Rows::F64(&rows)), [1, 2, 1, 1, 2, 2]);
    let error = load(&model).leaves(Rows::F32(&[0.0; 2]), &mut vec![]);
    assert_eq!(
        error.unwrap_err().to_string(),
        "rows of float32 values, the model takes float64"
    );
}

fn labels_and_values(model: &Model, rows: &[f32]) -> (Vec<u32>, Vec<f32>) {
    let mut scores = Scores::new();
    model.predict(Rows::F32(rows), &mut scores).unwrap();
    (scores.labels().to_vec(), scores.values().to_vec())
}

const LEFT_AND_RIGHT: [f32; 4] = [0.0, 0.0, 1.0, 0.0];

/// Answers of onnxruntime 1.31.1: a class that no leaf names has 0, and is the label only with base values.
#[test]
fn classes_that_a_leaf_does_not_name() {
    let model = with(classifier(), ints("class_ids", &[1, 2]));
    let model = with(model, floats("class_weights", &[-1.0, -1.0]));
    let (labels, values) = labels_and_values(&load(&model), &LEFT_AND_RIGHT);
    assert_eq!(
        (labels, values),
        (vec![1, 2], vec![0.0, -1.0, 0.0, 0.0, 0.0, -1.0])
    );
    let model = with(model, floats("base_values", &[0.5, 0.0, 0.0]));
    let (labels, values) = labels_and_values(&load(&model), &LEFT_AND_RIGHT);
    assert_eq!(
        (labels, values),
        (vec![0, 0], vec![0.5, -1.0, 0.0, 0.5, 0.0, -1.0])
    );
}

/// Answers of onnxruntime 1.31.1 for two classes and one column of weights.
#[test]
fn one_column() {
    let binary = |weights: [f32; 2], base: &[f32], transform: &str| {
        let model = with(classifier(), texts("classlabels_strings", &["a", "b"]));
        let model = with(model, ints("class_ids", &[0, 0]));
        let model = with(model, floats("class_weights", &weights));
        let model = with(model, text("post_transform", transform));
        labels_and_values(
            &load(&with(model, floats("base_values", base))),
            &LEFT_AND_RIGHT,
        )
    };
    assert_eq!(
        binary([0.5, 0.75], &[], "NONE"),
        (vec![0, 1], vec![0.5, 0.5, 0.25, 0.75])
    );
    assert_eq!(
        binary([0.25, 0.75], &[0.1], "SOFTMAX"),
        (vec![0, 1], vec![0.65, 0.35, 0.149_999_98, 0.85])
    );
    assert_eq!(
        binary([-0.25, 0.75], &[0.1], "NONE"),
        (vec![0, 1], vec![0.15, -0.15, -0.85, 0.85])
    );
    assert_eq!(
        binary([-0.25, 0.75], &[0.1], "LOGISTIC"),
        (
            vec![0, 1],
            vec![0.537_429_8, 0.462_570_2, 0.299_432_8, 0.700_567_2]
        )
    );
}

/// Answers of onnxruntime 1.31.1 for leaves that leave a target out.
#[test]
fn targets_that_a_leaf_does_not_name() {
    let two = with(regressor(), int("n_targets", 2));
    let two = with(two, floats("base_values", &[10.0, 20.0]));
    let two = load(&with(two, ints("target_ids", &[0, 1])));
    assert_eq!(
        values(&two, Rows::F32(&LEFT_AND_RIGHT)),
        [11.0, 0.0, 0.0, 24.0]
    );
    let one = with(regressor(), text("aggregate_function", "MAX"));
    let one = with(one, ints("target_treeids", &[0]));
    let one = with(one, ints("target_nodeids", &[1]));
    let one = with(
        with(one, ints("target_ids", &[0])),
        floats("target_weights", &[-1.0]),
    );
    assert_eq!(values(&load(&one), Rows::F32(&LEFT_AND_RIGHT)), [-1.0, 0.0]);
}
