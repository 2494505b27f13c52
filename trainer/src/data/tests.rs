use std::{fs, io::Write, path::Path};

use algorithm::{Labels, Target, Task};
use flate2::{Compression, write::GzEncoder};
use records::Header;
use tempfile::TempDir;

use super::*;

struct Files(TempDir);

fn files(files: &[(&str, &[u8])]) -> Files {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = dir.path().join("training").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    Files(dir)
}

impl Files {
    fn channel(&self) -> Channel {
        channel(self.0.path(), "training")
    }

    fn read(&self, options: &ReadOptions) -> Result<ChannelTable, String> {
        ChannelTable::training(&self.channel(), options).map_err(|error| error.to_string())
    }
}

fn channel(base: &Path, name: &str) -> Channel {
    Channel {
        name: name.to_owned(),
        path: base.join(name),
        is_pipe: false,
        content_type: None,
        separators: "",
    }
}

fn read(text: &str) -> Result<ChannelTable, String> {
    files(&[("a.csv", text.as_bytes())]).read(&ReadOptions::default())
}

fn labels(channel: &ChannelTable) -> &Labels {
    match &channel.table.target {
        Target::Classes { labels, .. } => labels,
        other => panic!("{other:?}"),
    }
}

/// Values by row, missing values as -9.
fn values(channel: &ChannelTable) -> Vec<Vec<f32>> {
    let shown = |value: &f32| if value.is_nan() { -9.0 } else { *value };
    let rows = channel.table.records.rows().into_iter();
    rows.map(|row| row.iter().map(shown).collect()).collect()
}

