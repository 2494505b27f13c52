//! Graphs around a valid tree node that break a rule, or do what is not supported.

use algorithm::Predictor;
use proto::onnx::tensor_proto::DataType;
use proto::onnx::{
    AttributeProto, ModelProto, NodeProto, TensorProto, TypeProto, ValueInfoProto, type_proto,
};

use super::builder::*;
use super::{load, refused};

fn operator(op: &str, inputs: &[&str], attributes: Vec<AttributeProto>) -> NodeProto {
    node("", op, inputs, &["Z"], attributes)
}

fn constant(name: &str, values: &[f32]) -> TensorProto {
    TensorProto {
        name: name.into(),
        ..float32(values)
    }
}

#[test]
fn operators_by_name() {
    let vectorizer = node("ai.onnx.ml", "DictVectorizer", &["Y"], &["Z"], vec![]);
    refused(
        &with_node(regressor(), vectorizer),
        "node `the DictVectorizer`: operator ai.onnx.ml.DictVectorizer is not supported; supported are ai.onnx.ml.TreeEnsembleClassifier",
    );
    refused(
        &with_node(regressor(), operator("Relu", &["Y"], vec![])),
        "operator Relu is not supported",
    );
    let foreign = node("com.example", "Cast", &["Y"], &["Z"], vec![]);
    refused(
        &with_node(regressor(), foreign),
        "operator com.example.Cast is not supported",
    );
    let named = node("ai.onnx", "Identity", &["Y"], &["Z"], vec![]);
    load(&with_node(regressor(), named));
    let mut nameless = operator("Relu", &["Y"], vec![]);
    nameless.name.clear();
    refused(&with_node(regressor(), nameless), "node 1 (`Relu`)");
}

#[test]
fn operator_set_versions() {
    let opset = |mut model: ModelProto, version: i64| {
        model.opset_import[0].version = version;
        model
    };
    refused(
        &opset(regressor(), 5),
        "found version 5 of operator set ai.onnx.ml, supported for TreeEnsembleRegressor are versions 1 to 4",
    );
    refused(&opset(classifier(), 0), "found version 0");
    refused(
        &opset(version_5(), 3),
        "found version 3 of operator set ai.onnx.ml, supported for TreeEnsemble are versions 5 to 5",
    );
    refused(&opset(version_5(), 6), "found version 6");
    let mut none = regressor();
    none.opset_import.clear();
    refused(&none, "found no import of operator set ai.onnx.ml");
}

#[test]
fn inputs() {
    let input = |change: &dyn Fn(&mut Vec<ValueInfoProto>)| {
        let mut model = regressor();
        change(&mut graph(&mut model).input);
        model
    };
    refused(
        &input(&|inputs| inputs.clear()),
        "the graph: found no input, allowed is 1",
    );
    let second = value("W", DataType::Float, &[None, Some(2)]);
    refused(
        &input(&|inputs| inputs.push(second.clone())),
        "the graph: found the inputs `X` and `W`, supported is 1",
    );
    refused(
        &input(&|inputs| inputs[0] = value("X", DataType::String, &[None, Some(2)])),
        "found a tensor of string",
    );
    refused(
        &input(&|inputs| inputs[0] = value("X", DataType::Bool, &[None, Some(2)])),
        "found a tensor of bool",
    );
    refused(
        &input(&|inputs| inputs[0] = value("X", DataType::Float, &[Some(2)])),
        "found 1 dimensions",
    );
    refused(
        &input(&|inputs| inputs[0] = value("X", DataType::Float, &[None, Some(1 << 25)])),
        "found 33554432 features, supported are up to 16777216",
    );
    let sequence = type_proto::Value::SequenceType(Box::default());
    refused(
        &input(&|inputs| {
            inputs[0].r#type = Some(TypeProto {
                value: Some(sequence.clone()),
            })
        }),
        "found no tensor",
    );
    let unknown = input(&|inputs| inputs[0] = value("X", DataType::Float, &[None, None]));
    assert_eq!(load(&unknown).signature().features.len(), 1);
    let leaf_only = with(unknown, texts("nodes_modes", &["LEAF", "LEAF", "LEAF"]));
    refused(&leaf_only, "found neither a number of features nor a split");
    // Old files list constants as inputs too.
    let mut old = input(&|inputs| inputs.push(second.clone()));
    graph(&mut old).initializer.push(constant("W", &[1.0]));
    load(&old);
    graph(&mut old).initializer.push(constant("W", &[1.0]));
    refused(
        &old,
        "the graph: found initializer `W` twice, allowed is once",
    );
}

