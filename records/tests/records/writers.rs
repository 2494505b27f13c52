//! A table in each format.

use std::fmt::Write as _;

use algorithm::Absent;
use proptest::prelude::*;
use prost::Message as _;
use proto::recordio::{Float32Tensor, Float64Tensor, Int32Tensor, Record, Value, value};

/// Rows, with their labels and weights.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) rows: Vec<Vec<f32>>,
    pub(crate) labels: Vec<Label>,
    pub(crate) weights: Option<Vec<f32>>,
}

#[derive(Clone, Debug)]
pub(crate) enum Label {
    Text(String),
    Integer(i32),
}

impl Label {
    pub(crate) fn text(&self) -> String {
        match self {
            Label::Text(text) => text.clone(),
            Label::Integer(number) => number.to_string(),
        }
    }

    fn number(&self) -> i32 {
        match self {
            Label::Text(_) => panic!("the format has numbers only"),
            Label::Integer(number) => *number,
        }
    }

    fn json(&self) -> String {
        match self {
            Label::Text(text) => serde_json::to_string(text).unwrap(),
            Label::Integer(number) => number.to_string(),
        }
    }

    fn csv(&self) -> String {
        match self {
            Label::Text(text) => format!("\"{}\"", text.replace('"', "\"\"")),
            Label::Integer(number) => format!(" {number}\t"),
        }
    }
}

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Form {
    Csv,
    /// Quotes, blanks, blank lines, a header, CRLF.
    FancyCsv,
    Arrays,
    Instances,
    ArrayLines,
    FeatureLines,
    NamedLines,
    SparseLines,
    Libsvm,
    /// Counted from 1.
    LibsvmFrom1,
    Npy,
    FortranNpy,
    RecordIo,
    SparseRecordIo,
    NamedRecordIo,
}

pub(crate) const FORMS: [Form; 15] = [
    Form::Csv,
    Form::FancyCsv,
    Form::Arrays,
    Form::Instances,
    Form::ArrayLines,
    Form::FeatureLines,
    Form::NamedLines,
    Form::SparseLines,
    Form::Libsvm,
    Form::LibsvmFrom1,
    Form::Npy,
    Form::FortranNpy,
    Form::RecordIo,
    Form::SparseRecordIo,
    Form::NamedRecordIo,
];

impl Form {
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Form::Csv | Form::FancyCsv => "text/csv",
            Form::Arrays | Form::Instances => "application/json",
            Form::ArrayLines | Form::FeatureLines | Form::NamedLines | Form::SparseLines => {
                "application/jsonlines"
            }
            Form::Libsvm => "text/libsvm",
            Form::LibsvmFrom1 => "text/libsvm; indexing_mode=1",
            Form::Npy | Form::FortranNpy => "application/x-npy",
            Form::RecordIo | Form::SparseRecordIo | Form::NamedRecordIo => {
                "application/x-recordio-protobuf"
            }
        }
    }

    /// Whether labels can only be numbers.
    pub(crate) fn is_numeric(self) -> bool {
        matches!(
            self,
            Form::Libsvm
                | Form::LibsvmFrom1
                | Form::Npy
                | Form::FortranNpy
                | Form::RecordIo
                | Form::SparseRecordIo
                | Form::NamedRecordIo
        )
    }

    pub(crate) fn is_sparse(self) -> bool {
        matches!(
            self,
            Form::SparseLines | Form::Libsvm | Form::LibsvmFrom1 | Form::SparseRecordIo
        )
    }

    pub(crate) fn is_named(self) -> bool {
        matches!(
            self,
            Form::FancyCsv | Form::NamedLines | Form::NamedRecordIo
        )
    }
}

/// A name that no header takes for a number.
pub(crate) fn name(feature: usize) -> String {
    format!("f, \"{feature}\"")
}

impl Table {
    pub(crate) fn n_features(&self) -> usize {
        self.rows[0].len()
    }

    fn weight(&self, row: usize) -> Option<f32> {
        self.weights.as_ref().map(|weights| weights[row])
    }

