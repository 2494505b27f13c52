//! Files that are read for training: columns, faults and bounds.

use std::io;

use algorithm::{Absent, Features, Task};
use records::{
    Columns, ContentType, Format, Header,
    training::{self, Options, Records, Source, Target},
};

use crate::{
    support::{labels, train},
    writers::framed,
};

fn read(content_type: &str, text: &str) -> Result<Records, String> {
    train(
        content_type,
        &[("training/a", text.as_bytes())],
        &Options::default(),
    )
}

fn like(features: Features) -> Options {
    Options {
        like: Some(Columns {
            features,
            given_by: "line 1 of training/a".to_owned(),
        }),
        ..Options::default()
    }
}

#[test]
fn a_fault_has_its_file_and_its_line_or_row() {
    let number = "expected a finite decimal number";
    for (content_type, text, line) in [
        (
            "text/csv",
            "a,1,2\n\nb,3\n",
            "line 3: 2 columns, line 1 of training/a has 3".to_owned(),
        ),
        (
            "text/csv",
            "a,1,2\r\"b\rc\",3,x\r",
            "line 2, column 1: found \"b\u{fffd}c\", which has control characters; expected an integer or text".to_owned(),
        ),
        (
            "text/csv",
            "a,1,2\nb,\"3\n\",x\n",
            format!("line 2, column 2: found \"3\u{fffd}\", {number} or nothing"),
        ),
        (
            "application/jsonlines",
            "[\"a\", 1]\n\n{\"features\": [2]}",
            "line 3: found no label, expected one".to_owned(),
        ),
        (
            "application/jsonlines",
            "[\"a\", 1]\n[\"b\", \"1\"]",
            format!("line 2, column 2: found \"\"1\"\", {number}, null or \"NaN\""),
        ),
        (
            "application/jsonlines",
            "[\"a\", 1, 2]\n[\"b\", 1",
            "line 2: EOF while parsing a list at column 7".to_owned(),
        ),
        (
            "application/jsonlines",
            "[\"a\", 1, 2]\n[\"b\", 1]",
            "line 2: 2 columns, line 1 of training/a has 3".to_owned(),
        ),
        (
            "application/jsonlines",
            "[\"a\", 1, 2]\n[]",
            "line 2: 0 columns, line 1 of training/a has 3".to_owned(),
        ),
        (
            "application/jsonlines",
            "{\"x\": 1, \"label\": 1}\n{\"y\": 1, \"label\": 1}",
            "line 2: found \"y\", line 1 of training/a has \"x\"".to_owned(),
        ),
        (
            "application/jsonlines",
            "{\"x\": 1, \"label\": null}",
            "line 1, label: found null, expected a string or a finite number".to_owned(),
        ),
        (
            "application/jsonlines",
            "{\"x\": 1, \"label\": 1, \"label\": 2}",
            "line 1, label: found twice, expected once".to_owned(),
        ),
        (
            "application/jsonlines",
            "{\"features\": {\"keys\": [0], \"values\": [1]}, \"label\": 1}",
            "line 1: found a sparse record without \"shape\", expected one in the first record".to_owned(),
        ),
        (
            "application/json",
            "[[1, 2, 3], [1, 2]]",
            "row 2: 2 columns, row 1 of training/a has 3".to_owned(),
        ),
        (
            "application/json",
            "[[1]]",
            "row 1, column 1: found 1 column, expected a label and at least one feature".to_owned(),
        ),
        (
            "application/json",
            "{\"label\": 1, \"instances\": [{\"features\": [1], \"label\": 1}]}",
            "row 1, label: found twice, expected once".to_owned(),
        ),
        (
            "text/libsvm",
            "1 0:1\n\n2 0:x # y\n",
            format!("line 3, index 0: found \"x\", {number} or nan"),
        ),
        (
            "text/libsvm",
            "1 0:1\nx 0:1\n",
            "line 2, field 1: found \"x\", expected label or label:weight".to_owned(),
        ),
        (
            "text/libsvm",
            "1 0:1\n1:-1 0:1\n",
            "line 2, field 1: found \"-1\", expected the row's weight, a number from 0 up".to_owned(),
        ),
        (
            "text/libsvm",
            "1 4294967295:1\n",
            "line 1: found index 4294967295, expected 0 to 4294967294".to_owned(),
        ),
    ] {
        let error = read(content_type, text).unwrap_err();
        assert_eq!(error, format!("training/a, {line}"), "{text}");
    }
    let npy = "\u{93}NUMPY";
    let error = read("application/x-npy", npy).unwrap_err();
    assert!(error.starts_with("training/a: found \""), "{error}");
    let frames = [framed(b""), b"abc".to_vec()].concat();
    let options = like(Features::unnamed(1));
    let content_type = "application/x-recordio-protobuf";
    let error = train(content_type, &[("validation/a", &frames)], &options).unwrap_err();
    assert_eq!(
        error,
        "validation/a, row 1: found no feature \"feature_0\", expected all features"
    );
}

