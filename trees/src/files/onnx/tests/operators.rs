//! What operators around trees answer. All numbers are those of onnxruntime 1.31.1.

use algorithm::{Predictor, Rows, Scores};
use proto::onnx::{AttributeProto, ModelProto, NodeProto, TensorProto, tensor_proto::DataType};

use super::{builder::*, load, refused};

const NAN: f32 = f32::NAN;

/// Rows with a missing value, zeros, and negative numbers.
const ROWS: [f32; 12] = [
    1.0, 2.0, NAN, 0.0, 0.0, 0.0, -3.0, 4.0, 0.0, -1.0, -2.0, -5.0,
];

/// A graph with three features `X`, whose output is `Z` plus that of a tree, which is 0.
fn graph_of(nodes: Vec<NodeProto>, constants: Vec<TensorProto>) -> ModelProto {
    let mut model = with(regressor(), floats("target_weights", &[0.0, 0.0]));
    let graph = graph(&mut model);
    graph.input = vec![value("X", DataType::Float, &[None, Some(3)])];
    graph.node.extend(nodes);
    graph
        .node
        .push(node("", "Add", &["Z", "Y"], &["answer"], vec![]));
    graph.output[0].name = "answer".into();
    graph.initializer = constants;
    model
}

fn op(kind: &str, inputs: &[&str], output: &str, attributes: Vec<AttributeProto>) -> NodeProto {
    let is_ml = ["Scaler", "Normalizer", "Imputer", "ArrayFeatureExtractor"].contains(&kind);
    let domain = if is_ml { "ai.onnx.ml" } else { "" };
    NodeProto {
        name: format!("the {kind}"),
        ..node(domain, kind, inputs, &[output], attributes)
    }
}

fn number(name: &str, numbers: &[f32], dims: &[i64]) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: dims.to_vec(),
        ..float32(numbers)
    }
}

fn answers(model: &ModelProto, rows: Rows<'_>) -> Vec<f32> {
    let mut scores = Scores::new();
    load(model).predict(rows, &mut scores).unwrap();
    scores.values().to_vec()
}

#[track_caller]
fn gives(nodes: Vec<NodeProto>, constants: Vec<TensorProto>, rows: &[f32], expected: &[f32]) {
    let found = answers(&graph_of(nodes, constants), Rows::F32(rows));
    let same = |(a, b): (&f32, &f32)| a == b || a.is_nan() && b.is_nan();
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().zip(expected).all(same), "{found:?}");
}

#[test]
fn scaler() {
    let all = || {
        op(
            "Scaler",
            &["X"],
            "Z",
            vec![floats("scale", &[3.0]), floats("offset", &[0.1])],
        )
    };
    gives(
        vec![all()],
        vec![],
        &[0.1, 16_777_217.0, 1.3],
        &[0.0, 50_331_648.0, 3.6],
    );
    let doubles = with_input(graph_of(vec![all()], vec![]), DataType::Double);
    let mut doubles = doubles;
    graph(&mut doubles).input = vec![value("X", DataType::Double, &[None, Some(3)])];
    // Trees of older operators compare float64, too, and answer in float32.
    assert_eq!(
        answers(&doubles, Rows::F64(&[0.1, 16_777_217.0, 1.3])),
        [-4.470_348_5e-9, 50_331_652.0, 3.6]
    );
    let each = vec![
        floats("scale", &[3.0, 1.0, 1.0]),
        floats("offset", &[0.1, 0.0, 1.0]),
    ];
    let mut integers = graph_of(vec![op("Scaler", &["X"], "Z", each)], vec![]);
    graph(&mut integers).input = vec![value("X", DataType::Int64, &[None, Some(3)])];
    let to_float = op("Cast", &["X"], "F", vec![int("to", 1)]);
    graph(&mut integers).node[0].input[0] = "F".into();
    graph(&mut integers).node.insert(0, to_float);
    assert_eq!(
        answers(&integers, Rows::I64(&[1, 16_777_217, 2])),
        [2.699_999_8, 16_777_216.0, 1.0]
    );
}

