use prost::Message as _;

use super::{Error, Message};
use crate::recordio::field::{float32_tensor, float64_tensor, int32_tensor, record};
use crate::recordio::{Float32Tensor, Float64Tensor, Int32Tensor, Record, Value, value};

/// Values as prost writes them, packed, and then the same field again unpacked.
#[test]
fn lists_are_read_packed_and_unpacked() {
    let values = vec![1.5, f32::NAN, -0.0];
    let mut bytes = Float32Tensor {
        values: values.clone(),
        keys: vec![1, 300, u64::MAX],
        shape: vec![],
    }
    .encode_to_vec();
    bytes.extend([0x0d, 0, 0, 0x80, 0x3f, 0x10, 7]);
    let message = Message::new(&bytes, "a tensor");
    let found = message.floats(float32_tensor::VALUES).unwrap();
    assert_eq!(
        found
            .iter()
            .map(|value| value.to_bits())
            .collect::<Vec<_>>(),
        [1.5, f32::NAN, -0.0, 1.0].map(f32::to_bits)
    );
    assert_eq!(found.capacity(), 4);
    let keys = message.varints(float32_tensor::KEYS, |bits| bits).unwrap();
    assert_eq!(
        (keys.as_slice(), keys.capacity()),
        (&[1, 300, u64::MAX, 7][..], 4)
    );
    assert_eq!(message.ints(float32_tensor::KEYS).unwrap(), [1, 300, -1, 7]);
    assert!(message.ints(float32_tensor::SHAPE).unwrap().is_empty());

    let doubles = Float64Tensor {
        values: vec![0.1, f64::MAX],
        ..Default::default()
    }
    .encode_to_vec();
    assert_eq!(
        Message::new(&doubles, "a tensor")
            .doubles(float64_tensor::VALUES)
            .unwrap(),
        [0.1, f64::MAX]
    );
    let ints = Int32Tensor {
        values: vec![-1, i32::MIN, 5],
        ..Default::default()
    }
    .encode_to_vec();
    assert_eq!(
        Message::new(&ints, "a tensor")
            .varints(int32_tensor::VALUES, |bits| bits as i32)
            .unwrap(),
        [-1, i32::MIN, 5]
    );
}

/// A map is a repeated message of a key and a value.
#[test]
fn a_record_is_walked_without_decoding_it() {
    let tensor = Float32Tensor {
        values: vec![2.0; 3],
        ..Default::default()
    };
    let value = Value {
        value: Some(value::Value::Float32Tensor(tensor)),
    };
    let bytes = Record {
        features: [("values".to_owned(), value)].into(),
        uid: "1".into(),
        ..Default::default()
    }
    .encode_to_vec();
    let mut found = Vec::new();
    for field in Message::new(&bytes, "a record").fields() {
        let field = field.unwrap();
        if field.number != record::FEATURES {
            continue;
        }
        let (mut name, mut values) = ("", vec![]);
        for field in field.message("a feature").unwrap().fields() {
            let field = field.unwrap();
            match field.number {
                record::features_entry::KEY => name = field.text().unwrap(),
                record::features_entry::VALUE => {
                    for field in field.message("a value").unwrap().fields() {
                        let tensor = field.unwrap().message("a tensor").unwrap();
                        values = tensor.floats(float32_tensor::VALUES).unwrap();
                    }
                }
                _ => {}
            }
        }
        found.push((name, values));
    }
    assert_eq!(found, [("values", vec![2.0; 3])]);
}

#[test]
fn what_is_no_message_is_an_error_and_the_end() {
    let message = "a message";
    let malformed = Error::Malformed { message };
    let cut = |claimed, left| Error::CutShort {
        message,
        claimed,
        left,
    };
    for (bytes, error) in [
        (&[0x0b, 0x0c][..], malformed),
        (&[0x00, 0x00], malformed),
        (&[0x08, 0xff], malformed),
        (&[0x0f], malformed),
        (&[0x0a, 5, 0], cut(5, 1)),
        (&[0x0d, 0, 0, 0], cut(4, 3)),
        (&[0x09, 0], cut(8, 1)),
        (
            &[
                0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1,
            ],
            cut(usize::MAX, 0),
        ),
    ] {
        let mut fields = Message::new(bytes, message).fields();
        assert_eq!(fields.next().unwrap().unwrap_err(), error, "{bytes:?}");
        assert!(fields.next().is_none(), "{bytes:?}");
    }
}

#[test]
fn a_value_of_another_type_is_an_error() {
    let message = Message::new(&[0x0a, 2, 0xff, 0xff], "a message");
    let field = message.fields().next().unwrap().unwrap();
    for (error, expected) in [
        (
            field.int().unwrap_err(),
            "field 1 of a message is not an integer",
        ),
        (
            field.text().unwrap_err(),
            "field 1 of a message is not UTF-8 text",
        ),
        (
            message.floats(1).unwrap_err(),
            "field 1 of a message is not a whole number of packed values",
        ),
        (
            message.ints(1).unwrap_err(),
            "the bytes of a message are not protobuf fields",
        ),
    ] {
        assert_eq!(error.to_string(), expected);
    }
    let number = Message::new(&[0x08, 1], "a message");
    assert_eq!(
        number.doubles(1).unwrap_err().to_string(),
        "field 1 of a message is not a fixed-width number"
    );
    let field = number.fields().next().unwrap().unwrap();
    assert_eq!(
        field.bytes().unwrap_err().to_string(),
        "field 1 of a message is not a length-delimited value"
    );
}

/// Field 1 is "a" and then "b", field 2 is 7, field 3 is there only in part.
#[test]
fn the_last_value_counts_and_an_absent_one_is_the_default() {
    let message = Message::new(b"\x0a\x01a\x10\x07\x0a\x01b", "a message");
    assert_eq!(message.text(1), Ok("b"));
    assert_eq!((message.int(2), message.int(3)), (Ok(7), Ok(0)));
    assert_eq!((message.text(3), message.count(1)), (Ok(""), Ok(2)));
    assert_eq!(message.each(1).count(), 2);
    assert!(message.int(1).is_err() && message.text(2).is_err());

    let cut = Message::new(b"\x0a\x01a\x10\x07\x1a\x05", "a message");
    let error = Error::CutShort {
        message: "a message",
        claimed: 5,
        left: 0,
    };
    assert_eq!(cut.text(1), Err(error));
    assert_eq!(cut.int(9), Err(error));
    assert_eq!(cut.count(1), Err(error));
    assert_eq!(cut.each(1).last().unwrap().unwrap_err(), error);
}

#[test]
fn a_field_comes_with_its_own_bytes() {
    let bytes = [0x08, 0x96, 0x01, 0x12, 2, 7, 8, 0x1d, 1, 2, 3, 4];
    let fields = Message::new(&bytes, "a message").with_bytes();
    let fields: Vec<(u32, &[u8])> = fields
        .map(|field| field.map(|(field, bytes)| (field.number, bytes)).unwrap())
        .collect();
    assert_eq!(
        fields,
        [(1, &bytes[..3]), (2, &bytes[3..7]), (3, &bytes[7..])]
    );
    let mut cut_short = Message::new(&bytes[..9], "a message").with_bytes();
    assert!(cut_short.by_ref().take(2).all(|field| field.is_ok()));
    assert!(cut_short.next().unwrap().is_err());
    assert!(cut_short.next().is_none());
}
