use std::cell::Cell;

use algorithm::{Absent, Features, Signature};
use proptest::{prelude::*, test_runner::TestRunner};

use super::*;
use crate::Header;

fn schema(n_features: usize) -> Schema {
    Schema::new(&Signature::regressor(Features::unnamed(n_features), 1))
}

fn payload<'a>(content_type: &str, body: &'a [u8]) -> Payload<'a> {
    Payload::new(content_type, "", body).unwrap()
}

/// The bits of all values.
fn values(payload: Payload<'_>, schema: &Schema) -> Result<Vec<u32>, PayloadError> {
    let mut values = Vec::new();
    payload.decode(schema, &mut |rows| {
        let algorithm::Rows::F32(rows) = rows else {
            panic!("rows of another type")
        };
        values.extend(rows.iter().map(|value| value.to_bits()));
    })?;
    Ok(values)
}

#[test]
fn a_compressed_payload_is_unsupported() {
    let outcome = |content_encoding: &str, body: &[u8]| {
        let payload = Payload::new("text/csv", content_encoding, body)?;
        payload.decode(&schema(1), &mut |_| ())
    };
    let line = "expected a payload that is not compressed";
    for (encoding, body, found) in [
        ("gzip", &b"1"[..], "Content-Encoding \"gzip\""),
        ("br", b"1", "Content-Encoding \"br\""),
        ("", b"\x1f\x8b\x08\0\0", "the payload begins like gzip"),
    ] {
        let error = PayloadError::Unsupported(format!("{found}: {line}"));
        assert_eq!(outcome(encoding, body), Err(error));
    }
    assert_eq!(outcome("Identity", b"1"), Ok(()));
}

#[test]
fn utf_16_is_refused() {
    for body in [&b"\xff\xfe1\0,\x002\0"[..], b"\xfe\xff\x001"] {
        for content_type in ["text/csv", "application/json", "text/libsvm"] {
            let error = Payload::new(content_type, "", body).unwrap_err();
            let line = "row 1, column 1: found UTF-16 text, expected UTF-8";
            assert_eq!(error, PayloadError::Bad(line.to_owned()));
        }
    }
}

#[test]
fn parts_end_with_lines_and_only_the_first_has_a_header() {
    let cut = |content_type, body: &'static str, bytes| -> Vec<&str> {
        let parts = payload(content_type, body.as_bytes()).parts(bytes);
        let text = |part: Payload<'static>| std::str::from_utf8(part.body).unwrap();
        parts.into_iter().map(text).collect()
    };
    let body = "\u{feff}a,b\n1,2\r\n3,4\r5,6";
    let lines = ["a,b\n", "1,2\r\n", "3,4\r", "5,6"];
    for bytes in 0..5 {
        assert_eq!(cut("text/csv", body, bytes), lines);
    }
    assert_eq!(cut("text/csv", body, 5), ["a,b\n1,2\r\n", "3,4\r5,6"]);
    assert_eq!(cut("text/csv", body, 100), [&body[3..]]);
    assert_eq!(cut("text/csv", "1\n", 1), ["1\n"]);
    assert_eq!(cut("text/csv", "", 1), [""]);
    assert_eq!(cut("application/json", "[\n[1]\n]", 1), ["[\n[1]\n]"]);
    let quoted = "\"a\n\"\"\",1\nb\",2\n";
    assert_eq!(cut("text/csv", quoted, 1), ["\"a\n\"\"\",1\n", "b\",2\n"]);
    assert_eq!(
        cut("application/jsonlines", "\"\n\"\n", 1),
        ["\"\n", "\"\n"]
    );
    let parts = payload("text/csv", body.as_bytes()).parts(1);
    let headers: Vec<_> = parts.iter().map(|part| part.content_type.header).collect();
    let rest = [Header::Absent; 3];
    assert_eq!(headers, [&[Header::Auto][..], &rest].concat());
}

/// A content type, and lines that mostly suit it for a model of two features.
fn lines() -> impl Strategy<Value = (&'static str, Vec<String>)> {
    let content_types = vec![
        ("text/csv", "x,y", "[0-9],[0-9]|\"[0-9]\", [0-9]?|,"),
        ("text/csv; header=present", "1,2", "[0-9],\"[0-9]\""),
        (
            "text/csv; label_size=1",
            "z,x,y",
            "(\"(a|,|\n|\r|\"\")*\"|5\" x),[0-9],[0-9]",
        ),
        ("text/libsvm", "0", "1 [01]:[0-9]( # \"[0-9])?"),
        (
            "application/jsonlines",
            "[1,2]",
            "\\[[0-9], ?[0-9]\\]|\\{\"features\":\\[1,2\\]\\}",
        ),
    ];
    prop::sample::select(content_types).prop_flat_map(|(content_type, first, line)| {
        let line =
            prop_oneof![60 => line, 3 => "", 1 => "\u{feff}[0-9],[0-9]", 1 => "[0-9,:# \"]{1,9}"];
        let lines = (any::<bool>(), prop::collection::vec(line, 0..20));
        let lines = lines.prop_map(move |(has_first, mut lines)| {
            if has_first {
                lines.insert(0, first.to_owned());
            }
            lines
        });
        (Just(content_type), lines)
    })
}