#[test]
fn names() {
    let mut model = regressor();
    graph(&mut model).node[0].input[0] = "Q".into();
    refused(
        &model,
        "found input `Q`, allowed are the graph's input, constants and outputs of earlier nodes",
    );
    let mut model = regressor();
    graph(&mut model).node[0].input.push("X".into());
    refused(&model, "found 2 inputs, allowed is 1");
    let mut model = with_node(regressor(), operator("Identity", &["Y"], vec![]));
    graph(&mut model).node[1].output[0] = "Y".into();
    refused(
        &model,
        "found output `Y`, which is the name of another value",
    );
    // A node may not come before the node that it takes its input from.
    let mut model = with_node(regressor(), operator("Identity", &["Y"], vec![]));
    graph(&mut model).node.reverse();
    refused(&model, "found input `Y`");
}

#[test]
fn outputs() {
    let output = |names: &[&str]| {
        let mut model = classifier();
        graph(&mut model).output = names
            .iter()
            .map(|name| value(name, DataType::Float, &[]))
            .collect();
        model
    };
    load(&output(&["scores", "label"]));
    load(&output(&["scores"]));
    load(&output(&["label"]));
    refused(
        &output(&[]),
        "the graph: found 0 outputs, allowed are 1 or more",
    );
    refused(
        &output(&["nothing"]),
        "output `nothing`: no node has that output",
    );
    refused(
        &output(&["X"]),
        "output `X`: found features, supported are labels and computed numbers",
    );
    refused(
        &output(&["label", "label"]),
        "found a second output of its kind",
    );
    let two = |outputs: &[&str]| {
        let mut model = output(outputs);
        let mut second = graph(&mut model).node[0].clone();
        second.output = vec!["label 2".into(), "scores 2".into()];
        graph(&mut model).node.push(second);
        model
    };
    load(&two(&["label 2", "scores 2"]));
    // As in onnxruntime, the two need not be of the same node.
    load(&two(&["label", "scores 2"]));
    let mut fewer = two(&["label", "scores 2"]);
    let columns = operator("Gather", &["scores 2", "C"], vec![int("axis", 1)]);
    graph(&mut fewer).node.push(columns);
    graph(&mut fewer)
        .initializer
        .push(int64("C", &[0, 2], &[2]));
    graph(&mut fewer).output[1].name = "Z".into();
    refused(
        &fewer,
        "found 3 labels and 2 scores a row, supported are as many scores as labels",
    );
}

#[test]
fn tree_inputs() {
    refused(
        &with_input(regressor(), DataType::Int64),
        "found an integer input",
    );
    refused(
        &with_input(version_5(), DataType::Int64),
        "found an integer input",
    );
    load(&with_input(classifier(), DataType::Int32));
    let mut stacked = regressor();
    let mut second = graph(&mut stacked).node[0].clone();
    (second.input, second.output) = (vec!["Y".into()], vec!["Z".into()]);
    graph(&mut stacked).node.push(second);
    load(&stacked);
    graph(&mut stacked).node[1].attribute = with(regressor(), ints("nodes_featureids", &[1, 0, 0]))
        .graph
        .unwrap()
        .node
        .remove(0)
        .attribute;
    refused(
        &stacked,
        "found a split on feature 1, its input has features 0 to 0",
    );
    let labels = with_node(classifier(), operator("Exp", &["label"], vec![]));
    refused(
        &labels,
        "found labels as input, supported are computed numbers",
    );
}

#[test]
fn casts() {
    let to = |model: ModelProto, from: &str, to: DataType| {
        with_node(
            model,
            operator("Cast", &[from], vec![int("to", i64::from(i32::from(to)))]),
        )
    };
    load(&to(classifier(), "label", DataType::String));
    refused(
        &to(classifier(), "label", DataType::Int64),
        "found a cast of labels to int64",
    );
    let integers = without(classifier(), "classlabels_strings");
    let integers = with(integers, ints("classlabels_int64s", &[5, 6, 7]));
    load(&to(integers.clone(), "label", DataType::Int64));
    refused(
        &to(integers, "label", DataType::String),
        "found a cast of labels to string",
    );
    load(&to(regressor(), "Y", DataType::Double));
    refused(
        &to(regressor(), "Y", DataType::Int64),
        "found scores of type int64, supported are float32 and float64",
    );
    refused(
        &to(regressor(), "Y", DataType::String),
        "found a cast of numbers to string",
    );
    refused(
        &to(regressor(), "X", DataType::Int64),
        "found a cast of features to int64",
    );
    refused(
        &with_node(regressor(), operator("Cast", &["Y"], vec![])),
        "found a cast of numbers to element type 0",
    );
}