/// Rows as `(class, values)`, missing values as -9.
fn rows(channel: &ChannelTable) -> Vec<(usize, Vec<f32>)> {
    match &channel.table.target {
        Target::Classes { of_row, .. } => of_row.iter().copied().zip(values(channel)).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn csv_as_it_comes() {
    let text = "\u{feff}species,\"length, cm\",width\r\n\r\nb, 1.5 ,\"2\"\r\n  \r\na,,nan\r\n\"b\",+1e0,-.5";
    let table = read(text).unwrap();
    assert_eq!(*labels(&table), Labels::Text(vec!["a".into(), "b".into()]));
    assert_eq!(
        rows(&table),
        [
            (1, vec![1.5, 2.0]),
            (0, vec![-9.0, -9.0]),
            (1, vec![1.0, -0.5])
        ]
    );
    assert_eq!(table.table.features.names(), ["length, cm", "width"]);
    assert_eq!(table.n_missing, 2);
}

#[test]
fn every_data_file_below_the_channel_is_read_in_order() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(b"0,3\n0,4").unwrap();
    let packed = packed.finish().unwrap();
    let files = files(&[
        ("b", b"1,5"),
        ("a/x.csv.gz", &packed),
        ("a/deeper/y.csv", b"1,2\n"),
        ("c-empty.csv", b""),
        ("._b", b"?"),
        ("_SUCCESS", b"?"),
        ("_tmp/part", b"?"),
        ("train.manifest", b"?"),
        ("part-manifest", b"?"),
    ]);
    let table = files.read(&ReadOptions::default()).unwrap();
    assert_eq!(*labels(&table), Labels::Integers(vec![0, 1]));
    let expected = [
        (1, vec![2.0]),
        (0, vec![3.0]),
        (0, vec![4.0]),
        (1, vec![5.0]),
    ];
    assert_eq!(rows(&table), expected);
}

#[test]
fn a_problem_is_said_with_file_line_column_what_was_found_and_what_is_allowed() {
    const NUMBER: &str = "expected a finite decimal number or nothing";
    for (text, message) in [
        ("a,1,2\nb,3\n", "line 2: 2 columns, line 1 of training/a.csv has 3".to_owned()),
        ("a,1,2\n\nb,3,4,\n", "line 3: 4 columns, line 1 of training/a.csv has 3".to_owned()),
        ("a,1,2\nb,x y,4\n", format!("line 2, column 2: found \"x y\", {NUMBER}")),
        ("a,1,2\nb,1,inf\n", format!("line 2, column 3: found \"inf\", {NUMBER}")),
        ("a,1,2\nb,0x10,4\n", format!("line 2, column 2: found \"0x10\", {NUMBER}")),
        ("a,1,2\nb,1e39,4\n", format!("line 2, column 2: found \"1e39\", {NUMBER}")),
        ("a,1,2\nb,N/A,4\n", format!("line 2, column 2: found \"N/A\", {NUMBER}")),
        ("a,1,2\rb,3\r", "line 2: 2 columns, line 1 of training/a.csv has 3".to_owned()),
        ("a,1,2\n,3,4\n", "line 2, column 1: found an empty field, which is no label; expected an integer or text".to_owned()),
        ("a,1,2\n\"\n\",3,4\n", "line 2, column 1: found \"\u{fffd}\", which has control characters; expected an integer or text".to_owned()),
        ("a,1,2\n\"b,3,4\n", "line 2, column 1: found a quote that is not closed, expected a closing quote within the next 64 MiB".to_owned()),
        ("a,1,2\nb,\"3\"4,4\n", "line 2, column 2: found text after a closing quote, expected a comma or the end of the line".to_owned()),
        ("a;1;2\nb;3;4\n", "line 1, column 1: found one column, \"a;1;2\", expected a label and at least one feature, separated by commas".to_owned()),
        ("a,1,2\nb,3,4\na,x,5\nb\n", format!("line 3, column 2: found \"x\", {NUMBER}")),
    ] {
        assert_eq!(read(text).unwrap_err(), format!("training/a.csv, {message}"));
    }
    let error = files(&[("a.csv", b"a,1\n\xff,2\n")])
        .read(&ReadOptions::default())
        .unwrap_err();
    assert_eq!(
        error,
        "training/a.csv, line 2, column 1: found \"\u{fffd}\", which is not valid UTF-8; expected an integer or text"
    );
}

#[test]
fn what_a_channel_holds_as_a_whole_is_checked() {
    for (text, message) in [
        ("", "no rows in 1 files, expected at least 1"),
        ("\n \r\n", "no rows in 1 files, expected at least 1"),
        ("label,x\n", "no rows in 1 files, expected at least 1"),
        (
            "a,1\na,2\n",
            "found one class, \"a\", in 2 rows, expected at least 2",
        ),
    ] {
        assert_eq!(
            read(text).unwrap_err(),
            format!("channel training: {message}")
        );
    }
    let ids: String = (0..300).map(|id| format!("{id},1\n")).collect();
    let error = read(&ids).unwrap_err();
    assert!(error.starts_with("channel training: found 300 classes in 300 rows, expected at most 100, or one for every two rows"), "{error}");
    let dir = files(&[("_SUCCESS", b"")]);
    assert!(
        dir.read(&ReadOptions::default())
            .unwrap_err()
            .starts_with("channel training: no files in ")
    );
}

#[test]
fn the_first_problem_in_file_order_is_found_on_every_run() {
    // Blocks are parsed at the same time, and the later problem is the cheaper one to find.
    let mut text = "0,1,2,3\n1,2,3,4\n".repeat(400_000);
    let lines = 800_000;
    text.push_str("1,2,3\n");
    let later = text.replacen("1,2,3,4\n", "1,2,?,4\n", 1);
    for _ in 0..3 {
        let error = read(&text).unwrap_err();
        assert!(
            error.starts_with(&format!("training/a.csv, line {}: 3 columns", lines + 1)),
            "{error}"
        );
        let both = files(&[("a.csv", text.as_bytes()), ("b.csv", later.as_bytes())]);
        assert_eq!(both.read(&ReadOptions::default()).unwrap_err(), error);
        let both = files(&[("a.csv", later.as_bytes()), ("b.csv", text.as_bytes())]);
        let error = both.read(&ReadOptions::default()).unwrap_err();
        assert!(
            error.starts_with("training/a.csv, line 2, column 3: found \"?\""),
            "{error}"
        );
    }
}

#[test]
fn lines_are_counted_from_the_beginning_of_the_file() {
    let dir = files(&[("a.csv", "\u{feff}\n \r\n\na,1\n\nb\n".as_bytes())]);
    let error = dir.read(&ReadOptions::default()).unwrap_err();
    assert_eq!(
        error,
        "training/a.csv, line 6: 1 column, line 4 of training/a.csv has 2"
    );
    let dir = files(&[("a.csv", b"\xff\xfea\0,\x001\0")]);
    let error = dir.read(&ReadOptions::default()).unwrap_err();
    assert_eq!(
        error,
        "training/a.csv, line 1, column 1: found UTF-16 text, expected UTF-8"
    );
}

#[test]
fn a_header_can_be_forced_or_forbidden() {
    let with = |header, text: &str| {
        let options = ReadOptions {
            header,
            ..ReadOptions::default()
        };
        files(&[("a.csv", text.as_bytes())]).read(&options)
    };
    let table = with(Header::Present, "0,1,2\n1,3,4\n0,5,6\n").unwrap();
    assert_eq!(table.table.features.names(), ["1", "2"]);
    assert_eq!(table.table.n_rows(), 2);
    let error = with(Header::Absent, "label,x,y\n1,3,4\n0,5,6\n").unwrap_err();
    assert!(
        error.starts_with("training/a.csv, line 1, column 2: found \"x\""),
        "{error}"
    );
}

#[test]
fn a_line_of_text_is_a_header_only_if_the_first_file_has_one() {
    let dir = files(&[("a.csv", b"a,1\nb,2\n"), ("b.csv", b"a,?\nb,4\n")]);
    let error = dir.read(&ReadOptions::default()).unwrap_err();
    assert!(
        error.starts_with("training/b.csv, line 1, column 2: found \"?\""),
        "{error}"
    );
    // A table in parts: only the first part has the header.
    let dir = files(&[
        ("a.csv", b"label,x\na,1\n"),
        ("b.csv", b"b,2\n"),
        ("c.csv", b"label,x\na,3\n"),
    ]);
    let table = dir.read(&ReadOptions::default()).unwrap();
    assert_eq!(
        rows(&table),
        [(0, vec![1.0]), (1, vec![2.0]), (0, vec![3.0])]
    );
}

#[test]
fn files_whose_headers_differ_are_not_the_same_columns() {
    let dir = files(&[
        ("a.csv", b"label,x,y\n1,2,3\n"),
        ("b.csv", b"label,y,x\n0,2,3\n"),
    ]);
    let error = dir.read(&ReadOptions::default()).unwrap_err();
    assert_eq!(
        error,
        "training/b.csv, line 1, column 2: found the column name \"y\", expected \"x\" as in line 1 of training/a.csv"
    );
}

#[test]
fn weights_are_the_second_column_and_rows_without_weight_do_not_count() {
    let options = ReadOptions {
        csv_weights: true,
        ..ReadOptions::default()
    };
    let dir = files(&[("a.csv", b"a,0.5,1\nb,2,2\nb,0,3\n")]);
    let table = dir.read(&options).unwrap();
    assert_eq!(rows(&table), [(0, vec![1.0]), (1, vec![2.0])]);
    assert_eq!(table.table.weights.unwrap().to_vec(), [0.5, 2.0]);
    assert_eq!(table.n_weightless, 1);
    for weight in ["-1", "", "nan", "x"] {
        let text = format!("a,{weight},1\n");
        let error = files(&[("a.csv", text.as_bytes())])
            .read(&options)
            .unwrap_err();
        assert!(
            error.contains("line 1, column 2: found")
                && error.ends_with("expected the row's weight, a number from 0 up"),
            "{error}"
        );
    }
}

#[test]
fn another_channel_has_the_training_channels_columns_and_classes() {
    let dir = files(&[("a.csv", b"label,w,x\n10,1,1\n9,1,2\n")]);
    fs::create_dir(dir.0.path().join("validation")).unwrap();
    let file = dir.0.path().join("validation/v.csv");
    let options = ReadOptions {
        csv_weights: true,
        ..ReadOptions::default()
    };
    let training = dir.read(&options).unwrap();
    let validation = channel(dir.0.path(), "validation");
    for text in [
        "9,5\n10,6\n8,7\n",
        "9,1,5\n10,1,6\n8,1,7\n",
        "label,x\n9,5\n10,6\n8,7\n",
    ] {
        fs::write(&file, text).unwrap();
        let (table, unseen) = ChannelTable::like(&validation, &options, &training).unwrap();
        assert_eq!(
            rows(&table),
            [(0, vec![5.0]), (1, vec![6.0]), (2, vec![7.0])]
        );
        assert_eq!(unseen, ["8"]);
    }
    fs::write(&file, "9,1,2,3\n").unwrap();
    let error = ChannelTable::like(&validation, &options, &training)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("validation/v.csv, line 1: 4 columns"),
        "{error}"
    );
}