/// If all parts can be decoded, they hold the rows of the whole; if the whole is refused, so is a part. A
/// part without rows is refused too, and then only the whole counts.
#[test]
fn parts_hold_the_rows_of_the_whole() {
    const CASES: u32 = 2000;
    let ends = prop::collection::vec("\n|\r\n|\r|\n\n", 21);
    let (cut, refused, equal) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new(ProptestConfig::with_cases(CASES));
    let property = |((content_type, lines), ends, bytes): ((_, Vec<String>), Vec<String>, _)| {
        let lines = lines.iter().zip(&ends);
        let body: String = lines.flat_map(|(line, end)| [&**line, end]).collect();
        let schema = schema(2);
        let whole = payload(content_type, body.as_bytes());
        let parts = whole.parts(bytes);
        cut.set(cut.get() + u32::from(parts.len() > 1));
        let texts: Vec<_> = parts.iter().map(|part| part.body).collect();
        prop_assert_eq!(texts.concat(), whole.body);
        let parts: Vec<_> = parts
            .into_iter()
            .map(|part| values(part, &schema))
            .collect();
        match values(whole, &schema) {
            Ok(values) => {
                for part in &parts {
                    if let Err(error) = part {
                        let line = error.to_string();
                        prop_assert!(line.starts_with("the payload is "), "{}", line);
                    }
                }
                if let Ok(parts) = parts.into_iter().collect::<Result<Vec<_>, _>>() {
                    equal.set(equal.get() + 1);
                    prop_assert_eq!(parts.concat(), values);
                }
            }
            Err(_) => {
                refused.set(refused.get() + 1);
                prop_assert!(parts.iter().any(Result::is_err));
            }
        }
        Ok(())
    };
    runner.run(&(lines(), ends, 0_usize..30), property).unwrap();
    assert!(
        cut.get() > CASES / 2,
        "only {} payloads were cut",
        cut.get()
    );
    assert!(
        equal.get() > CASES / 4,
        "only {} payloads were compared",
        equal.get()
    );
    assert!(
        refused.get() < CASES / 2,
        "{} payloads were refused",
        refused.get()
    );
    assert!(
        refused.get() > CASES / 20,
        "{} payloads were refused",
        refused.get()
    );
}

#[test]
fn the_bound_on_rows_is_near() {
    let bound = |content_type, body: &str, n_features| {
        payload(content_type, body.as_bytes()).max_rows(&schema(n_features))
    };
    assert_eq!(bound("text/csv", "1\n2\n3", 1), 3);
    assert_eq!(bound("text/csv", ",,\n,,\n,,", 3), 3);
    assert_eq!(bound("application/json", "[1,2,3]", 1), 3);
    assert_eq!(bound("application/json", "[[1,2],[3,4]]", 2), 3);
    assert_eq!(bound("application/jsonlines", "{}\n{}\n", 1000), 2);
    assert_eq!(bound("text/libsvm", "1\r\n1\r\r1\n", 1000), 4);
    // A sparse row of two bytes may stand for any number of values.
    assert_eq!(bound("text/libsvm", &"1\n".repeat(16_000), 20_000), 16_000);
}

proptest! {
    #[test]
    fn no_payload_has_more_rows_than_its_bound(
        (content_type, lines) in lines(), end in "\n|\r\n|\r",
    ) {
        let body = lines.join(&end);
        let schema = schema(2);
        let whole = payload(content_type, body.as_bytes());
        let mut n_values = 0;
        // Rows count even if a fault follows.
        let _ = whole.decode(&schema, &mut |rows| n_values += rows.len());
        prop_assert!(n_values / 2 <= whole.max_rows(&schema));
    }
}

#[test]
fn blocks_are_bounded_by_scores() {
    let features = Features::unnamed(1);
    let labels = algorithm::Labels::Integers((0..1000).collect());
    let schema = Schema::new(&Signature {
        absent: Absent::Missing,
        ..Signature::classifier(features, labels)
    });
    let body = "1\n".repeat(1000);
    let mut blocks = Vec::new();
    let mut take = |rows: algorithm::Rows<'_>| blocks.push(rows.len());
    payload("text/csv", body.as_bytes())
        .decode(&schema, &mut take)
        .unwrap();
    assert_eq!(blocks.iter().sum::<usize>(), 1000);
    assert!(blocks.iter().all(|rows| *rows <= 65), "{blocks:?}");
}
