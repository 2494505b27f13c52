//! Bytes that are not protobuf, or are another message.

use prost::Message;

use super::builder::*;
use crate::Model;

fn message(file: &[u8]) -> String {
    match Model::load(file) {
        Ok(_) => panic!("loaded"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn broken_fields() {
    assert!(message(b"").contains("the file is empty"));
    // A graph with a length of 100, followed by one byte.
    assert!(message(&[0x3a, 100, 0]).contains("claims 100 bytes, 1 are left"));
    assert!(
        message(&[
            0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1
        ])
        .contains("claims")
    );
    assert!(message(&[0x3b]).contains("not protobuf fields"), "a group");
    assert!(
        message(&[0x00, 0x00]).contains("not protobuf fields"),
        "field number 0"
    );
    assert!(
        message(&[0x38, 0xff]).contains("not protobuf fields"),
        "a varint cut short"
    );
    assert!(
        message(&[0x38, 0x00]).contains("field 7 of the model is not a length-delimited value")
    );
    assert!(message(&[0x3a, 0, 0x3a, 0]).contains("two graphs"));
    assert!(message(b"PK\x03\x04 a zip file").contains("not an ONNX model file"));
}

#[test]
fn text_must_be_utf8() {
    let mut file = classifier().encode_to_vec();
    let place = file
        .windows(6)
        .position(|window| window == b"scores")
        .unwrap();
    file[place] = 0xff;
    assert!(message(&file).contains("is not UTF-8 text"));
}

/// A prefix of a good file, or a good file with a byte changed, loads or is refused: nothing else.
#[test]
fn every_prefix_and_many_changed_bytes() {
    for model in [regressor(), classifier(), version_5()] {
        let file = model.encode_to_vec();
        for end in 0..file.len() {
            drop(Model::load(&file[..end]));
        }
        for place in 0..file.len() {
            for byte in [0, 1, 0x7f, 0x80, 0xff, file[place].wrapping_add(1)] {
                let mut changed = file.clone();
                changed[place] = byte;
                drop(Model::load(&changed));
            }
        }
    }
}

/// Unknown fields are skipped, packed lists are taken, the order is free.
#[test]
fn other_encodings() {
    let model = regressor();
    let mut file = model.encode_to_vec();
    file.extend([0xf8, 0x07, 5]);
    assert!(Model::load(&file).is_ok());
}
