//! Files made to cost: loading takes a bounded multiple of a file's size.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use logistic_regression::FORMAT;
use peak_alloc::PeakAlloc;
use prost::Message as _;
use proto::onnx::{
    AttributeProto, GraphProto, ModelProto, NodeProto, StringStringEntryProto, TensorShapeProto,
    TypeProto, ValueInfoProto,
    attribute_proto::AttributeType,
    tensor_shape_proto::{Dimension, dimension},
    type_proto,
};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Most bytes that loading may hold at a time, a byte of the file.
const MAX_RATIO: f64 = 20.0;

/// What even the smallest file may take.
const SLACK: usize = 64 * 1024;

/// Entries of the lists below.
const MANY: usize = 300_000;

fn attribute(name: &str, kind: AttributeType) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        r#type: kind.into(),
        ..AttributeProto::default()
    }
}

/// A good file of one feature and these labels, with the attributes `more`.
fn model(labels: AttributeProto, n_labels: usize, more: Vec<AttributeProto>) -> ModelProto {
    let numbers = |name| AttributeProto {
        floats: vec![0.5; n_labels],
        ..attribute(name, AttributeType::Floats)
    };
    let dimension = Dimension {
        value: Some(dimension::Value::DimValue(1)),
    };
    let tensor = type_proto::Tensor {
        elem_type: 1,
        shape: Some(TensorShapeProto {
            dim: vec![dimension; 2],
        }),
    };
    let node = NodeProto {
        input: vec!["X".into()],
        op_type: "LinearClassifier".into(),
        domain: "ai.onnx.ml".into(),
        attribute: [
            vec![labels, numbers("coefficients"), numbers("intercepts")],
            more,
        ]
        .concat(),
        ..NodeProto::default()
    };
    let graph = GraphProto {
        node: vec![node],
        input: vec![ValueInfoProto {
            name: "X".into(),
            r#type: Some(TypeProto {
                value: Some(type_proto::Value::TensorType(tensor)),
            }),
        }],
        ..GraphProto::default()
    };
    ModelProto {
        graph: Some(graph),
        ..ModelProto::default()
    }
}

fn ints(n: usize) -> AttributeProto {
    AttributeProto {
        ints: (0..n as i64).collect(),
        ..attribute("classlabels_ints", AttributeType::Ints)
    }
}

fn texts(texts: impl Iterator<Item = String>) -> AttributeProto {
    AttributeProto {
        strings: texts.map(Into::into).collect(),
        ..attribute("classlabels_strings", AttributeType::Strings)
    }
}

/// Loads a file; `refusal` is part of the line, or empty if it is loaded.
fn load(what: &str, model: &ModelProto, refusal: &str) {
    let file = model.encode_to_vec();
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let line = (FORMAT.load)(&file).err().map(|error| error.to_string());
    let taken = ALLOCATOR.peak_usage() - before;
    let line = line.unwrap_or_default();
    assert!(
        line.contains(refusal) && line.is_empty() == refusal.is_empty(),
        "{what}: {line}"
    );
    let ratio = taken.saturating_sub(SLACK) as f64 / file.len() as f64;
    assert!(
        ratio < MAX_RATIO,
        "{what}: {ratio:.1} times the file's {} bytes",
        file.len()
    );
}

/// All in one test: the allocator counts for the whole process.
#[test]
fn loading_takes_a_small_multiple_of_the_file() {
    let two = |more| model(ints(2), 2, more);
    load("numbers", &model(ints(MANY), MANY, vec![]), "");
    load(
        "texts",
        &model(texts((0..MANY).map(|n| n.to_string())), MANY, vec![]),
        "",
    );
    load(
        "equal texts",
        &model(texts((0..MANY).map(|_| "a".into())), MANY, vec![]),
        "twice",
    );
    let empty = model(texts((0..MANY).map(|_| String::new())), 2, vec![]);
    load("too many texts", &empty, "class labels: found 300000");
    load(
        "too many numbers",
        &model(ints(MANY), 2, vec![]),
        "class labels: found 300000",
    );
    load(
        "attributes",
        &two(vec![AttributeProto::default(); MANY]),
        "attribute ",
    );
    let multi_class = attribute("multi_class", AttributeType::Int);
    load(
        "equal attributes",
        &two(vec![multi_class; MANY]),
        "multi_class: found twice",
    );

    let mut nodes = two(vec![]);
    let graph = nodes.graph.as_mut().unwrap();
    graph.node.extend(vec![NodeProto::default(); MANY]);
    load("nodes", &nodes, "operator .");
    let mut inputs = two(vec![]);
    let graph = inputs.graph.as_mut().unwrap();
    graph.node[0].input = vec![String::new(); MANY];
    load("inputs of the node", &inputs, "as its only one");
    graph_inputs();
    for json in [format!("[{}\"\"]", "\"\",".repeat(MANY)), "[".repeat(MANY)] {
        let mut names = two(vec![]);
        names.metadata_props = vec![StringStringEntryProto {
            key: "feature_names".into(),
            value: json,
        }];
        load("names", &names, "");
    }
    let mut entries = two(vec![]);
    entries.metadata_props = vec![StringStringEntryProto::default(); MANY];
    load("metadata", &entries, "");
}

fn graph_inputs() {
    let mut inputs = model(ints(2), 2, vec![]);
    let graph = inputs.graph.as_mut().unwrap();
    graph.input.extend(vec![ValueInfoProto::default(); MANY]);
    load("inputs of the graph", &inputs, "the graph's input: found");
}