#[test]
fn zip_maps() {
    let zip = |labels: AttributeProto, from: &str, model: ModelProto| {
        with_node(
            model,
            node("ai.onnx.ml", "ZipMap", &[from], &["Z"], vec![labels]),
        )
    };
    let same = || texts("classlabels_strings", &["a", "b", "c"]);
    load(&zip(same(), "scores", classifier()));
    let other = texts("classlabels_strings", &["a", "c", "b"]);
    refused(
        &zip(other, "scores", classifier()),
        "found other class labels than those of the node that gives its input",
    );
    refused(
        &zip(
            ints("classlabels_int64s", &[0, 1, 2]),
            "scores",
            classifier(),
        ),
        "found other class labels",
    );
    refused(&zip(same(), "Y", regressor()), "found other class labels");
    refused(
        &zip(same(), "label", classifier()),
        "found labels as input, supported are computed numbers",
    );
}

#[test]
fn two_inputs() {
    let product = |inputs: &[&str], values: &[f32]| {
        let mut model = with_node(regressor(), operator("Mul", inputs, vec![]));
        graph(&mut model).initializer.push(constant("C", values));
        graph(&mut model).output[0].name = "Z".into();
        model
    };
    load(&product(&["Y", "C"], &[2.0]));
    load(&product(&["C", "Y"], &[2.0, 3.0]));
    load(&product(&["Y", "Y"], &[]));
    refused(
        &product(&["X", "C"], &[2.0]),
        "found no tree node that its outputs need",
    );
    let do_not_fit = "found inputs whose shapes do not fit, or no computed one";
    refused(&product(&["X", "C"], &[1.0, 2.0, 3.0]), do_not_fit);
    refused(&product(&["X", "C"], &[]), do_not_fit);
    refused(&product(&["C", "C"], &[1.0]), do_not_fit);
    refused(&product(&["Y"], &[1.0]), "found 1 inputs, allowed are 2");
    let mut double = product(&["Y", "C"], &[2.0]);
    graph(&mut double).initializer[0] = TensorProto {
        name: "C".into(),
        ..float64(&[2.0])
    };
    refused(
        &double,
        "found inputs of types float32 and float64, allowed are inputs of one type",
    );
    // A constant of two rows would be added to two rows of the input only.
    let mut rows = product(&["X", "C"], &[1.0, 2.0]);
    graph(&mut rows).initializer[0].dims = vec![2, 1];
    refused(&rows, do_not_fit);
}

#[test]
fn sums() {
    let two = |inputs: &[&str], n_targets: i64| {
        let mut model = regressor();
        let mut second = with(regressor(), int("n_targets", n_targets))
            .graph
            .unwrap()
            .node
            .remove(0);
        second.output = vec!["W".into()];
        graph(&mut model).node.push(second);
        with_node(model, operator("Sum", inputs, vec![]))
    };
    load(&two(&["Y", "W"], 1));
    load(&two(&["Y", "Y"], 1));
    load(&two(&["Y", "W"], 2));
    refused(&two(&[], 1), "found 0 inputs, allowed are 1 or more");
}

/// Each node doubles the columns: what a row takes is counted before it is allocated.
#[test]
fn numbers_of_a_row() {
    let mut model = regressor();
    let mut name = "Y".to_owned();
    for i in 0..40 {
        let next = format!("Y{i}");
        let node = node(
            "",
            "Concat",
            &[&name, &name],
            &[&next],
            vec![int("axis", 1)],
        );
        graph(&mut model).node.push(node);
        name = next;
    }
    graph(&mut model).output[0].name = name;
    refused(
        &model,
        "numbers a row that the nodes up to here take and give",
    );
    let mut outer = with_node(regressor(), operator("Add", &["Y", "C"], vec![]));
    graph(&mut outer)
        .node
        .push(operator("Add", &["Z", "D"], vec![]));
    graph(&mut outer).node[2].output = vec!["ZZ".into()];
    for (name, dims) in [("C", [3_000, 1, 1]), ("D", [1, 1, 3_000])] {
        let mut tensor = constant(name, &vec![0.5; 3_000]);
        tensor.dims = dims.to_vec();
        graph(&mut outer).initializer.push(tensor);
    }
    refused(
        &outer,
        "numbers a row that the nodes up to here take and give",
    );
}

#[test]
fn limits() {
    let mut model = regressor();
    let filler = operator("Identity", &["Y"], vec![]);
    graph(&mut model)
        .node
        .extend(std::iter::repeat_n(filler, 10_000));
    refused(
        &model,
        "the graph: found 10001 nodes, supported are up to 10000",
    );
    let mut model = regressor();
    model.graph = None;
    refused(&model, "no graph");
}
