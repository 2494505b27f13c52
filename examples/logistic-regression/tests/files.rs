//! The model file: what is read from it, and what is refused.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/fitting.rs"]
mod fitting;

use algorithm::{Labels, Predictor, Values};
use fitting::{fit, probabilities, table};
use logistic_regression::FORMAT;
use proptest::prelude::*;
use prost::Message as _;
use proto::onnx::{
    AttributeProto, GraphProto, ModelProto, NodeProto, StringStringEntryProto, ValueInfoProto,
    attribute_proto::AttributeType,
    tensor_shape_proto::{Dimension, dimension},
    type_proto,
};

/// A file of two features and three classes, as it is trained.
fn trained(labels: Labels) -> ModelProto {
    let values = vec![
        [0.0, 1.0],
        [0.0, 2.0],
        [1.0, 1.0],
        [1.0, 4.0],
        [2.0, 1.0],
        [2.0, 3.0],
    ];
    let mut table = table(values, vec![0, 0, 1, 1, 2, 2], labels);
    table.features = algorithm::Features::named(vec!["length".into(), "width".into()]);
    ModelProto::decode(&*fit(&table, &[]).unwrap().file).unwrap()
}

fn text_model() -> ModelProto {
    trained(Labels::Text(["a", "b", "c"].map(str::to_owned).to_vec()))
}

/// Two opposite classes, and more scores than the softmax of plain exponentials can take.
fn logistic() -> ModelProto {
    let mut model = trained(Labels::Integers(vec![-5, 0, 5]));
    attribute(&mut model, "classlabels_ints").ints.pop();
    attribute(&mut model, "coefficients").floats = vec![-1.0, -1000.0, 1.0, 1000.0];
    attribute(&mut model, "intercepts").floats = vec![-0.5, 0.5];
    attribute(&mut model, "post_transform").s = b"LOGISTIC"[..].into();
    model
}

fn graph(model: &mut ModelProto) -> &mut GraphProto {
    model.graph.as_mut().unwrap()
}

fn node(model: &mut ModelProto) -> &mut NodeProto {
    &mut graph(model).node[0]
}

fn attribute<'a>(model: &'a mut ModelProto, name: &str) -> &'a mut AttributeProto {
    let mut attributes = node(model).attribute.iter_mut();
    attributes.find(|attribute| attribute.name == name).unwrap()
}

fn tensor(model: &mut ModelProto) -> &mut type_proto::Tensor {
    let kind = graph(model).input[0].r#type.as_mut().unwrap();
    let Some(type_proto::Value::TensorType(tensor)) = kind.value.as_mut() else {
        unreachable!("the input is a tensor");
    };
    tensor
}

fn dimensions(model: &mut ModelProto) -> &mut Vec<Dimension> {
    &mut tensor(model).shape.as_mut().unwrap().dim
}

fn load(model: &ModelProto) -> Box<dyn Predictor> {
    (FORMAT.load)(&model.encode_to_vec()).unwrap()
}

fn refused(file: &[u8]) -> String {
    let line = (FORMAT.load)(file).err().unwrap().to_string();
    assert!(!line.contains('\n') && line.len() < 300, "{line}");
    line
}

#[test]
fn a_file_says_what_the_model_takes_and_gives() {
    let labels = Labels::Text(["a", "b", "c"].map(str::to_owned).to_vec());
    let predictor = load(&text_model());
    let signature = predictor.signature();
    assert_eq!(signature.labels(), Some(&labels));
    assert_eq!(signature.features.names(), ["length", "width"]);
    assert_eq!(signature.values, Values::Probabilities);
    assert!(!signature.takes_missing);

    let labels = Labels::Integers(vec![-5, 0, 5]);
    let mut model = trained(labels.clone());
    model.metadata_props.clear();
    graph(&mut model).input[0].name = "rows".into();
    node(&mut model).input[0] = "rows".into();
    let predictor = load(&model);
    let signature = predictor.signature();
    assert_eq!(signature.labels(), Some(&labels));
    assert!(signature.features.names().is_empty());
    assert_eq!(
        (signature.features.len(), &*signature.input_name),
        (2, "rows")
    );
}

