//! One dialect of CSV: what can be trained on can be served and the other way round.

use std::cell::Cell;

use algorithm::{Absent, Features};
use proptest::{prelude::*, test_runner::TestRunner};
use records::training::Options;

use crate::{
    reference::{Record, is_header, is_label, number, records},
    support::{labels, rows, serve, train},
};

const CASES: u32 = 1000;

/// Lines of a label and two features, most of them in order, and their ends.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let label = prop_oneof![
        10 => "[a-c]{1,2}|[0-9]{1,2}",
        3 => "\"(a|\"\"|,){1,4}\"| ?\"b\"\t?|5\" x| c ",
        1 => "\"(a|\n|\r\n|\r){1,3}\"|a\"|NaN|\"\"| ",
    ];
    let field = prop_oneof![
        20 => "-?[0-9]{1,9}(\\.[0-9]{1,9})?",
        4 => "[+-]?[0-9]{0,3}\\.[0-9]{0,2}([eE][+-]?[0-9]{1,2})?",
        4 => "[ \t]?[0-9][ \t]?|\"[0-9]\"| \" [0-9]\"\t",
        3 => "|NA|null|nan|-NaN|\"\"|Null| ",
        1 => "x|_|inf|1e400|0x10|1_0|\"1\n\"|\"1\r\"|1\"|\"1|\"1\"2",
    ];
    let line = (label, field.clone(), field)
        .prop_map(|(label, a, b)| format!("{label},{a},{b}").into_bytes());
    let line = prop_oneof![
        60 => line,
        3 => "[ \t]{0,2}".prop_map(String::into_bytes),
        1 => "[a-b],[0-9]|a,1,2,3|a;1;2|[0-9a,\" ]{0,6}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ];
    let header = prop_oneof![
        Just(String::new()),
        "(\u{feff})?(l,x,y|7,\"a, b\", _|l,x,0x10|l,\"a\"\"\",5\"|l,1e400,inf|l,x,)\n",
        Just("\u{feff}".to_owned()),
    ];
    let lines = prop::collection::vec((line, "\n|\r\n|\r|\n\n"), 0..8);
    (header, lines, any::<bool>()).prop_map(|(header, lines, is_ended)| {
        let mut text = header.into_bytes();
        let n_lines = lines.len();
        for (position, (line, end)) in lines.into_iter().enumerate() {
            text.extend(line);
            if is_ended || position + 1 < n_lines {
                text.extend(end.bytes());
            }
        }
        text
    })
}

/// What training reads according to the reference: labels, and rows of two features.
fn expected(records: &[Record]) -> Option<(Vec<String>, Vec<u32>)> {
    let mut labels = Vec::new();
    let mut rows = Vec::new();
    for record in records {
        let [label, features @ ..] = record.fields.as_slice() else {
            return None;
        };
        if features.len() != 2 || !is_label(label) {
            return None;
        }
        labels.push(String::from_utf8(label.clone()).unwrap());
        for field in features {
            rows.push(number(field)?.to_bits());
        }
    }
    (!rows.is_empty()).then_some((labels, rows))
}

#[test]
fn training_and_serving_agree_with_each_other_and_with_the_reference() {
    let (trained, refused_labels, with_header) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let property = |text: Vec<u8>| {
        let without_mark = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
        let parsed = records(without_mark);
        let first = parsed.as_ref().and_then(|records| records.first());
        // The first record says how many columns there are; here there are to be three.
        if first.is_some_and(|first| first.fields.len() != 3) || text.starts_with(b"\xff\xfe") {
            return Ok(());
        }
        let has_header = first.is_some_and(is_header);
        let data = parsed
            .as_deref()
            .map(|records| &records[usize::from(has_header)..]);
        let expected = data.and_then(expected);

        let mut found = Vec::new();
        for block_bytes in [1, 7, 1 << 20] {
            let options = Options {
                block_bytes,
                threads: Some(1),
                ..Options::default()
            };
            found.push(train("text/csv", &[("training/a.csv", &text)], &options));
        }
        for other in &found[1..] {
            let texts = |found: &Result<_, String>| match found {
                Ok(records) => Ok((labels(records), rows(records))),
                Err(error) => Err(error.clone()),
            };
            prop_assert_eq!(texts(other), texts(&found[0]));
        }
        let records = found.swap_remove(0);
        let read = records
            .as_ref()
            .ok()
            .map(|records| (labels(records), rows(records)));
        prop_assert_eq!(&read, &expected, "{:?}", records);

        let served = |content_type, body: &[u8]| {
            serve(content_type, body, Features::unnamed(2), Absent::Zero)
        };
        // The same text, with its label column.
        let labelled = served("text/csv; label_size=1", &text);
        match &records {
            Ok(records) => {
                trained.set(trained.get() + 1);
                with_header.set(with_header.get() + u32::from(has_header));
                prop_assert_eq!(labelled.as_ref(), Ok(&rows(records)));
            }
            Err(error) if error.ends_with("expected an integer or text") => {
                refused_labels.set(refused_labels.get() + 1);
            }
            Err(error) => prop_assert!(labelled.is_err(), "{}", error),
        }
        // The text without its label column.
        if let Some(parsed) = &parsed {
            let mut rest = Vec::new();
            let mut from = 0;
            for record in parsed {
                rest.extend(&without_mark[from..record.first.start]);
                from = record.first.end;
            }
            rest.extend(&without_mark[from..]);
            let unlabelled = served("text/csv", &rest);
            if records.is_ok() || labelled.is_ok() {
                prop_assert_eq!(unlabelled, labelled, "{:?}", rest);
            }
        }
        Ok(())
    };
    let mut runner = TestRunner::new(ProptestConfig::with_cases(CASES));
    runner.run(&texts(), property).unwrap();
    let [trained, refused_labels, with_header] =
        [trained, refused_labels, with_header].map(Cell::into_inner);
    assert!(trained > CASES / 3, "only {trained} texts were trained on");
    assert!(
        refused_labels > CASES / 50,
        "only {refused_labels} labels were refused"
    );
    assert!(
        with_header > CASES / 20,
        "only {with_header} texts had a header"
    );
}

/// The same fault has the same words; only the place differs.
#[test]
fn faults_are_worded_alike() {
    for (row, what) in [
        (
            "a,1,abc",
            "found \"abc\", expected a finite decimal number or nothing",
        ),
        (
            "a,1,\"2\"3",
            "found text after a closing quote, expected a comma or the end of the line",
        ),
        (
            "a,1,inf",
            "found \"inf\", expected a finite decimal number or nothing",
        ),
    ] {
        let text = format!("l,x,y\na,1,2\n\n{row}\n");
        let trained = train(
            "text/csv",
            &[("training/a.csv", text.as_bytes())],
            &Options::default(),
        );
        assert_eq!(
            trained.unwrap_err(),
            format!("training/a.csv, line 4, column 3: {what}")
        );
        let content_type = "text/csv; label_size=1";
        let served = serve(
            content_type,
            text.as_bytes(),
            Features::unnamed(2),
            Absent::Zero,
        );
        assert_eq!(served.unwrap_err(), format!("row 2, column 3: {what}"));
    }
}