#[test]
fn another_channel_has_the_columns_of_training() {
    let options = Options {
        csv_weights: true,
        ..like(Features::named(vec!["x".into(), "y".into()]))
    };
    let read = |content_type, text: &str| {
        train(content_type, &[("validation/a", text.as_bytes())], &options)
    };
    // Weights may be there or not, which each file decides.
    for text in ["l,x,y\na,1,2\n", "a,1,1,2\n", "l,w,x,y\na,1,1,2"] {
        let records = read("text/csv", text).unwrap();
        assert_eq!(records.values, [1.0, 2.0], "{text}");
    }
    assert_eq!(
        read("application/json", "[[7, 1, 2]]").unwrap().weights,
        None
    );
    assert_eq!(
        read("text/csv", "l,x,z\na,1,2\n").unwrap_err(),
        "validation/a, line 1, column 3: found the column name \"z\", expected \"y\" as in line 1 of training/a"
    );
    assert_eq!(
        read("text/csv", "a,1,2\nb,1\n").unwrap_err(),
        "validation/a, line 2: 2 columns, expected a label and 2 features as in line 1 of training/a"
    );
    assert_eq!(
        read("text/libsvm", "1 2:1\n").unwrap_err(),
        "validation/a, line 1: found index 2, expected 0 to 1"
    );
    assert_eq!(
        read("text/libsvm", "1 0:1\n").unwrap().values,
        [1.0, 0.0],
        "a column that no row has"
    );
}

#[test]
fn the_largest_index_of_all_files_is_the_last_feature() {
    let files: [(&str, &[u8]); 2] = [("training/a", b"1 0:5\n"), ("training/b", b"0 3:7\n")];
    let options = Options {
        absent: Absent::Missing,
        ..Options::default()
    };
    let records = train("text/libsvm", &files, &options).unwrap();
    assert_eq!(records.columns.features.len(), 4);
    assert_eq!(records.columns.given_by, "training/b");
    let values: Vec<Option<f32>> = records
        .values
        .iter()
        .map(|value| (!value.is_nan()).then_some(*value))
        .collect();
    let expected = [Some(5.0), None, None, None, None, None, None, Some(7.0)];
    assert_eq!(values, expected);
    assert_eq!(
        (records.absent, records.n_missing),
        (Some(Absent::Missing), 6)
    );
    assert_eq!(
        read("text/libsvm", "1\n0\n").unwrap_err(),
        "found no features in any row, expected at least one"
    );
}

/// A few bytes may stand for any number of values.
#[test]
fn a_table_that_is_too_large_is_refused_before_it_is_allocated() {
    let options = Options {
        max_bytes: 1 << 20,
        ..Options::default()
    };
    let text = format!("1 4294967294:1\n{}", "0\n".repeat(1_000_000));
    let error = train("text/libsvm", &[("training/a", text.as_bytes())], &options).unwrap_err();
    assert_eq!(
        error,
        "found 1000001 rows of 4294967295 features, which take 17179886359869180 bytes of memory, \
         expected at most 1048576"
    );
}

#[test]
fn a_label_of_a_row_that_does_not_count_is_no_class() {
    let options = Options {
        csv_weights: true,
        ..Options::default()
    };
    let file = ("training/a", &b"a,0,1\nb,1,2\nc,2,3\n"[..]);
    let records = train("text/csv", &[file], &options).unwrap();
    let Target::Classes {
        labels: classes, ..
    } = &records.target
    else {
        panic!("no classes")
    };
    assert_eq!(
        (&**classes, records.n_weightless),
        (&["b".to_owned(), "c".to_owned()][..], 1)
    );
    assert_eq!(labels(&records), ["b", "c"]);
    let error = train("text/csv", &[("training/a", b"a,0,1\n")], &options).unwrap_err();
    assert_eq!(error, "all 1 rows have the weight 0");
}

#[test]
fn labels_that_a_format_stores_as_numbers_are_integers_if_they_are_whole() {
    let records = read("text/libsvm", "1.0 0:1\n-2 0:1\n0.1 0:1\n1e3 0:1\n-0 0:1\n").unwrap();
    assert_eq!(labels(&records), ["1", "-2", "0.1", "1000", "0"]);
    let records = read(
        "application/jsonlines",
        "[1.0, 1]\n[\"x y\", 1]\n[1e0, 1]\n",
    )
    .unwrap();
    assert_eq!(labels(&records), ["1.0", "x y", "1e0"]);
}