#[test]
fn each_transform_is_that_of_onnx() {
    let mut model = logistic();
    let rows = [0.5, 0.0, 0.0, 7.0, 0.0, -7.0];
    let (labels, values) = probabilities(&*load(&model), &rows);
    let one = (1.0 / (1.0 + (-1.0_f64).exp())) as f32;
    assert_eq!(labels, [1, 1, 0]);
    assert_eq!(values, [0.268_941_43, one, 0.0, 1.0, 1.0, 0.0]);

    attribute(&mut model, "post_transform").s = b"NONE"[..].into();
    let predictor = load(&model);
    assert_eq!(predictor.signature().values, Values::Scores);
    let (labels, values) = probabilities(&*predictor, &rows);
    assert_eq!(labels, [1, 1, 0]);
    assert_eq!(values, [-1.0, 1.0, -7000.5, 7000.5, 6999.5, -6999.5]);
    node(&mut model)
        .attribute
        .retain(|attribute| attribute.name != "post_transform");
    assert_eq!(load(&model).signature().values, Values::Scores);

    attribute(&mut model, "coefficients").floats[0] = 0.0;
    attribute(&mut model, "intercepts").floats[0] = 0.0;
    let (_, values) = probabilities(&*load(&model), &[0.5, 0.0]);
    assert_eq!(values, [0.0, 1.0]);
}

#[test]
fn a_graph_of_anything_else_is_refused() {
    type Change = fn(&mut ModelProto);
    let changes: [(Change, &str); 17] = [
        (|m| m.graph = None, "the graph: found 0, expected 1"),
        (
            |m| graph(m).node.clear(),
            "ai.onnx.ml.LinearClassifier: found 0, expected 1",
        ),
        (
            |m| {
                let second = node(m).clone();
                graph(m).node.push(second);
            },
            "ai.onnx.ml.LinearClassifier: found 2, expected 1",
        ),
        (
            |m| node(m).op_type = "LinearRegressor".into(),
            "operator ai.onnx.ml.LinearRegressor: expected ai.onnx.ml.LinearClassifier alone",
        ),
        (
            |m| {
                let mut second = node(m).clone();
                second.op_type = "Normalizer".into();
                graph(m).node.push(second);
            },
            "operator ai.onnx.ml.Normalizer: expected ai.onnx.ml.LinearClassifier alone",
        ),
        (
            |m| node(m).domain.clear(),
            "operator .LinearClassifier: expected ai.onnx.ml.LinearClassifier alone",
        ),
        (
            |m| node(m).input = vec!["Y".into()],
            "ai.onnx.ml.LinearClassifier: expected the graph's input as its only one",
        ),
        (
            |m| node(m).input.clear(),
            "ai.onnx.ml.LinearClassifier: expected the graph's input as its only one",
        ),
        (
            |m| graph(m).input.push(ValueInfoProto::default()),
            "the graph's input: found 2, expected 1",
        ),
        (
            |m| graph(m).input[0].r#type = None,
            "the input's type: found 0, expected 1",
        ),
        (
            |m| graph(m).input[0].r#type.as_mut().unwrap().value = None,
            "the input's tensor type: found 0, expected 1",
        ),
        (
            |m| tensor(m).elem_type = 11,
            "the input's element type: found 11, expected 1, float32",
        ),
        (
            |m| tensor(m).shape = None,
            "the input's shape: found 0, expected 1",
        ),
        (
            |m| dimensions(m).truncate(1),
            "the input's shape: found 1 dimensions, expected 2",
        ),
        (
            |m| dimensions(m)[1].value = None,
            "the input's shape: found 0 features, expected at least 1",
        ),
        (
            |m| dimensions(m)[1].value = Some(dimension::Value::DimValue(-2)),
            "the input's shape: found -2 features, expected at least 1",
        ),
        (
            |m| dimensions(m)[1].value = Some(dimension::Value::DimValue(i64::MAX)),
            "coefficients: found 6, expected 9223372036854775807 for each of 3 intercepts",
        ),
    ];
    for (change, line) in changes {
        let mut model = text_model();
        change(&mut model);
        assert_eq!(refused(&model.encode_to_vec()), line);
    }
}

