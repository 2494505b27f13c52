//! Answers as recordio-protobuf: a record for each row, its values in the map `label`, by key.

use algorithm::PredictError;
use prost::encoding::{self, WireType};
use proto::recordio::field::{float32_tensor, record, value};
use records::frame;

use super::{
    Dialect,
    objective::{Value, number},
};
use crate::answer::{self, Cells, Writer};

/// The key of a prediction if no keys are selected.
const SCORE: &str = "score";

pub(super) struct RecordWriter<'a> {
    dialect: &'a Dialect,
    /// Reused from record to record.
    record: Vec<u8>,
    entry: Vec<u8>,
    floats: Vec<f32>,
}

impl<'a> RecordWriter<'a> {
    pub(super) fn new(dialect: &'a Dialect) -> Self {
        Self {
            dialect,
            record: Vec::new(),
            entry: Vec::new(),
            floats: Vec::new(),
        }
    }

    /// Adds an entry of the map to the record.
    fn label(&mut self, key: &str, value: Value<'_>) {
        self.floats.clear();
        match value {
            Value::Missing => self.floats.push(f32::NAN),
            Value::Class(class) => self.floats.push(class as f32),
            Value::Number(number) => self.floats.push(number as f32),
            Value::Pair(pair) => self.floats.extend(pair.map(|number| number as f32)),
            Value::Numbers(numbers) => {
                let numbers = (0..numbers.len()).map(|i| number(numbers, i) as f32);
                self.floats.extend(numbers);
            }
            Value::Labels(count) => self.floats.extend((0..count).map(|label| label as f32)),
        }
        let values = encoding::float::encoded_len_packed(float32_tensor::VALUES, &self.floats);
        let tensor = encoding::key_len(value::FLOAT32_TENSOR) + length_of(values) + values;
        let entry = &mut self.entry;
        entry.clear();
        encoding::string::encode(record::label_entry::KEY, &key.to_owned(), entry);
        begin(record::label_entry::VALUE, tensor, entry);
        begin(value::FLOAT32_TENSOR, values, entry);
        encoding::float::encode_packed(float32_tensor::VALUES, &self.floats, entry);
        begin(record::LABEL, entry.len(), &mut self.record);
        self.record.extend_from_slice(entry);
    }
}

/// The bytes before a message of this length.
fn begin(field: u32, length: usize, bytes: &mut Vec<u8>) {
    encoding::encode_key(field, WireType::LengthDelimited, bytes);
    encoding::encode_varint(length as u64, bytes);
}

fn length_of(length: usize) -> usize {
    encoding::encoded_len_varint(length as u64)
}

impl Writer for RecordWriter<'_> {
    fn content_type(&self) -> &'static str {
        "application/x-recordio-protobuf"
    }

    fn records(
        &mut self,
        _: &[answer::Key],
        cells: &Cells<'_>,
        answer: &mut Vec<u8>,
    ) -> Result<(), PredictError> {
        let Dialect {
            objective,
            n_labels,
            ref keys,
            ..
        } = *self.dialect;
        for row in 0..cells.n_rows() {
            self.record.clear();
            match keys {
                None => self.label(SCORE, objective.prediction(cells, row)?),
                Some(keys) => {
                    for (key, name) in keys.ordered() {
                        self.label(name, objective.value(key, n_labels, cells, row)?);
                    }
                }
            }
            frame(&self.record, answer);
        }
        Ok(())
    }
}
