use proptest::prelude::*;

use crate::testing;

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

fn decode(content_type: &str, body: &[u8], n_features: usize) -> Result<Vec<f32>, String> {
    testing::decode(content_type, body, &NAMES[..n_features])
}

fn values(body: &str, n_features: usize) -> Vec<f32> {
    decode("text/csv", body.as_bytes(), n_features).unwrap()
}

fn fault(body: &[u8], n_features: usize) -> String {
    decode("text/csv", body, n_features).unwrap_err()
}

#[test]
fn takes_csv_as_it_comes() {
    for body in [
        "5.1,3.5\n4.9,3.0\n",
        "5.1,3.5\n4.9,3.0",
        "5.1,3.5\r\n4.9,3.0\r\n",
        "5.1,3.5\r4.9,3.0\r",
        "\u{feff}5.1,3.5\n4.9,3.0",
        " 5.1 ,\t3.5\n\n  \n4.9,3.0\n\n",
        "\"5.1\",\" 3.5 \"\n4.9,\"3.0\"",
        "51e-1,+3.5E0\n4.9,3",
        "sepal,petal\n5.1,3.5\n4.9,3.0",
        "\"sepal, cm\",petal\n5.1,3.5\n4.9,3.0",
    ] {
        assert_eq!(values(body, 2), [5.1, 3.5, 4.9, 3.0], "{body:?}");
    }
}

#[test]
fn missing_values_are_nan() {
    for body in [
        "1,", "1,NaN", "1,nan", "1,-NaN", "1,NA", "1,null", "1,Null", "1,\"\"", "1, ",
    ] {
        let row = values(body, 2);
        assert_eq!(row[0], 1.0);
        assert!(row[1].is_nan(), "{body:?}");
    }
}

#[test]
fn a_fault_names_row_column_and_what_was_found() {
    let expected = "expected a finite decimal number or nothing";
    for (body, line) in [
        (
            "1,2\n3,abc",
            format!("row 2, column 2: found \"abc\", {expected}"),
        ),
        (
            "inf,2",
            format!("row 1, column 1: found \"inf\", {expected}"),
        ),
        (
            "1,1e400",
            format!("row 1, column 2: found \"1e400\", {expected}"),
        ),
        (
            "1,0x10",
            format!("row 1, column 2: found \"0x10\", {expected}"),
        ),
        (
            "1,1_0",
            format!("row 1, column 2: found \"1_0\", {expected}"),
        ),
        (
            "1,1\0",
            format!("row 1, column 2: found \"1\u{fffd}\", {expected}"),
        ),
        (
            "1,2\n\n1,2,3",
            "row 2: 3 columns, the model takes 2".to_owned(),
        ),
        ("1,2,", "row 1: 3 columns, the model takes 2".to_owned()),
        ("1;2", "row 1: 1 column, the model takes 2".to_owned()),
        (
            "a;b",
            "the payload is a header line only (\"a;b\"), expected rows of numbers after it"
                .to_owned(),
        ),
        (
            "",
            "the payload is empty, expected at least one row".to_owned(),
        ),
        (
            " \n\r\n",
            "the payload is empty, expected at least one row".to_owned(),
        ),
    ] {
        assert_eq!(fault(body.as_bytes(), 2), line, "{body:?}");
    }
}

#[test]
fn quotes_belong_to_the_start_of_a_field() {
    let labelled = |body: &str| decode("text/csv; label_size=1", body.as_bytes(), 1);
    for body in [
        "5\" leaf,1\n\"a\"\"b\",2",
        "\"a\nb,\",1\r \"x\" ,2",
        "\"a\"\t, 1 \r\nb\"c\",\"2\"",
    ] {
        assert_eq!(labelled(body), Ok(vec![1.0, 2.0]), "{body:?}");
    }
    for (body, line) in [
        (
            "1\n\"2",
            "row 2, column 1: found a quote that is not closed, expected a closing quote within the next 64 MiB",
        ),
        (
            "1\n\"2\" 3",
            "row 2, column 1: found text after a closing quote, expected a comma or the end of the line",
        ),
        (
            "1\n5\"",
            "row 2, column 1: found \"5\"\", expected a finite decimal number or nothing",
        ),
    ] {
        assert_eq!(fault(body.as_bytes(), 1), line);
    }
}

