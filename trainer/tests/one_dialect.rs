//! What trains is scored: any table, written in any format with its labels, trains; written without them, it
//! gets the labels that the job's evaluation saw.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::{
    collections::{BTreeMap, HashMap},
    fs,
};

use algorithm::{Data, Learner, Predictor, Rows, Scores, Settings, Target};
use learners::DecisionTree;
use proptest::prelude::*;
use prost::Message as _;
use proto::recordio::{Float32Tensor, Record, Value, value};
use records::{Payload, Schema};
use trainer::{
    data::{Channel, ChannelTable, ReadOptions},
    evaluate::{evaluate, served},
};

/// A row: its label, and its features, `None` if missing.
type Row = (u8, Vec<Option<f32>>);

/// A way to write rows, with labels or without.
struct Format {
    content_type: &'static str,
    file: &'static str,
    write: fn(&[Row], bool) -> Vec<u8>,
}

const LABELS: [&str; 3] = ["10", "-3", "7"];

const FORMATS: [Format; 8] = [
    Format {
        content_type: "text/csv",
        file: "a.csv",
        write: |rows, labelled| {
            lines(rows, |(label, values)| {
                // A blank line is no record, so that an empty field must not be alone.
                let missing = if values.len() == 1 { "\"\"" } else { "" };
                let fields = values
                    .iter()
                    .map(|value| value.map_or(missing.to_owned(), |v| v.to_string()));
                let label = labelled.then(|| LABELS[*label as usize].to_owned());
                label
                    .into_iter()
                    .chain(fields)
                    .collect::<Vec<_>>()
                    .join(",")
            })
        },
    },
    Format {
        content_type: "application/jsonlines",
        file: "a.jsonl",
        write: |rows, labelled| lines(rows, |row| json(row, labelled)),
    },
    Format {
        content_type: "application/json",
        file: "a.json",
        write: |rows, labelled| {
            let records: Vec<String> = rows.iter().map(|row| json(row, labelled)).collect();
            format!("{{\"instances\": [{}]}}", records.join(", ")).into_bytes()
        },
    },
    Format {
        content_type: "text/libsvm",
        file: "a.libsvm",
        write: |rows, labelled| lines(rows, |row| libsvm(row, labelled, false)),
    },
    Format {
        content_type: "text/x-libsvm",
        file: "sparse.svm",
        write: |rows, labelled| lines(rows, |row| libsvm(row, labelled, true)),
    },
    Format {
        content_type: "application/x-npy",
        file: "a.npy",
        write: npy,
    },
    Format {
        content_type: "application/x-recordio-protobuf",
        file: "a.recordio",
        write: |rows, labelled| recordio(rows, labelled, false),
    },
    Format {
        content_type: "application/x-recordio-protobuf",
        file: "sparse.recordio",
        write: |rows, labelled| recordio(rows, labelled, true),
    },
];

fn lines(rows: &[Row], line: impl Fn(&Row) -> String) -> Vec<u8> {
    rows.iter()
        .map(|row| line(row) + "\n")
        .collect::<String>()
        .into_bytes()
}

fn json((label, values): &Row, labelled: bool) -> String {
    let values: Vec<String> = values
        .iter()
        .map(|value| value.map_or("null".to_owned(), |v| v.to_string()))
        .collect();
    let label = if labelled {
        format!("\"label\": {}, ", LABELS[*label as usize])
    } else {
        String::new()
    };
    format!("{{{label}\"features\": [{}]}}", values.join(", "))
}

fn libsvm((label, values): &Row, labelled: bool, sparse: bool) -> String {
    let mut line = if labelled {
        LABELS[*label as usize].to_owned()
    } else {
        "0".to_owned()
    };
    for (index, value) in written(values, sparse) {
        line.push_str(&format!(" {index}:{value}"));
    }
    line
}

/// The values that a record has, by column. A sparse one has no zeros but the last value, which gives the
/// number of columns.
fn written(values: &[Option<f32>], sparse: bool) -> impl Iterator<Item = (usize, f32)> {
    let last = values.len() - 1;
    values
        .iter()
        .enumerate()
        .filter(move |(index, value)| !sparse || *index == last || **value != Some(0.0))
        .map(|(index, value)| (index, value.unwrap_or(f32::NAN)))
}

fn npy(rows: &[Row], labelled: bool) -> Vec<u8> {
    let columns = rows[0].1.len() + usize::from(labelled);
    let header = format!(
        "{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {columns}), }}",
        rows.len()
    );
    let header = format!("{header:<117}\n");
    let mut bytes = b"\x93NUMPY\x01\0\x76\0".to_vec();
    bytes.extend(header.bytes());
    for (label, values) in rows {
        if labelled {
            let label: f32 = LABELS[*label as usize].parse().unwrap();
            bytes.extend(label.to_le_bytes());
        }
        for value in values {
            bytes.extend(value.unwrap_or(f32::NAN).to_le_bytes());
        }
    }
    bytes
}