#[test]
fn signs_of_other_data_than_meant_are_warned_of() {
    let table = read("a,1,2,0\nb,1,2,-0\nb,1,3,0\nb,1,3,0\nc,1,4,0\n").unwrap();
    let expected = [
        "2 of 3 features have the same value in every row: feature_0, feature_2",
        "2 rows have the same features as a row with another label: no model can tell them apart",
        "2 of 3 classes have only one row: a, c",
    ];
    assert_eq!(warnings(&table.table), expected);
    let table = read("a,1,\nb,1,2\na,2,3\nb,,2\n").unwrap();
    assert_eq!(warnings(&table.table), [""; 0]);
}

#[test]
fn numbers_to_learn_are_finite() {
    let options = ReadOptions {
        task: Task::Numbers,
        ..ReadOptions::default()
    };
    let read = |text: &str| files(&[("a.csv", text.as_bytes())]).read(&options);
    let table = read("price,x\n1.5,1\n\" -2e1\",2\n1.5,\n").unwrap();
    let expected = Target::Numbers(vec![1.5, -20.0, 1.5].into());
    assert_eq!(table.table.target, expected);
    assert_eq!(values(&table), [[1.0], [2.0], [-9.0]]);
    assert_eq!(warnings(&table.table), [""; 0]);
    // One number in all rows is no mistake.
    assert!(read("1,1\n1,2\n").is_ok());
    for (number, found) in [
        ("cheap", "\"cheap\""),
        ("", "an empty field"),
        ("nan", "\"nan\""),
        ("1e39", "\"1e39\""),
    ] {
        let error = read(&format!("1,1\n{number},2\n")).unwrap_err();
        let expected = format!(
            "training/a.csv, line 2, column 1: found {found}, expected the number to learn, finite and within float32"
        );
        assert_eq!(error, expected);
    }
}