    /// The table as a file; without labels and weights if it is to be served.
    pub(crate) fn write(&self, form: Form, absent: Absent, is_labelled: bool) -> Vec<u8> {
        let rows = 0..self.rows.len();
        match form {
            Form::Csv => rows
                .map(|row| self.csv(row, is_labelled))
                .collect::<String>(),
            Form::FancyCsv => {
                let lines = rows.map(|row| self.fancy_csv(row, is_labelled));
                self.header(is_labelled) + &lines.collect::<String>()
            }
            Form::Arrays => {
                let records = rows.map(|row| self.array(row, is_labelled));
                format!("[{}]", records.collect::<Vec<_>>().join(",\n"))
            }
            Form::Instances => {
                let records = rows.map(|row| self.object(row, is_labelled));
                format!(
                    "{{\"instances\": [{}]}}",
                    records.collect::<Vec<_>>().join(", ")
                )
            }
            Form::ArrayLines => {
                let lines = rows.map(|row| self.array(row, is_labelled) + "\n");
                lines.collect()
            }
            Form::FeatureLines => {
                let lines = rows.map(|row| self.object(row, is_labelled) + "\r\n");
                lines.collect()
            }
            Form::NamedLines => {
                let lines = rows.map(|row| self.named_object(row, is_labelled) + "\r");
                lines.collect()
            }
            Form::SparseLines => {
                let lines = rows.map(|row| self.sparse_object(row, absent, is_labelled));
                lines.collect()
            }
            Form::Libsvm => self.libsvm(absent, 0, is_labelled),
            Form::LibsvmFrom1 => self.libsvm(absent, 1, is_labelled),
            Form::Npy => return self.npy(false, is_labelled),
            Form::FortranNpy => return self.npy(true, is_labelled),
            Form::RecordIo | Form::SparseRecordIo | Form::NamedRecordIo => {
                let records = rows.flat_map(|row| self.record(row, form, absent, is_labelled));
                return records.collect();
            }
        }
        .into_bytes()
    }

    fn csv(&self, row: usize, is_labelled: bool) -> String {
        let mut fields = Vec::new();
        if is_labelled {
            fields.push(self.labels[row].csv());
            fields.extend(self.weight(row).map(|weight| weight.to_string()));
        }
        let is_alone = !is_labelled && self.n_features() == 1;
        fields.extend(self.rows[row].iter().map(|value| match value {
            // A line of nothing is no record.
            value if value.is_nan() && is_alone => "nan".to_owned(),
            value if value.is_nan() => String::new(),
            value => value.to_string(),
        }));
        fields.join(",") + "\n"
    }

    fn fancy_csv(&self, row: usize, is_labelled: bool) -> String {
        let mut fields = Vec::new();
        if is_labelled {
            fields.push(self.labels[row].csv());
            fields.extend(self.weight(row).map(|weight| format!("\"{weight:e}\"")));
        }
        let words = ["NA", "\"null\"", "NaN", "-nan", "\"\""];
        let values = self.rows[row].iter().enumerate();
        fields.extend(values.map(|(column, value)| match (row + column) % 3 {
            _ if value.is_nan() => words[(row + column) % words.len()].to_owned(),
            0 => format!("\" {value:e}\""),
            1 => format!("\t{value} "),
            _ => format!("{value:?}"),
        }));
        fields.join(" ,") + ["\r\n", "\r", "\n\n", "\n \t\r\n"][row % 4]
    }

    fn header(&self, is_labelled: bool) -> String {
        let mut names = Vec::new();
        if is_labelled {
            names.push("7".to_owned());
            names.extend(self.weights.as_ref().map(|_| "weight".to_owned()));
        }
        names.extend(
            (0..self.n_features())
                .map(|feature| format!("\"{}\"", name(feature).replace('"', "\"\""))),
        );
        format!("\u{feff}\n{}\r\n", names.join(","))
    }

    fn array(&self, row: usize, is_labelled: bool) -> String {
        let mut values = Vec::new();
        if is_labelled {
            values.push(self.labels[row].json());
            values.extend(self.weight(row).map(|weight| weight.to_string()));
        }
        values.extend(self.rows[row].iter().map(|value| json(*value)));
        format!("[{}]", values.join(", "))
    }