fn recordio(rows: &[Row], labelled: bool, sparse: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (label, values) in rows {
        let label = labelled.then(|| LABELS[*label as usize].parse().unwrap());
        let (keys, kept): (Vec<u64>, Vec<f32>) = written(values, sparse)
            .map(|(key, value)| (key as u64, value))
            .unzip();
        let keys = if sparse { keys } else { Vec::new() };
        let record = Record {
            features: tensor(kept, keys, values.len()),
            label: label.map_or_else(HashMap::new, |label| tensor(vec![label], Vec::new(), 1)),
            ..Record::default()
        };
        let record = record.encode_to_vec();
        bytes.extend(0xced7_230a_u32.to_le_bytes());
        bytes.extend((record.len() as u32).to_le_bytes());
        bytes.extend(&record);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes
}

/// The only entry of a record's map.
fn tensor(values: Vec<f32>, keys: Vec<u64>, columns: usize) -> HashMap<String, Value> {
    let tensor = Float32Tensor {
        values,
        keys,
        shape: vec![columns as u64],
    };
    let value = Value {
        value: Some(value::Value::Float32Tensor(tensor)),
    };
    HashMap::from([("values".to_owned(), value)])
}

/// The predicted class of each row, as the server decodes and scores them.
fn scored(predictor: &dyn Predictor, content_type: &str, body: &[u8]) -> Vec<u32> {
    let schema = Schema::new(predictor.signature());
    let payload = Payload::new(content_type, "", body).unwrap();
    let (mut classes, mut scores) = (Vec::new(), Scores::new());
    let decoded = payload.decode(&schema, &mut |rows: Rows<'_>| {
        predictor.predict(rows, &mut scores).unwrap();
        classes.extend_from_slice(scores.labels());
    });
    decoded.unwrap();
    classes
}

/// Rows by label and predicted class.
fn counted(labels: impl Iterator<Item = usize>, predicted: &[u32]) -> Vec<(u32, u32, u64)> {
    let mut pairs = BTreeMap::new();
    for (label, predicted) in labels.zip(predicted) {
        *pairs.entry((label as u32, *predicted)).or_insert(0) += 1;
    }
    pairs.into_iter().map(|((a, b), n)| (a, b, n)).collect()
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let value = prop_oneof![
        4 => (-3..4_i8).prop_map(|v| Some(f32::from(v))),
        2 => (-1e6_f32..1e6).prop_map(Some),
        1 => Just(None),
    ];
    (1..5_usize).prop_flat_map(move |n_features| {
        prop::collection::vec(
            (0..3_u8, prop::collection::vec(value.clone(), n_features)),
            4..40,
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_trains_is_scored(mut rows in rows(), max_depth in 1..6_u8) {
        // Two classes at least, and a value in the first row's last column, which header detection and the
        // number of sparse columns rest on.
        rows[0].0 = 0;
        rows[1].0 = 1;
        rows[0].1.iter_mut().for_each(|value| *value = value.or(Some(1.0)));
        let given = BTreeMap::from([("max_depth".to_owned(), max_depth.to_string())]);
        let settings = Settings::parse(&[DecisionTree.parameters()], &given).unwrap();
        for format in FORMATS {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(format.file), (format.write)(&rows, true)).unwrap();
            let channel = Channel {
                name: "training".to_owned(),
                path: folder.path().to_owned(),
                is_pipe: false,
                content_type: None,
                separators: "",
            };
            let options = ReadOptions { absent: DecisionTree.absent(&settings), ..ReadOptions::default() };
            let table = ChannelTable::training(&channel, &options).unwrap().table;
            let fitted = DecisionTree.fit(Data { train: &table, validation: None }, &settings, &()).unwrap();
            let predictor = served("decision_tree", fitted.format, &fitted.file, &table).unwrap();
            let seen = evaluate(&*predictor, &table).unwrap();
            let body = (format.write)(&rows, false);
            let predicted = scored(&*predictor, format.content_type, &body);
            prop_assert_eq!(predicted.len(), rows.len(), "{}", format.content_type);
            let Target::Classes { of_row, .. } = &table.target else { panic!("{:?}", table.target) };
            prop_assert_eq!(
                counted(of_row.iter().copied(), &predicted),
                seen.confusion,
                "{}", format.content_type
            );
        }
    }
}
