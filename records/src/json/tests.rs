use algorithm::{Absent, InputType};
use proptest::prelude::*;

use crate::{Schema, testing};

const NAMES: [&str; 3] = ["a", "b", "c"];

fn decode(body: &str) -> Result<Vec<f32>, String> {
    testing::decode("application/json", body, &NAMES)
}

fn decode_lines(body: &str) -> Result<Vec<f32>, String> {
    testing::decode("application/jsonlines", body, &NAMES)
}

#[test]
fn every_form_of_a_document() {
    for body in [
        r#"{"instances": [{"features": [1, 2.0, 3e0]}, {"features": [4, 5, 6]}]}"#,
        r#"{"instances": [[1, 2, 3], [4, 5, 6]]}"#,
        r#"{"instances": [{"a": 1, "b": 2, "c": 3}, {"c": 6, "a": 4, "b": 5}]}"#,
        r#"{"instances": [{"data": {"features": {"values": [1, 2, 3]}}}, {"features": {"values": [4, 5, 6]}}]}"#,
        r#"{"signature_name": "x", "instances": [[1, 2, 3], {"features": [4, 5, 6], "id": {"n": [7]}}], "parameters": {}}"#,
        r#"{"features": [[1, 2, 3], [4, 5, 6]]}"#,
        "[[1, 2, 3], [4, 5, 6]]",
        r#"[{"features": [1, 2, 3]}, {"a": 4, "b": 5, "c": 6}]"#,
        r#"{"inputs": [[1, 2, 3], [4, 5, 6]]}"#,
        r#"{"inputs": [{"name": "X", "shape": [2, 3], "datatype": "FP32", "data": [1, 2, 3, 4, 5, 6]}]}"#,
        r#"{"id": "7", "inputs": [{"data": [[1, 2, 3], [4, 5, 6]], "name": "X", "shape": [2, 3], "datatype": "INT64", "parameters": {"x": 1}}], "outputs": []}"#,
        r#"{"inputs": [
            {"name": "c", "shape": [2], "datatype": "FP64", "data": [3, 6]},
            {"name": "a", "shape": [2, 1], "datatype": "FP64", "data": [[1], [4]]},
            {"name": "b", "shape": [2], "datatype": "FP64", "data": [2, 5]}]}"#,
        "\u{feff}[[1,2,3],\r\n[4,5,6]]\n",
    ] {
        assert_eq!(
            decode(body).unwrap(),
            [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            "{body}"
        );
    }
    for body in [
        "[1, 2, 3]",
        r#"{"features": [1, 2, 3]}"#,
        r#"{"data": {"features": {"values": [1, 2, 3]}}}"#,
        r#"{"data": {"features": [1, 2, 3]}}"#,
        r#"{"b": 2, "a": 1, "c": 3}"#,
    ] {
        assert_eq!(decode(body).unwrap(), [1.0, 2.0, 3.0], "{body}");
    }
}

#[test]
fn lines_hold_the_same_record_forms() {
    let body = "[1, 2, 3]\n{\"features\": [4, 5, 6]}\r\n\n  \n{\"data\": {\"features\": {\"values\": [7, 8, 9]}}}\n{\"a\": 1, \"c\": 3, \"b\": 2}";
    let expected: Vec<f32> = [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3]
        .map(|v| v as f32)
        .into();
    assert_eq!(decode_lines(body).unwrap(), expected);
}