#[test]
fn labels_may_say_whether_they_are_numbers() {
    let options = Options {
        task: Task::ByLabels,
        ..Options::default()
    };
    let read = |files: &[(&str, &[u8])]| train("text/csv", files, &options).unwrap().target;
    let classes = |text: &str| match read(&[("training/a", text.as_bytes())]) {
        Target::Classes { labels, .. } => labels,
        other => panic!("{text}: {other:?}"),
    };
    let one = read(&[("training/a", b"1,1\n0.5,1\n1,1\n-2e0,1\n")]);
    assert_eq!(one, Target::Numbers(vec![1.0, 0.5, 1.0, -2.0]));
    // One fraction in one of the files is enough.
    let two = read(&[("training/a", b"1,1\n2,1\n"), ("training/b", b"2.5,1\n")]);
    assert_eq!(two, Target::Numbers(vec![1.0, 2.0, 2.5]));
    assert_eq!(classes("1,1\n2.0,1\n"), ["1", "2.0"]);
    assert_eq!(classes("0.5,1\nred,1\n"), ["0.5", "red"]);
    assert_eq!(classes("0.5,1\nnan,1\n"), ["0.5", "nan"]);
}

#[test]
fn a_learner_may_want_numbers_or_no_labels() {
    let numbers = Options {
        task: Task::Numbers,
        ..Options::default()
    };
    let read = |content_type, text: &str, options: &Options| {
        train(content_type, &[("training/a", text.as_bytes())], options)
    };
    let text = "{\"label\": 1.5, \"features\": [1]}\n[\"-2\", 1]\n";
    let records = read("application/jsonlines", text, &numbers).unwrap();
    assert_eq!(records.target, Target::Numbers(vec![1.5, -2.0]));
    let expected = "expected the number to learn, finite and within float32";
    assert_eq!(
        read("text/csv", "1,1\n1e39,1\n", &numbers).unwrap_err(),
        format!("training/a, line 2, column 1: found \"1e39\", {expected}")
    );
    assert_eq!(
        read("text/libsvm", "1e39 0:1\n", &numbers).unwrap_err(),
        format!("training/a, line 1, field 1: found 1e39, {expected}")
    );
    let unlabelled = Options {
        task: Task::Unlabelled,
        ..Options::default()
    };
    for (content_type, text) in [
        ("text/csv", "x,y\n1,2\n"),
        ("application/jsonlines", "[1, 2]\n"),
        ("application/json", "{\"features\": [1, 2], \"label\": [3]}"),
        ("text/libsvm", "7 0:1 1:2\n"),
    ] {
        let records = read(content_type, text, &unlabelled).unwrap();
        assert_eq!(
            (records.target, records.values),
            (Target::None, vec![1.0, 2.0]),
            "{text}"
        );
    }
}

#[test]
fn a_header_is_for_the_options_then_for_the_content_type_to_say() {
    let names = |content_type, header, text: &str| {
        let options = Options {
            header,
            ..Options::default()
        };
        let records = train(content_type, &[("training/a", text.as_bytes())], &options);
        records.map(|records| records.columns.features.names().to_vec())
    };
    let numbers = "0,1\n1,2\n";
    assert_eq!(names("text/csv", Header::Present, numbers).unwrap(), ["1"]);
    assert_eq!(
        names("text/csv; header=present", Header::Auto, numbers).unwrap(),
        ["1"]
    );
    assert_eq!(
        names("text/csv; header=present", Header::Absent, numbers).unwrap(),
        [""; 0]
    );
    assert!(names("text/csv; header=absent", Header::Auto, "l,x\n1,2\n").is_err());
}

#[test]
fn a_file_that_fails_is_named() {
    struct Broken;
    impl io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let good = || {
        Source::new("training/a", Format::Csv.into(), || {
            Ok(Box::new(&b"a,1\n"[..]))
        })
    };
    let broken = Source::new("training/b", Format::Csv.into(), || Ok(Box::new(Broken)));
    let missing = Source::new("training/c", ContentType::from(Format::Json), || {
        Err(io::ErrorKind::NotFound.into())
    });
    let read = |source| {
        let found = training::read(vec![good(), source], &Options::default());
        found.unwrap_err().to_string()
    };
    assert_eq!(read(broken), "training/b: can't be read: the disk is gone");
    assert_eq!(read(missing), "training/c: can't be read: entity not found");
    let none = training::read(Vec::new(), &Options::default()).unwrap_err();
    assert_eq!(none.to_string(), "no rows in 0 files, expected at least 1");
}

/// A record that never ends does not take all memory.
#[test]
fn a_record_of_more_than_64_mib_is_refused() {
    for (first, line) in [
        (
            "\"",
            "line 1, column 1: found a quote that is not closed, expected a closing quote within the next 64 MiB",
        ),
        (
            "a,",
            "line 1: found a record of more than 64 MiB, expected a shorter one",
        ),
    ] {
        let endless = io::Read::chain(first.as_bytes(), io::repeat(b'1'));
        let source = Source::new("training/a", Format::Csv.into(), || Ok(Box::new(endless)));
        let options = like(Features::unnamed(1));
        let error = training::read(vec![source], &options).unwrap_err();
        assert_eq!(error.to_string(), format!("training/a, {line}"));
    }
}
