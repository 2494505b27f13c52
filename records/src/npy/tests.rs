use proptest::prelude::*;

use crate::testing;

const NAMES: [&str; 2] = ["a", "b"];

fn array(version: u8, dictionary: &str, data: &[u8]) -> Vec<u8> {
    let mut body = b"\x93NUMPY".to_vec();
    body.extend([version, 0]);
    let length = dictionary.len();
    if version == 1 {
        body.extend((length as u16).to_le_bytes());
    } else {
        body.extend((length as u32).to_le_bytes());
    }
    body.extend(dictionary.as_bytes());
    body.extend(data);
    body
}

fn of(descr: &str, fortran_order: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let dictionary = format!(
        "{{'descr': '{descr}', 'fortran_order': {fortran_order}, 'shape': {shape}, }}   \n"
    );
    array(1, &dictionary, data)
}

fn decode(body: &[u8]) -> Result<Vec<f32>, String> {
    testing::decode("application/x-npy", body, &NAMES)
}

#[test]
fn every_type_and_byte_order_is_read() {
    let whole = [1_i8, -2, 3, 4];
    let unsigned = [1_u8, 2, 3, 4];
    macro_rules! bytes {
        ($values:expr, $type:ty, $to:ident) => {
            $values
                .iter()
                .flat_map(|v| (*v as $type).$to())
                .collect::<Vec<u8>>()
        };
    }
    for (descr, data) in [
        ("<f4", bytes!(whole, f32, to_le_bytes)),
        (">f4", bytes!(whole, f32, to_be_bytes)),
        ("<f8", bytes!(whole, f64, to_le_bytes)),
        (">f8", bytes!(whole, f64, to_be_bytes)),
        ("|i1", bytes!(whole, i8, to_le_bytes)),
        ("<i2", bytes!(whole, i16, to_le_bytes)),
        (">i2", bytes!(whole, i16, to_be_bytes)),
        ("<i4", bytes!(whole, i32, to_le_bytes)),
        ("<i8", bytes!(whole, i64, to_le_bytes)),
        (">i8", bytes!(whole, i64, to_be_bytes)),
    ] {
        let values = decode(&of(descr, "False", "(2, 2)", &data)).unwrap();
        assert_eq!(values, [1.0, -2.0, 3.0, 4.0], "{descr}");
    }
    for (descr, data) in [
        ("|u1", bytes!(unsigned, u8, to_le_bytes)),
        ("|b1", bytes!(unsigned, u8, to_le_bytes)),
        (">u2", bytes!(unsigned, u16, to_be_bytes)),
        ("<u4", bytes!(unsigned, u32, to_le_bytes)),
        ("<u8", bytes!(unsigned, u64, to_le_bytes)),
    ] {
        let values = decode(&of(descr, "False", "(2, 2)", &data)).unwrap();
        assert_eq!(values, [1.0, 2.0, 3.0, 4.0], "{descr}");
    }
}

#[test]
fn fortran_order_one_row_and_all_versions() {
    let data: Vec<u8> = [1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0]
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    let columns = decode(&of("<f4", "True", "(3, 2)", &data)).unwrap();
    assert_eq!(columns, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    let one = decode(&of("<f4", "False", "(2,)", &data[..8])).unwrap();
    assert_eq!(one, [1.0, 2.0]);
    let body = of("<f4", "False", "(6,)", &data);
    let each = testing::decode("application/x-npy", &body, &["a"]).unwrap();
    assert_eq!(each.len(), 6);
    for version in [1, 2, 3] {
        let odd = "{\"shape\":(1,2),\"fortran_order\":False,\"descr\":\"<f4\"}";
        assert_eq!(
            decode(&array(version, odd, &data[..8])).unwrap(),
            [1.0, 2.0]
        );
    }
}

#[test]
fn a_fault_is_named() {
    let nan = [1.0_f64, f64::NAN].map(f64::to_le_bytes).concat();
    assert!(decode(&of("<f8", "False", "(1, 2)", &nan)).unwrap()[1].is_nan());
    let huge = [1.0_f64, 1e300].map(f64::to_le_bytes).concat();
    let four = [0; 8];
    for (body, line) in [
        (
            of("<f8", "False", "(1, 2)", &huge),
            "row 1, column 2: found 1e300, expected a finite decimal number",
        ),
        (
            of("<f4", "False", "(2, 1)", &four),
            "shape (2, 1): expected (rows, 2)",
        ),
        (
            of("<f4", "False", "(1, 1, 2)", &four),
            "shape (1, 1, 2): expected (rows, 2)",
        ),
        (
            of("<f4", "False", "()", &four),
            "shape (): expected (rows, 2)",
        ),
        (
            of("<f4", "False", "(1000000000000, 2)", &four),
            "found 8 bytes of data, expected those of shape (1000000000000, 2) with 4-byte values",
        ),
        (
            of("<f4", "False", "(9223372036854775807, 2)", &four),
            "found 8 bytes of data, expected those of shape (9223372036854775807, 2) with 4-byte values",
        ),
        (
            of("<f4", "False", "(99999999999999999999, 2)", &four),
            "npy header: found \"99999999999999999999, 2), }   \u{fffd}\", expected a shape like (rows, features)",
        ),
        (
            of("|O", "False", "(1, 2)", &four),
            "npy dtype \"|O\": expected one of f4, f8, i1, i2, i4, i8, u1, u2, u4, u8, b1",
        ),
        (
            array(1, "{'descr': [('a', '<f4')], ", &four),
            "npy header: found \"[('a', '<f4')], \", expected one of f4, f8, i1, i2, i4, i8, u1, u2, u4, u8, b1",
        ),
        (
            b"PK\x03\x04".to_vec(),
            "found \"PK\u{fffd}\u{fffd}\" at the beginning, expected \\x93NUMPY",
        ),
        (
            b"\x93NUMPY\x01\0\xff\xff{".to_vec(),
            "the npy header is cut short",
        ),
        (
            b"\x93NUMPY\x02\0\xff\xff\xff\xff{".to_vec(),
            "npy header: found 4294967295 bytes, expected at most 1048576",
        ),
        (
            b"\x93NUMPY\x07\0".to_vec(),
            "npy version 7: expected 1 to 3",
        ),
        (
            of("<f4", "False", "(0, 2)", &[]),
            "the payload is empty, expected at least one row",
        ),
        (
            Vec::new(),
            "the payload is empty, expected at least one row",
        ),
    ] {
        assert_eq!(decode(&body), Err(line.to_owned()));
    }
}

/// A header of 64 KiB of opening brackets is refused, without recursion.
#[test]
fn nested_brackets_are_refused() {
    let deep = format!("{{'shape': {}", "(".repeat(60_000));
    assert!(
        decode(&array(1, &deep, &[]))
            .unwrap_err()
            .starts_with("npy header: found \"(((")
    );
}

proptest! {
    #[test]
    fn any_header_is_decoded_or_refused(dictionary in "[{}'a-z:(),0-9 <]{0,60}", data in prop::collection::vec(any::<u8>(), 0..40)) {
        let _ = decode(&array(1, &dictionary, &data));
    }
}
