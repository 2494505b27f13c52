use algorithm::{Absent, InputType};
use proptest::prelude::*;
use prost::Message as _;
use proto::recordio::{Bytes, Float32Tensor, Float64Tensor, Int32Tensor, Record, Value, value};

use super::*;
use crate::{Schema, testing};

const NAMES: [&str; 3] = ["a", "b", "c"];

fn decode(body: &[u8]) -> Result<Vec<f32>, String> {
    testing::decode("application/x-recordio-protobuf", body, &NAMES)
}

fn value(value: value::Value) -> Value {
    Value { value: Some(value) }
}

fn record(features: impl IntoIterator<Item = (&'static str, Value)>) -> Record {
    Record {
        features: features
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        label: [(VALUES.to_owned(), f32s(&[7.0], &[], &[]))].into(),
        ..Default::default()
    }
}

fn f32s(values: &[f32], keys: &[u64], shape: &[u64]) -> Value {
    value(value::Value::Float32Tensor(Float32Tensor {
        values: values.to_vec(),
        keys: keys.to_vec(),
        shape: shape.to_vec(),
    }))
}

fn part(kind: u32, bytes: &[u8]) -> Vec<u8> {
    let mut body = 0xced7_230a_u32.to_le_bytes().to_vec();
    body.extend((kind << 29 | bytes.len() as u32).to_le_bytes());
    body.extend(bytes);
    body.resize(body.len().next_multiple_of(4), 0);
    body
}

fn framed(record: &Record) -> Vec<u8> {
    part(0, &record.encode_to_vec())
}

fn values(tensor: Value) -> Vec<u8> {
    framed(&record([(VALUES, tensor)]))
}

#[test]
fn dense_tensors_of_each_type() {
    let body = [
        values(f32s(&[1.0, 2.5, -3.0], &[], &[])),
        values(f32s(&[1.0, 2.5, f32::NAN], &[], &[3])),
        values(value(value::Value::Float64Tensor(Float64Tensor {
            values: vec![0.1, 0.2, 0.3],
            ..Default::default()
        }))),
        values(value(value::Value::Int32Tensor(Int32Tensor {
            values: vec![-1, 0, 1],
            ..Default::default()
        }))),
    ]
    .concat();
    let decoded = decode(&body).unwrap();
    assert_eq!(decoded[..5], [1.0, 2.5, -3.0, 1.0, 2.5]);
    assert!(decoded[5].is_nan());
    assert_eq!(decoded[6..], [0.1, 0.2, 0.3, -1.0, 0.0, 1.0]);
}

#[test]
fn sparse_tensors_and_named_features() {
    let body = values(f32s(&[5.0, 7.0], &[2, 0], &[3]));
    assert_eq!(decode(&body).unwrap(), [7.0, 0.0, 5.0]);
    let empty = values(f32s(&[], &[], &[3]));
    assert_eq!(decode(&empty).unwrap(), [0.0, 0.0, 0.0]);
    let schema = Schema::of_names(&NAMES, InputType::F32, Absent::Missing);
    let row = testing::decode_for("application/x-recordio-protobuf", &body, &schema).unwrap();
    assert!(row[1].is_nan());

    let one = |value| f32s(&[value], &[], &[]);
    let named = record([("c", one(3.0)), ("a", one(1.0)), ("b", one(2.0))]);
    assert_eq!(decode(&framed(&named)).unwrap(), [1.0, 2.0, 3.0]);
}

#[test]
fn a_record_in_parts_is_put_together() {
    // The value whose bytes are the magic number.
    let odd = f32::from_le_bytes(0xced7_230a_u32.to_le_bytes());
    let whole = record([(VALUES, f32s(&[1.0, odd, 2.0], &[], &[]))]).encode_to_vec();
    let magic = 0xced7_230a_u32.to_le_bytes();
    let at = whole.windows(4).position(|bytes| bytes == magic).unwrap();
    let body = [part(1, &whole[..at]), part(3, &whole[at + 4..])].concat();
    assert_eq!(decode(&body).unwrap(), [1.0, odd, 2.0]);
}

#[test]
fn a_fault_is_named() {
    let good = values(f32s(&[1.0, 2.0, 3.0], &[], &[]));
    let claims = |word: u32| {
        [
            &0xced7_230a_u32.to_le_bytes()[..],
            &word.to_le_bytes(),
            &[0; 16],
        ]
        .concat()
    };
    for (body, line) in [
        (
            [good.clone(), values(f32s(&[1.0], &[], &[]))].concat(),
            "row 2: 1 column, the model takes 3",
        ),
        (
            values(f32s(&[1.0; 5], &[], &[])),
            "row 1: 5 columns, the model takes 3",
        ),
        (
            values(f32s(&[1.0, f32::INFINITY, 0.0], &[], &[])),
            "row 1, column 2: found inf, expected a finite decimal number",
        ),
        (
            values(f32s(&[1.0], &[3], &[])),
            "row 1: found index 3, expected 0 to 2",
        ),
        (
            values(f32s(&[1.0], &[0], &[9])),
            "row 1: 9 columns, the model takes 3",
        ),
        (
            values(f32s(&[1.0, 2.0], &[1, 1], &[3])),
            "row 1: found index 1 twice, expected it once",
        ),
        (
            values(f32s(&[1.0, 2.0], &[1], &[3])),
            "row 1: found 1 keys and 2 values, expected as many of each",
        ),
        (
            values(value(value::Value::Bytes(Bytes::default()))),
            "row 1: feature \"values\" holds no numbers, expected a tensor of them",
        ),
        (
            framed(&record([("x", f32s(&[1.0], &[], &[]))])),
            "row 1: found feature \"x\", expected \"values\" or a name that the model has: \"a\", \"b\", \"c\"",
        ),
        (
            framed(&record([("a", f32s(&[1.0], &[], &[]))])),
            "row 1: found no feature \"b\", expected all features",
        ),
        (
            part(0, b"\xff\xff\xff"),
            "row 1: found another message, expected an aialgs.data.Record",
        ),
        (
            claims(0x1fff_ffff),
            "row 1: found a record of 536870911 bytes, expected at most 66304",
        ),
        (
            claims(17),
            "row 1: found a record of 17 bytes, expected at most the 16 that are left",
        ),
        (
            claims(0xffff_ffff),
            "row 1: found a part of kind 7, expected 0 to 3",
        ),
        (
            part(3, b""),
            "row 1: found a later part of a record, expected its first",
        ),
        (
            [good, b"abc".to_vec()].concat(),
            "row 2: found 3 bytes at the end, expected a record",
        ),
        (
            b"1,2,3,4,5".to_vec(),
            "row 1: found [31, 2c, 32, 2c] where a record begins, expected [0a, 23, d7, ce]",
        ),
        (
            part(0, &vec![0; 70_000]),
            "row 1: found a record of 70000 bytes, expected at most 66304",
        ),
        (
            Vec::new(),
            "the payload is empty, expected at least one row",
        ),
    ] {
        assert_eq!(decode(&body), Err(line.to_owned()));
    }
}

proptest! {
    #[test]
    fn floats_survive(rows in prop::collection::vec(prop::array::uniform3(prop::num::f32::NORMAL | prop::num::f32::ZERO), 1..20)) {
        let body: Vec<u8> = rows.iter().flat_map(|row| values(f32s(row, &[], &[]))).collect();
        prop_assert_eq!(decode(&body).unwrap(), rows.concat());
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        let _ = decode(&part(0, &bytes));
        let _ = decode(&bytes);
    }
}
