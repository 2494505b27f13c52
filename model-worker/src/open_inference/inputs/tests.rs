use algorithm::{Features, Signature};
use proto::open_inference::{InferTensorContents, model_infer_request::InferInputTensor};

use super::*;

/// All rows of a request.
#[derive(Debug, PartialEq)]
enum Values {
    F32(Vec<f32>),
    I64(Vec<i64>),
}

/// Reads a request in blocks of one row and in one block, which must give the same.
fn rows(request: &ModelInferRequest, schema: &Schema) -> Result<Values, Refusal> {
    let read = |block_rows| {
        let inputs = Inputs::new(request, schema)?;
        let mut single = Vec::new();
        let mut whole = Vec::new();
        inputs.read(block_rows, |rows| {
            assert!(rows.len() <= block_rows * schema.n_features());
            match rows {
                Rows::F32(values) => single.extend_from_slice(values),
                Rows::I64(values) => whole.extend_from_slice(values),
                Rows::F64(_) => panic!("no test asks for float64"),
            }
            Ok(())
        })?;
        assert_eq!(
            inputs.n_rows() * schema.n_features(),
            single.len() + whole.len()
        );
        Ok(match schema.input_type() {
            InputType::I64 => Values::I64(whole),
            _ => Values::F32(single),
        })
    };
    let whole = read(100);
    assert_eq!(read(1), whole);
    whole
}

fn schema(input_type: InputType) -> Schema {
    let features = Features::named(["a", "b"].map(str::to_owned).to_vec());
    Schema::new(&Signature {
        input_type,
        ..Signature::regressor(features, 1)
    })
}

fn input(name: &str, datatype: &str, shape: &[i64]) -> InferInputTensor {
    InferInputTensor {
        name: name.to_owned(),
        datatype: datatype.to_owned(),
        shape: shape.to_vec(),
        ..Default::default()
    }
}

fn fp32(name: &str, shape: &[i64], values: &[f32]) -> InferInputTensor {
    InferInputTensor {
        contents: Some(InferTensorContents {
            fp32_contents: values.to_vec(),
            ..Default::default()
        }),
        ..input(name, "FP32", shape)
    }
}

fn request(inputs: Vec<InferInputTensor>, raw: Vec<Vec<u8>>) -> ModelInferRequest {
    ModelInferRequest {
        inputs,
        raw_input_contents: raw.into_iter().map(Into::into).collect(),
        ..Default::default()
    }
}