#[test]
fn a_number_gone_wrong_is_no_header() {
    for (body, found) in [
        ("0x10\n1", "0x10"),
        ("1e400\n1", "1e400"),
        ("inf\n1", "inf"),
    ] {
        let line = format!(
            "row 1, column 1: found \"{found}\", expected a finite decimal number or nothing"
        );
        assert_eq!(fault(body.as_bytes(), 1), line);
    }
    assert_eq!(values("\"x\",0x10\n1,2", 2), [1.0, 2.0]);
    // The label may be anything.
    let labelled = decode("text/csv; label_size=1", b"7,x\n8,1", 1);
    assert_eq!(labelled, Ok(vec![1.0]));
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    for body in [&b"\xff\xfe1\0,\x002\0"[..], b"\x80\x81,\xff"] {
        fault(body, 2);
    }
}

#[test]
fn a_parameter_decides_about_the_header() {
    let rows = b"1,2\n3,4\n";
    let decode = |parameter: &str, body| decode(&format!("text/csv; {parameter}"), body, 2);
    assert_eq!(decode("header=present", rows), Ok(vec![3.0, 4.0]));
    assert_eq!(decode("header=absent", rows), Ok(vec![1.0, 2.0, 3.0, 4.0]));
    assert_eq!(
        decode("header=absent", b"a,b\n1,2"),
        Err("row 1, column 1: found \"a\", expected a finite decimal number or nothing".to_owned())
    );
    assert_eq!(
        decode("header=present", b"1,2\n"),
        Err(
            "the payload is a header line only (\"1,2\"), expected rows of numbers after it"
                .to_owned()
        )
    );
}

#[test]
fn a_label_column_does_not_count() {
    let decode = |body: &str| decode("text/csv; label_size=1", body.as_bytes(), 2);
    for body in [
        "oak,1,2\n3,3,4",
        "\"oak, white\",1,2\n,3, 4",
        "species,a,b\n7,1,2\n7,3,4",
    ] {
        assert_eq!(decode(body), Ok(vec![1.0, 2.0, 3.0, 4.0]), "{body:?}");
    }
    assert_eq!(
        decode("1,2"),
        Err(
            "row 1: 2 columns, the model takes 2 and a label before them (label_size=1)".to_owned()
        )
    );
    assert_eq!(
        decode("oak,1,x"),
        Err("row 1, column 3: found \"x\", expected a finite decimal number or nothing".to_owned())
    );
}

#[test]
fn a_payload_of_many_blocks_stays_in_order() {
    let expected: Vec<f32> = (0..200_000_u32).map(|value| value as f32).collect();
    let rows = expected.chunks(5);
    let body: String = rows
        .map(|row| format!("{},{},{},{},{}\n", row[0], row[1], row[2], row[3], row[4]))
        .collect();
    assert!(values(&body, 5) == expected);
}

#[test]
fn text_is_rounded_once_to_the_nearest_float32() {
    // Just above the middle of two floats; by way of float64 it would round down to 1.
    let text = "1.00000005960464477539062500000000000000000000001";
    assert_eq!(values(text, 1), [f32::from_bits(0x3f80_0001)]);
}

proptest! {
    #[test]
    fn finite_floats_survive(rows in prop::collection::vec(prop::array::uniform3(prop::num::f32::NORMAL | prop::num::f32::ZERO | prop::num::f32::SUBNORMAL), 1..20)) {
        let body: String = rows.iter().map(|[a, b, c]| format!("{a},{b:e},{c}\n")).collect();
        let flat: Vec<f32> = rows.iter().flatten().copied().collect();
        prop_assert_eq!(values(&body, 3), flat);
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(body in prop::collection::vec(any::<u8>(), 0..200), n in 1_usize..5) {
        if let Ok(values) = decode("text/csv", &body, n) {
            prop_assert!(!values.is_empty() && values.len().is_multiple_of(n));
        }
    }
}