#[test]
fn missing_values() {
    let row = decode(r#"[null, "NaN", NaN]"#).unwrap();
    assert!(row.len() == 3 && row.iter().all(|value| value.is_nan()));
    let row = decode(r#"{"a": null, "b": "nan", "c": 1}"#).unwrap();
    assert!(row[0].is_nan() && row[1].is_nan() && row[2] == 1.0);
}

#[test]
fn sparse_features() {
    let body = r#"{"data": {"features": {"keys": [2, 0], "shape": [3], "values": [5, 7]}}}"#;
    assert_eq!(decode(body).unwrap(), [7.0, 0.0, 5.0]);
    let schema = Schema::of_names(&NAMES, InputType::F32, Absent::Missing);
    let row = testing::decode_for("application/json", body.as_bytes(), &schema).unwrap();
    assert!(row[0] == 7.0 && row[1].is_nan() && row[2] == 5.0);
}

#[test]
fn features_may_be_named_like_forms() {
    let names = ["features", "data"];
    for body in [
        r#"{"data": 2, "features": 1}"#,
        r#"{"features": [1, 2]}"#,
        r#"{"instances": [{"features": 1, "data": 2}]}"#,
    ] {
        let row = testing::decode("application/json", body, &names).unwrap();
        assert_eq!(row, [1.0, 2.0], "{body}");
    }
}

#[test]
fn a_model_of_one_feature_takes_values_as_records() {
    for body in [
        "[1, 2]",
        r#"{"instances": [1, 2]}"#,
        r#"{"instances": [[1], {"x": 2}]}"#,
    ] {
        let rows = testing::decode("application/json", body, &["x"]).unwrap();
        assert_eq!(rows, [1.0, 2.0], "{body}");
    }
}

#[test]
fn numbers_are_rounded_once_from_their_text() {
    // Just above the middle of two float32; by way of float64 it would round down to 1.
    let text = "1.00000005960464477539062500000000000000000000001";
    let row = testing::decode("application/json", format!("[{text}]"), &["x"]).unwrap();
    assert_eq!(row, [f32::from_bits(0x3f80_0001)]);
}

#[test]
fn a_fault_is_named() {
    let number = "expected a finite decimal number, null or \"NaN\"";
    for (body, line) in [
        (r#"{"instances": [[1, 2, 3], [4, 5]]}"#, "row 2: 2 columns, the model takes 3".to_owned()),
        ("[[1, 2, 3], [4, 5, 6, 7, 8]]", "row 2: 5 columns, the model takes 3".to_owned()),
        (r#"[[1, 2, 3], [4, "x", 6]]"#, format!("row 2, column 2: found \"\"x\"\", {number}")),
        ("[[1, 2, true]]", format!("row 1, column 3: found \"true\", {number}")),
        ("[[1, [2], 3]]", format!("row 1, column 2: found \"[2\", {number}")),
        ("[[1, 1e400, 3]]", format!("row 1, column 2: found \"1e400\", {number}")),
        ("[[1, -Infinity, 3]]", format!("row 1, column 2: found \"-Infinity\", {number}")),
        ("[[1, \"1\", 3]]", format!("row 1, column 2: found \"\"1\"\", {number}")),
        (
            r#"[{"a": 1, "b": [2], "c": 3}]"#,
            format!("row 1, feature \"b\": found \"[2\", {number}"),
        ),
        (
            r#"[{"a": 1, "b": 2, "d": 3}]"#,
            "row 1: found \"d\", the model has \"a\", \"b\", \"c\"".to_owned(),
        ),
        (
            r#"[{"a": 1, "b": 2}]"#,
            "row 1: found no feature \"c\", expected all features".to_owned(),
        ),
        (
            r#"[{"a": 1, "b": 2, "a": 3}]"#,
            "row 1: found feature \"a\" twice, expected it once".to_owned(),
        ),
        ("[{}]", "row 1: found an empty object, expected \"features\" or values by feature name".to_owned()),
        ("[[1, 2, 3], 4]", "row 2: found 4, expected an array or an object".to_owned()),
        ("7", "found 7, expected an array or an object".to_owned()),
        ("\"text\"", "found \"text\", expected an array or an object".to_owned()),
        ("[[1, 2, 3]", "row 2: EOF while parsing a list at line 1, column 10".to_owned()),
        ("[[1, 2, 03]]", "row 1: invalid number at line 1, column 10".to_owned()),
        ("[[1, 2, 3]] x", "row 2: trailing characters at line 1, column 13".to_owned()),
        ("{instances: 1}", "row 1: key must be a string at line 1, column 2".to_owned()),
        ("", "the payload is empty, expected at least one row".to_owned()),
        ("[]", "the payload is empty, expected at least one row".to_owned()),
        (r#"{"instances": []}"#, "the payload is empty, expected at least one row".to_owned()),
        (r#"{"instances": {"a": 1}}"#, "\"instances\": found an object, expected an array of records".to_owned()),
        (
            r#"{"inputs": [{"name": "X", "shape": [2, 2], "datatype": "FP32", "data": [1, 2, 3, 4]}]}"#,
            "input \"X\": shape [2, 2], expected [rows, 3]".to_owned(),
        ),
        (
            r#"{"inputs": [{"name": "X", "shape": [2, 3], "datatype": "FP32", "data": [1, 2, 3, 4]}]}"#,
            "input \"X\": found 4 values, expected those of shape [2, 3]".to_owned(),
        ),
        (
            r#"{"inputs": [{"name": "X", "shape": [1, 3], "datatype": "BYTES", "data": ["a"]}]}"#,
            "\"inputs\": found datatype \"BYTES\", expected FP16, FP32, FP64, INT8, INT16, INT32, \
             INT64, UINT8, UINT16, UINT32, UINT64".to_owned(),
        ),
        (
            r#"{"inputs": [{"name": "Y", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}]}"#,
            "\"inputs\": found 1 tensors (Y), expected one \"X\" of shape [rows, 3], or one a feature"
                .to_owned(),
        ),
        (
            r#"{"data": {"features": {"keys": [3], "values": [1]}}}"#,
            "row 1: found index 3, expected 0 to 2".to_owned(),
        ),
        (
            r#"{"data": {"features": {"keys": [1, 2], "values": [1]}}}"#,
            "row 1: found different numbers of \"keys\" and \"values\", expected as many of each".to_owned(),
        ),
    ] {
        assert_eq!(decode(body), Err(line), "{body}");
    }
    for (body, line) in [
        ("[1, 2, 3]\n[4, 5]", "row 2: 2 columns, the model takes 3"),
        (
            "[1, 2, 3]\n5",
            "row 2: found 5, expected an array or an object",
        ),
        (
            "[1, 2, 3]\n[4, 5, 6",
            "row 2: EOF while parsing a list at column 8",
        ),
        (
            "[1, 2, 3] [4, 5, 6]",
            "row 1: trailing characters at column 11",
        ),
    ] {
        assert_eq!(decode_lines(body), Err(line.to_owned()), "{body}");
    }
}

/// Nested values must not use up the stack.
#[test]
fn deep_nesting_is_refused() {
    for open in [
        "[",
        "{\"a\":",
        "{\"x\":",
        "{\"data\":",
        "[[1,2,3],[1,2,",
        "{\"features\":",
        "{\"inputs\":[{\"data\":",
    ] {
        for body in [open.repeat(100_000), format!("[{}", open.repeat(100_000))] {
            let line = decode(&body).unwrap_err();
            assert!(!line.contains('\n') && line.len() < 300, "{line}");
            assert!(decode_lines(&body).is_err());
        }
    }
    let whole = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(decode(&whole).is_err());
}

proptest! {
    #[test]
    fn floats_survive(rows in prop::collection::vec(prop::array::uniform3(prop::num::f32::NORMAL | prop::num::f32::ZERO | prop::num::f32::SUBNORMAL), 1..20)) {
        let body = format!("{rows:?}");
        prop_assert_eq!(decode(&body).unwrap(), rows.concat());
        let lines: String = rows.iter().map(|row| format!("{{\"features\": {row:?}}}\n")).collect();
        prop_assert_eq!(decode_lines(&lines).unwrap(), rows.concat());
    }

    #[test]
    fn any_text_is_decoded_or_refused(body in "[\\[\\]{}\",:abcfntudeisr0-9eE+.N \\\\-]{0,80}") {
        for names in [&NAMES[..], &NAMES[..1]] {
            if let Ok(values) = testing::decode("application/json", &body, names) {
                prop_assert!(!values.is_empty() && values.len().is_multiple_of(names.len()));
            }
            let _ = testing::decode("application/jsonlines", &body, names);
        }
    }
}