fn fault_of(request: &ModelInferRequest) -> String {
    match rows(request, &schema(InputType::F32)) {
        Err(Refusal::BadPayload(line)) => line,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_datatype_comes_as_contents_or_raw() {
    let expected = Values::F32(vec![1.0, -2.0, 3.0, 4.0]);
    let whole = [1_i64, -2, 3, 4];
    let contents = |datatype: &str| InferTensorContents {
        fp32_contents: whole
            .iter()
            .filter(|_| datatype == "FP32")
            .map(|v| *v as f32)
            .collect(),
        fp64_contents: whole
            .iter()
            .filter(|_| datatype == "FP64")
            .map(|v| *v as f64)
            .collect(),
        int_contents: whole
            .iter()
            .filter(|_| datatype == "INT32")
            .map(|v| *v as i32)
            .collect(),
        int64_contents: whole
            .iter()
            .filter(|_| datatype == "INT64")
            .copied()
            .collect(),
        ..Default::default()
    };
    let raw = |datatype: &str| -> Vec<u8> {
        let bytes = |v: &i64| match datatype {
            "FP32" => (*v as f32).to_le_bytes().to_vec(),
            "FP64" => (*v as f64).to_le_bytes().to_vec(),
            "INT32" => (*v as i32).to_le_bytes().to_vec(),
            _ => v.to_le_bytes().to_vec(),
        };
        whole.iter().flat_map(bytes).collect()
    };
    for datatype in ["FP32", "FP64", "INT32", "INT64"] {
        let mut typed = input("X", datatype, &[2, 2]);
        let as_raw = request(vec![typed.clone()], vec![raw(datatype)]);
        assert_eq!(rows(&as_raw, &schema(InputType::F32)).unwrap(), expected);
        typed.contents = Some(contents(datatype));
        let typed = request(vec![typed], vec![]);
        assert_eq!(rows(&typed, &schema(InputType::F32)).unwrap(), expected);
        let values = rows(&typed, &schema(InputType::I64)).unwrap();
        assert_eq!(values, Values::I64(whole.to_vec()));
    }
}

#[test]
fn features_come_as_inputs_of_their_own_in_any_order() {
    let expected = Values::F32(vec![1.0, 2.0, 3.0, 4.0]);
    for shape in [&[2][..], &[2, 1]] {
        let inputs = vec![fp32("b", shape, &[2.0, 4.0]), fp32("a", shape, &[1.0, 3.0])];
        let given = request(inputs, vec![]);
        assert_eq!(rows(&given, &schema(InputType::F32)).unwrap(), expected);
    }
    let raw = |values: [f32; 2]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let inputs = vec![input("b", "FP32", &[2]), input("a", "FP32", &[2])];
    let given = request(inputs, vec![raw([2.0, 4.0]), raw([1.0, 3.0])]);
    assert_eq!(rows(&given, &schema(InputType::F32)).unwrap(), expected);
}

#[test]
fn inputs_that_do_not_fit_are_named() {
    let all =
        "one input \"X\" of shape [rows, 2], or an input for each of the 2 features: \"a\", \"b\"";
    let a = || fp32("a", &[1], &[1.0]);
    let raw = |length: usize| request(vec![input("X", "FP32", &[1, 2])], vec![vec![0; length]]);
    for (given, line) in [
        (request(vec![], vec![]), format!("0 inputs: expected {all}")),
        (
            request(vec![fp32("Y", &[1, 2], &[1.0, 2.0])], vec![]),
            format!("input \"Y\": expected {all}"),
        ),
        (
            request(vec![a(), fp32("c", &[1], &[1.0])], vec![]),
            format!("input \"c\": expected {all}"),
        ),
        (
            request(vec![a(), a()], vec![]),
            "input \"a\": found twice, expected once".to_owned(),
        ),
        (
            request(vec![a(), fp32("b", &[2], &[1.0, 2.0])], vec![]),
            "input \"b\": 2 rows, the inputs before have 1".to_owned(),
        ),
        (
            request(vec![a(), fp32("b", &[1, 2], &[1.0, 2.0])], vec![]),
            "input \"b\": shape [1, 2], expected [rows] or [rows, 1]".to_owned(),
        ),
        (
            request(vec![fp32("X", &[-1, 2], &[1.0, 2.0])], vec![]),
            "input \"X\": shape [-1, 2], expected [rows, 2]".to_owned(),
        ),
        (
            request(vec![fp32("X", &[i64::MAX, 2], &[1.0, 2.0])], vec![]),
            "input \"X\": found 2 elements, expected 18446744073709551614 for shape [9223372036854775807, 2]"
                .to_owned(),
        ),
        (
            request(vec![fp32("X", &[2, 2], &[1.0, 2.0])], vec![]),
            "input \"X\": found 2 elements, expected 4 for shape [2, 2]".to_owned(),
        ),
        (
            raw(7),
            "input \"X\": 7 bytes, expected a multiple of 4".to_owned(),
        ),
        (
            raw(4),
            "input \"X\": found 1 elements, expected 2 for shape [1, 2]".to_owned(),
        ),
        (
            request(vec![fp32("X", &[1, 2], &[1.0, 2.0])], vec![vec![0; 8]]),
            "input \"X\": contents and raw_input_contents, expected one of them".to_owned(),
        ),
        (
            request(vec![input("X", "UINT8", &[1, 2])], vec![]),
            "input \"X\": datatype \"UINT8\", expected FP32, FP64, INT32 or INT64".to_owned(),
        ),
        (
            request(
                vec![fp32("X", &[2, 2], &[1.0, 2.0, 3.0, f32::INFINITY])],
                vec![],
            ),
            "input \"X\": row 2, column 2: found inf, expected a finite decimal number".to_owned(),
        ),
    ] {
        assert_eq!(fault_of(&given), line);
    }
}

/// A shape that claims more rows than there are elements must not take memory for them.
#[test]
fn a_claimed_shape_takes_no_memory() {
    let rows_claimed = 1_i64 << 40;
    let inputs = vec![
        fp32("a", &[rows_claimed], &[]),
        fp32("b", &[rows_claimed], &[]),
    ];
    assert_eq!(
        fault_of(&request(inputs, vec![])),
        "input \"a\": found 0 elements, expected 1099511627776 for shape [1099511627776]"
    );
}

#[test]
fn a_missing_value_that_the_model_does_not_take_is_named() {
    let request = ModelInferRequest {
        inputs: vec![
            fp32("b", &[2], &[1.0, f32::NAN]),
            fp32("a", &[2], &[2.0, 3.0]),
        ],
        ..Default::default()
    };
    let features = Features::named(["a", "b"].map(str::to_owned).to_vec());
    let schema = Schema::new(&Signature {
        takes_missing: false,
        ..Signature::regressor(features, 1)
    });
    let line = "row 2, feature \"b\": the value is missing, expected a number".to_owned();
    assert_eq!(rows(&request, &schema), Err(Refusal::BadPayload(line)));
}