    /// The members of an object beside the features.
    fn lead(&self, row: usize, is_labelled: bool) -> String {
        let mut lead = String::new();
        if is_labelled {
            let label = self.labels[row].json();
            write!(lead, ", \"label\": {label}").unwrap();
            if let Some(weight) = self.weight(row) {
                write!(lead, ", \"weight\": {weight:?}").unwrap();
            }
        }
        lead
    }

    fn object(&self, row: usize, is_labelled: bool) -> String {
        let values: Vec<String> = self.rows[row].iter().map(|value| json(*value)).collect();
        let (values, lead) = (values.join(","), self.lead(row, is_labelled));
        if row.is_multiple_of(2) {
            format!("{{\"features\": [{values}]{lead}}}")
        } else {
            format!("{{\"data\": {{\"features\": {{\"values\": [{values}]}}}}{lead}}}")
        }
    }

    fn named_object(&self, row: usize, is_labelled: bool) -> String {
        let values = self.rows[row].iter().enumerate();
        let mut members: Vec<String> = values
            .map(|(feature, value)| {
                let name = serde_json::to_string(&name(feature)).unwrap();
                format!("{name}: {}", json(*value))
            })
            .collect();
        if row % 2 == 1 {
            members.reverse();
        }
        format!("{{{}{}}}", members.join(", "), self.lead(row, is_labelled))
    }

    fn sparse_object(&self, row: usize, absent: Absent, is_labelled: bool) -> String {
        let (keys, values): (Vec<String>, Vec<String>) = self
            .entries(row, absent, false)
            .map(|(column, value)| (column.to_string(), json(value)))
            .unzip();
        format!(
            "{{\"features\": {{\"values\": [{}], \"shape\": [{}], \"keys\": [{}]}}{}}}\n",
            values.join(","),
            self.n_features(),
            keys.join(","),
            self.lead(row, is_labelled)
        )
    }

    /// The values of a row that are not absent; the last column of the first row if there is no shape.
    fn entries(
        &self,
        row: usize,
        absent: Absent,
        is_last_there: bool,
    ) -> impl Iterator<Item = (usize, f32)> {
        let last = self.n_features() - 1;
        let values = self.rows[row].clone().into_iter().enumerate();
        values.filter(move |(column, value)| {
            let is_absent = match absent {
                Absent::Zero => value.to_bits() == 0,
                Absent::Missing => value.is_nan(),
            };
            !is_absent || (is_last_there && row == 0 && *column == last)
        })
    }

    fn libsvm(&self, absent: Absent, first_index: usize, is_labelled: bool) -> String {
        let mut text = String::new();
        for row in 0..self.rows.len() {
            if is_labelled {
                let number = self.labels[row].number();
                write!(text, "{number}.0").unwrap();
                if let Some(weight) = self.weight(row) {
                    write!(text, ":{weight}").unwrap();
                }
            } else {
                text.push('0');
            }
            if row.is_multiple_of(2) {
                text.push_str(" qid:7");
            }
            for (column, value) in self.entries(row, absent, true) {
                write!(text, " {}:{value}", column + first_index).unwrap();
            }
            text.push_str(if row.is_multiple_of(3) {
                " # x\n"
            } else {
                "\r\n"
            });
        }
        text
    }

    fn npy(&self, fortran_order: bool, is_labelled: bool) -> Vec<u8> {
        let rows = (0..self.rows.len()).map(|row| {
            let mut values = Vec::new();
            if is_labelled {
                values.push(f64::from(self.labels[row].number()));
                values.extend(self.weight(row).map(f64::from));
            }
            values.extend(self.rows[row].iter().map(|value| f64::from(*value)));
            values
        });
        let rows: Vec<Vec<f64>> = rows.collect();
        let (n_rows, n_columns) = (rows.len(), rows[0].len());
        let values: Vec<f64> = if fortran_order {
            let columns = (0..n_columns).flat_map(|column| rows.iter().map(move |row| row[column]));
            columns.collect()
        } else {
            rows.concat()
        };
        let order = if fortran_order { "True" } else { "False" };
        let dictionary = format!(
            "{{'descr': '<f8', 'fortran_order': {order}, 'shape': ({n_rows}, {n_columns}), }}\n"
        );
        let mut file = b"\x93NUMPY\x01\0".to_vec();
        file.extend((dictionary.len() as u16).to_le_bytes());
        file.extend(dictionary.bytes());
        file.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        file
    }