#[test]
fn normalizer() {
    let by = |norm| vec![op("Normalizer", &["X"], "Z", vec![text("norm", norm)])];
    let zeros = [0.0, 0.0, 0.0];
    let l1 = [-0.428_571_43, 0.571_428_6, 0.0, -0.125, -0.25, -0.625];
    gives(
        by("L1"),
        vec![],
        &ROWS,
        &[&[NAN; 3][..], &zeros, &l1].concat(),
    );
    let l2 = [-0.6, 0.8, 0.0, -0.182_574_2, -0.365_148_4, -0.912_870_94];
    gives(
        by("L2"),
        vec![],
        &ROWS,
        &[&[NAN; 3][..], &zeros, &l2].concat(),
    );
    // The largest number, not the largest absolute one.
    let max = [-0.75, 1.0, 0.0, 1.0, 2.0, 5.0];
    gives(
        by("MAX"),
        vec![],
        &ROWS,
        &[&[0.5, 1.0, NAN][..], &zeros, &max].concat(),
    );
    let model = graph_of(by("L3"), vec![]);
    refused(
        &model,
        "node `the Normalizer`: norm: found another norm, allowed are MAX, L1, L2",
    );
}

#[test]
fn imputer() {
    let by = |imputed: &[f32], replaced: Option<f32>| {
        let mut attributes = vec![floats("imputed_value_floats", imputed)];
        attributes.extend(replaced.map(|replaced| float("replaced_value_float", replaced)));
        vec![op("Imputer", &["X"], "Z", attributes)]
    };
    let rest = [0.0, 0.0, 0.0, -3.0, 4.0, 0.0, -1.0, -2.0, -5.0];
    let nan = by(&[9.0, 8.0, 7.0], Some(NAN));
    gives(
        nan.clone(),
        vec![],
        &ROWS,
        &[&[1.0, 2.0, 7.0][..], &rest].concat(),
    );
    assert!(load(&graph_of(nan, vec![])).signature().absent == algorithm::Absent::Missing);
    let rest = [9.0, 9.0, 9.0, -3.0, 4.0, 9.0, -1.0, -2.0, -5.0];
    gives(
        by(&[9.0], None),
        vec![],
        &ROWS,
        &[&[1.0, 2.0, NAN][..], &rest].concat(),
    );
    refused(
        &graph_of(by(&[9.0, 8.0], None), vec![]),
        "imputed_value_floats: found 2 numbers, allowed are 3, one a column, or 1",
    );
}

/// The position is looked up in a list of numbers.
#[test]
fn positions() {
    let rows = [1.0, 2.0, 2.0, NAN, 1.0, 2.0, 1.0, NAN, 3.0, 2.0, 2.0, 1.0];
    let by = |kind, last| {
        let attributes = vec![int("axis", 1), int("select_last_index", last)];
        vec![
            op(kind, &["X"], "P", attributes),
            op("ArrayFeatureExtractor", &["L", "P"], "Q", vec![]),
            op("Reshape", &["Q", "S"], "Z", vec![]),
        ]
    };
    let constants = || {
        vec![
            number("L", &[10.0, 20.0, 30.0], &[3]),
            int64("S", &[-1, 1], &[2]),
        ]
    };
    gives(
        by("ArgMax", 0),
        constants(),
        &rows,
        &[20.0, 10.0, 30.0, 10.0],
    );
    gives(
        by("ArgMax", 1),
        constants(),
        &rows,
        &[30.0, 10.0, 30.0, 20.0],
    );
    gives(
        by("ArgMin", 0),
        constants(),
        &rows,
        &[10.0, 10.0, 10.0, 30.0],
    );
    let short = vec![number("L", &[10.0, 20.0], &[2]), int64("S", &[-1, 1], &[2])];
    refused(
        &graph_of(by("ArgMax", 0), short),
        "found positions that may not be in its list",
    );
    let mut cast = by("ArgMax", 0);
    cast.insert(1, op("Equal", &["X", "X"], "C", vec![]));
    cast[2].input[1] = "C".into();
    refused(
        &graph_of(cast, constants()),
        "found positions that may not be in its list",
    );
}