#[test]
fn attributes_that_do_not_fit_are_refused() {
    type Change = fn(&mut ModelProto);
    let remove = |m: &mut ModelProto, name: &str| {
        node(m).attribute.retain(|attribute| attribute.name != name);
    };
    let changes: [(Change, &str); 17] = [
        (
            |m| attribute(m, "coefficients").floats[4] = f32::NAN,
            "coefficients[4]: found NaN, expected a finite number",
        ),
        (
            |m| attribute(m, "intercepts").floats[0] = f32::INFINITY,
            "intercepts[0]: found inf, expected a finite number",
        ),
        (
            |m| attribute(m, "coefficients").floats.truncate(5),
            "coefficients: found 5, expected 2 for each of 3 intercepts",
        ),
        (
            |m| attribute(m, "intercepts").floats.push(0.0),
            "coefficients: found 6, expected 2 for each of 4 intercepts",
        ),
        (
            |m| attribute(m, "intercepts").name = "intercept".into(),
            "attribute intercept: ai.onnx.ml.LinearClassifier has none of that name",
        ),
        (
            |m| attribute(m, "intercepts").name = "coefficients".into(),
            "coefficients: found twice, expected once",
        ),
        (
            |m| attribute(m, "coefficients").r#type = AttributeType::Ints.into(),
            "coefficients: found type 7, expected Floats",
        ),
        (
            |m| attribute(m, "classlabels_strings").r#type = 0,
            "classlabels_strings: found type 0, expected Strings",
        ),
        (
            |m| attribute(m, "classlabels_strings").strings.truncate(2),
            "class labels: found 2, expected one for each of 3 intercepts, at least 2",
        ),
        (
            |m| attribute(m, "classlabels_strings").strings[2] = b"a"[..].into(),
            "class labels: found a twice, expected once",
        ),
        (
            |m| attribute(m, "classlabels_strings").strings[2] = b"\xff"[..].into(),
            "field 9 of an attribute is not UTF-8 text",
        ),
        (
            |m| {
                attribute(m, "classlabels_strings").strings.truncate(1);
                attribute(m, "coefficients").floats.truncate(2);
                attribute(m, "intercepts").floats.truncate(1);
            },
            "class labels: found 1, expected one for each of 1 intercepts, at least 2",
        ),
        (
            |m| {
                let mut ints = attribute(m, "classlabels_strings").clone();
                ints.name = "classlabels_ints".into();
                ints.r#type = AttributeType::Ints.into();
                node(m).attribute.push(ints);
            },
            "expected one of classlabels_ints and classlabels_strings",
        ),
        (
            |m| attribute(m, "post_transform").s = b"PROBIT"[..].into(),
            "post_transform: found PROBIT, expected SOFTMAX, NONE, or LOGISTIC of two opposite classes",
        ),
        (
            |m| attribute(m, "post_transform").s = b"LOGISTIC"[..].into(),
            "post_transform: found LOGISTIC, expected SOFTMAX, NONE, or LOGISTIC of two opposite classes",
        ),
        (
            |m| {
                *m = logistic();
                attribute(m, "coefficients").floats[0] = 1.0;
            },
            "post_transform: found LOGISTIC, expected SOFTMAX, NONE, or LOGISTIC of two opposite classes",
        ),
        (
            |m| {
                *m = logistic();
                attribute(m, "intercepts").floats[0] = 0.5;
            },
            "post_transform: found LOGISTIC, expected SOFTMAX, NONE, or LOGISTIC of two opposite classes",
        ),
    ];
    for (change, line) in changes {
        let mut model = text_model();
        change(&mut model);
        assert_eq!(refused(&model.encode_to_vec()), line);
    }
    let mut four = logistic();
    attribute(&mut four, "classlabels_ints").ints.extend([5, 6]);
    attribute(&mut four, "coefficients").floats = [[-1.0; 4], [1.0; 4]].concat();
    attribute(&mut four, "intercepts").floats = vec![0.0; 4];
    assert!(refused(&four.encode_to_vec()).starts_with("post_transform: found LOGISTIC"));
    for (name, line) in [
        ("coefficients", "coefficients: the attribute is missing"),
        ("intercepts", "intercepts: the attribute is missing"),
        (
            "classlabels_strings",
            "expected one of classlabels_ints and classlabels_strings",
        ),
    ] {
        let mut model = text_model();
        remove(&mut model, name);
        assert_eq!(refused(&model.encode_to_vec()), line);
    }
}

#[test]
fn names_that_do_not_fit_are_no_names() {
    for value in ["", "[]", r#"["a"]"#, r#"["a", "b", "c"]"#, "[1, 2]"] {
        let mut model = text_model();
        model.metadata_props = vec![StringStringEntryProto {
            key: "feature_names".into(),
            value: value.into(),
        }];
        assert!(
            load(&model).signature().features.names().is_empty(),
            "{value}"
        );
    }
}

#[test]
fn a_file_that_is_cut_short_is_refused() {
    let mut model = text_model();
    let file = model.encode_to_vec();
    // What follows the graph may be missing.
    model.opset_import.clear();
    model.metadata_props.clear();
    let end = model.encoded_len();
    for length in 0..end {
        refused(&file[..length]);
    }
    assert_eq!(refused(b""), "the graph: found 0, expected 1");
    assert_eq!(
        refused(b"pickle"),
        "the bytes of the model are not protobuf fields"
    );
}

proptest! {
    #[test]
    fn no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = (FORMAT.load)(&bytes);
    }

    /// A file that is still read can be scored.
    #[test]
    fn no_changed_file_breaks_reader_or_predictor(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut file = text_model().encode_to_vec();
        for (position, byte) in changes {
            *position.get_mut(&mut file) = byte;
        }
        match (FORMAT.load)(&file) {
            Ok(predictor) => {
                let rows = vec![1.5; 3 * predictor.signature().features.len()];
                probabilities(&*predictor, &rows);
            }
            Err(error) => prop_assert!(!error.to_string().contains('\n')),
        }
    }
}