    fn record(&self, row: usize, form: Form, absent: Absent, is_labelled: bool) -> Vec<u8> {
        let f32s = |values: Vec<f32>, keys: Vec<u64>, shape: Vec<u64>| Value {
            value: Some(value::Value::Float32Tensor(Float32Tensor {
                values,
                keys,
                shape,
            })),
        };
        let values = &self.rows[row];
        let features = match form {
            Form::NamedRecordIo => {
                let values = values.iter().enumerate();
                let one = |(feature, value): (usize, &f32)| {
                    (name(feature), f32s(vec![*value], vec![], vec![]))
                };
                values.map(one).collect()
            }
            Form::SparseRecordIo => {
                let (keys, values) = self
                    .entries(row, absent, false)
                    .map(|(column, value)| (column as u64, value))
                    .unzip();
                let tensor = f32s(values, keys, vec![self.n_features() as u64]);
                [("values".to_owned(), tensor)].into()
            }
            _ => {
                let tensor = f32s(values.clone(), vec![], vec![]);
                [("values".to_owned(), tensor)].into()
            }
        };
        let mut record = Record {
            features,
            ..Record::default()
        };
        if is_labelled {
            let number = self.labels[row].number();
            let label = match row % 3 {
                0 => value::Value::Int32Tensor(Int32Tensor {
                    values: vec![number],
                    ..Int32Tensor::default()
                }),
                _ => value::Value::Float64Tensor(Float64Tensor {
                    values: vec![number.into()],
                    ..Float64Tensor::default()
                }),
            };
            let label = Value { value: Some(label) };
            let weight = self.weight(row);
            let name = if weight.is_none() && row.is_multiple_of(2) {
                "species"
            } else {
                "values"
            };
            record.label.insert(name.to_owned(), label);
            let weight = weight.map(|weight| f32s(vec![weight], vec![], vec![]));
            record
                .label
                .extend(weight.map(|weight| ("weights".to_owned(), weight)));
        }
        framed(&record.encode_to_vec())
    }
}

/// A record in MXNet's framing.
pub(crate) fn framed(record: &[u8]) -> Vec<u8> {
    let mut frame = 0xced7_230a_u32.to_le_bytes().to_vec();
    frame.extend((record.len() as u32).to_le_bytes());
    frame.extend(record);
    frame.resize(frame.len().next_multiple_of(4), 0);
    frame
}

fn json(value: f32) -> String {
    if value.is_nan() {
        "null".to_owned()
    } else {
        format!("{value:?}")
    }
}

/// Any table; its labels are integers, or text too.
pub(crate) fn table(has_text: bool) -> impl Strategy<Value = Table> {
    use prop::num::f32::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    let value = prop_oneof![
        4 => POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO,
        2 => (-9_i8..9).prop_map(f32::from),
        1 => Just(f32::NAN),
        2 => Just(0.0),
    ];
    let weight = prop_oneof![1 => Just(0.0), 5 => 1e-3_f32..1e3];
    let text = "[ -~äß€]{0,3}[!-~äß€][ -~äß€]{0,3}";
    let label = if has_text {
        prop_oneof![
            text.prop_map(Label::Text),
            any::<i32>().prop_map(Label::Integer)
        ]
        .boxed()
    } else {
        any::<i32>().prop_map(Label::Integer).boxed()
    };
    (1_usize..5, 1_usize..9, any::<bool>()).prop_flat_map(move |(n_features, n_rows, weighted)| {
        let row = prop::collection::vec(value.clone(), n_features);
        let weights = prop::collection::vec(weight.clone(), n_rows).prop_map(|mut weights| {
            // At least one row counts.
            weights[0] = 1.5;
            weights
        });
        let rows = prop::collection::vec(row, n_rows);
        let labels = prop::collection::vec(label.clone(), n_rows);
        (rows, labels, weights).prop_map(move |(rows, labels, weights)| Table {
            rows,
            labels,
            weights: weighted.then_some(weights),
        })
    })
}