#[test]
fn sorted() {
    let rows = [2.0, 1.0, 2.0, -0.0, 0.0, 3.0, 5.0, 5.0, 4.0];
    let by = |largest| {
        let mut top = op("TopK", &["X", "K"], "V", vec![int("largest", largest)]);
        top.output.push("P".into());
        top
    };
    let constants = |k: i64| {
        vec![
            number("L", &[10.0, 20.0, 30.0], &[3]),
            int64("S", &[-1, 2], &[2]),
            int64("K", &[k], &[1]),
        ]
    };
    let positions = |largest| {
        vec![
            by(largest),
            op("ArrayFeatureExtractor", &["L", "P"], "Q", vec![]),
            op("Reshape", &["Q", "S"], "Z", vec![]),
        ]
    };
    gives(
        positions(1),
        constants(2),
        &rows,
        &[10.0, 30.0, 30.0, 10.0, 10.0, 20.0],
    );
    gives(
        positions(0),
        constants(2),
        &rows,
        &[20.0, 10.0, 10.0, 20.0, 30.0, 10.0],
    );
    let numbers = |largest| vec![by(largest), op("Identity", &["V"], "Z", vec![])];
    gives(
        numbers(1),
        constants(2),
        &rows,
        &[2.0, 2.0, 3.0, 0.0, 5.0, 5.0],
    );
    gives(
        numbers(0),
        constants(2),
        &rows,
        &[1.0, 2.0, 0.0, 0.0, 4.0, 5.0],
    );
    refused(
        &graph_of(numbers(1), constants(4)),
        "found k = 4, allowed are 1 to 3",
    );
}

#[test]
fn numbers() {
    let one = |kind, attributes| vec![op(kind, &["X"], "Z", attributes)];
    let axis = || int64("A", &[1], &[]);
    let sums = vec![op("CumSum", &["X", "A"], "Z", vec![])];
    gives(
        sums,
        vec![axis()],
        &[0.1, 0.2, 0.3, 1e8, 1.0, -1e8],
        &[0.1, 0.3, 0.6, 1e8, 1e8, 0.0],
    );
    let clip = || vec![op("Clip", &["X", "a", "b"], "Z", vec![])];
    let limits = vec![number("a", &[0.0], &[]), number("b", &[1.0], &[])];
    let clipped = [1.0, 1.0, NAN, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0];
    gives(clip(), limits, &ROWS, &clipped);
    gives(
        one("Clip", vec![float("min", 0.0), float("max", 1.0)]),
        vec![],
        &ROWS,
        &clipped,
    );
    let select = vec![
        op("Less", &["X", "c"], "B", vec![]),
        op("Where", &["B", "X", "d"], "Z", vec![]),
    ];
    let constants = vec![
        number("c", &[1.0], &[]),
        number("d", &[7.0, 8.0, 9.0], &[1, 3]),
    ];
    let chosen = [
        7.0, 8.0, 9.0, 0.0, 0.0, 0.0, -3.0, 8.0, 0.0, -1.0, -2.0, -5.0,
    ];
    gives(select, constants, &ROWS, &chosen);
    let from = vec![op("Sub", &["c", "X"], "Z", vec![])];
    let constants = vec![number("c", &[1.0, 2.0, 3.0], &[3])];
    gives(
        from,
        constants,
        &ROWS[3..9],
        &[1.0, 2.0, 3.0, 4.0, -2.0, 3.0],
    );
    let mean = vec![op("ReduceMean", &["X"], "Z", vec![ints("axes", &[1])])];
    gives(mean, vec![], &[0.1, 0.2, 0.3], &[0.2]);
    gives(
        one("Sigmoid", vec![]),
        vec![],
        &[-100.0, 0.0, 0.3],
        &[0.0, 0.5, 0.574_442_5],
    );
}