#[test]
fn a_validation_channel_is_read_for_the_task_that_training_labels_decide() {
    let options = ReadOptions {
        task: Task::ByLabels,
        ..ReadOptions::default()
    };
    let training = files(&[("a.csv", b"0.5,1\n1,2\n")]).read(&options).unwrap();
    assert_eq!(
        training.table.target,
        Target::Numbers(vec![0.5, 1.0].into())
    );
    let whole = files(&[("a.csv", b"3,1\n4,2\n")]);
    let (validation, unseen) = ChannelTable::like(&whole.channel(), &options, &training).unwrap();
    assert_eq!(
        validation.table.target,
        Target::Numbers(vec![3.0, 4.0].into())
    );
    assert_eq!(unseen, [""; 0]);
}

#[test]
fn without_labels_every_column_is_a_feature() {
    let options = ReadOptions {
        task: Task::Unlabelled,
        ..ReadOptions::default()
    };
    let dir = files(&[("a.csv", b"x,y\n1,2\n3,\n")]);
    let table = dir.read(&options).unwrap();
    assert_eq!(table.table.target, Target::None);
    assert_eq!(table.table.features.names(), ["x", "y"]);
    assert_eq!(values(&table), [[1.0, 2.0], [3.0, -9.0]]);
    let one = files(&[("a.csv", b"1\n2\n")]).read(&options).unwrap();
    assert_eq!(values(&one), [[1.0], [2.0]]);
    // Weights come first.
    let weighted = ReadOptions {
        csv_weights: true,
        ..options
    };
    let dir = files(&[("a.csv", b"0.5,1,2\n0,3,4\n")]);
    let table = dir.read(&weighted).unwrap();
    assert_eq!(values(&table), [[1.0, 2.0]]);
    assert_eq!(table.table.weights.unwrap().to_vec(), [0.5]);
    let error = files(&[("a.csv", b"1\n")]).read(&weighted).unwrap_err();
    assert_eq!(
        error,
        "training/a.csv, line 1, column 1: found one column, \"1\", expected a weight (csv_weights=1) and at least one feature, separated by commas"
    );
}

#[test]
fn weights_of_numbers_stay_with_their_rows() {
    let options = ReadOptions {
        task: Task::Numbers,
        csv_weights: true,
        ..ReadOptions::default()
    };
    let dir = files(&[("a.csv", b"1,0.5,10\n2,0,20\n3,2,30\n")]);
    let table = dir.read(&options).unwrap();
    assert_eq!(table.table.target, Target::Numbers(vec![1.0, 3.0].into()));
    assert_eq!(values(&table), [[10.0], [30.0]]);
}