#[test]
fn casts() {
    let by = |to| {
        vec![
            op("Mul", &["X", "one"], "V", vec![]),
            op("Cast", &["V"], "C", vec![int("to", to)]),
            op("Cast", &["C"], "Z", vec![int("to", 1)]),
        ]
    };
    let one = || vec![number("one", &[1.0], &[])];
    let least = f64::from(i32::MIN) as f32;
    gives(
        by(6),
        one(),
        &[1.9, -1.9, NAN, 3e9, -3e9, 0.5],
        &[1.0, -1.0, least, least, least, 0.0],
    );
    let least = i64::MIN as f32;
    gives(
        by(7),
        one(),
        &[1.9, -1.9, NAN, 3e9, -3e9, 1e20],
        &[1.0, -1.0, least, 3e9, -3e9, least],
    );
    gives(by(9), one(), &[1.9, 0.0, NAN], &[1.0, 0.0, 1.0]);
}

/// A row stays a row: other shapes would mix rows that arrive in one batch.
#[test]
fn shapes() {
    let reshape = |shape: &[i64], then: NodeProto| {
        let size = int64("S", shape, &[shape.len() as i64]);
        graph_of(
            vec![op("Reshape", &["X", "S"], "R", vec![]), then],
            vec![size],
        )
    };
    let keep = |shape: &[i64]| reshape(shape, op("Identity", &["R"], "Z", vec![]));
    let rows = Rows::F32(&ROWS);
    for shape in [&[-1, 3][..], &[0, 3], &[0, -1], &[1, -1, 3], &[-1, 1, 3]] {
        let sum = reshape(shape, op("Flatten", &["R"], "Z", vec![]));
        let flat = if shape[0] == 1 { keep(shape) } else { sum };
        assert_eq!(answers(&flat, rows)[3..], ROWS[3..], "{shape:?}");
    }
    for shape in [&[4, 3][..], &[-1], &[-1, 2], &[3, -1], &[-1, 6], &[12], &[]] {
        let message = match crate::Model::load(&prost::Message::encode_to_vec(&keep(shape))) {
            Ok(_) => panic!("{shape:?}"),
            Err(error) => error.to_string(),
        };
        assert!(message.contains("the "), "{shape:?}: {message}");
    }
    refused(
        &keep(&[-1, -1]),
        "found size -1 of dimension 1, allowed are sizes above 0",
    );
    refused(&keep(&[-2, 3]), "found size -2 of dimension 0");
    refused(
        &keep(&[-1, 2]),
        "found a shape with another number of rows than the input's",
    );
    refused(
        &keep(&[3, -1]),
        "found a shape that moves numbers from one row to another",
    );
    let along = |axis| vec![op("Concat", &["X", "X"], "Z", vec![int("axis", axis)])];
    refused(
        &graph_of(along(0), vec![]),
        "found another axis than that of the columns",
    );
    refused(
        &graph_of(along(2), vec![]),
        "found axis 2, allowed are -2 to 1",
    );
    let over_rows = vec![op("ReduceSum", &["X"], "Z", vec![ints("axes", &[0])])];
    refused(
        &graph_of(over_rows, vec![]),
        "found another axis than that of the columns",
    );
    let outside = vec![op("Gather", &["X", "I"], "Z", vec![int("axis", 1)])];
    refused(
        &graph_of(outside, vec![int64("I", &[0, 3], &[2])]),
        "node `the Gather`: found position 3, allowed are -3 to 2",
    );
}

#[test]
fn what_is_no_model_of_trees() {
    let mut model = graph_of(vec![op("Exp", &["X"], "Z", vec![])], vec![]);
    graph(&mut model).output[0].name = "Z".into();
    refused(
        &model,
        "the graph: found no tree node that its outputs need",
    );
}
