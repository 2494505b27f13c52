//! Answers as a numpy array (numpy.lib.format, version 1.0).
//!
//! One key gives an array with one row for each record; several keys give a structured array with a field
//! for each key. Text has a fixed width, so the array can't hold `path`.

use std::fmt::Write as _;

use algorithm::{Contributions, Labels, Output, PredictError, Signature};
use records::Format;

use super::{
    cells::{Cell, Cells, Number, Numbers},
    negotiation::NotAcceptable,
    selection::{Key, Selection},
    writer::Writer,
};
use crate::details::raw_scores_in_row;

/// Bytes before the dictionary: the magic string, the version and the dictionary's length.
const PREFIX: usize = 10;

/// Writes the elements after room for the header, which holds their number.
pub(super) struct NpyWriter<'a> {
    labels: Option<&'a Labels>,
    /// Characters of the longest label.
    width: usize,
    columns: Vec<Column>,
    header_length: usize,
}

/// A key's element type and the shape of a record's value.
struct Column {
    key: Key,
    dtype: String,
    /// Empty for a single value.
    shape: Vec<usize>,
}

impl<'a> NpyWriter<'a> {
    /// # Errors
    /// The selection holds `path`.
    pub(super) fn new(
        signature: &'a Signature,
        selection: &Selection,
    ) -> Result<Self, NotAcceptable> {
        let labels = signature.labels();
        let width = match labels {
            Some(Labels::Text(labels)) => labels.iter().map(|l| l.chars().count()).max(),
            _ => None,
        };
        // numpy has no text of width 0.
        let width = width.unwrap_or(1).max(1);
        let columns: Vec<Column> = selection
            .keys()
            .iter()
            .map(|key| Column::new(*key, signature, width))
            .collect::<Option<_>>()
            .ok_or_else(|| {
                NotAcceptable::new(
                    "application/x-npy",
                    &format!(
                        "{} for the output \"path\"",
                        Format::list(&[Format::Csv, Format::Json, Format::JsonLines])
                    ),
                )
            })?;
        let mut writer = Self {
            labels,
            width,
            columns,
            header_length: 0,
        };
        writer.header_length = writer.header(usize::MAX).len();
        Ok(writer)
    }

    fn value(&self, cell: Cell<'_>, bytes: &mut Vec<u8>) {
        match cell {
            Cell::Label(class) => self.label(class, bytes),
            Cell::Labels => {
                let Some(labels) = self.labels else {
                    unreachable!("a selection holds labels only if the model has them")
                };
                (0..labels.len()).for_each(|class| self.label(class, bytes));
            }
            Cell::Number(Number::Single(value)) => bytes.extend(value.to_le_bytes()),
            Cell::Number(Number::Double(value)) => bytes.extend(value.to_le_bytes()),
            Cell::Numbers(numbers) | Cell::Lists(numbers, _) => match numbers {
                Numbers::Single(values) => {
                    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
                }
                Numbers::Double(values) => {
                    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
                }
                Numbers::Rounded(values) => {
                    bytes.extend(
                        values
                            .iter()
                            .flat_map(|value| (*value as f32).to_le_bytes()),
                    );
                }
            },
            Cell::Leaves(leaves) => bytes.extend(leaves.iter().flat_map(|leaf| leaf.to_le_bytes())),
            Cell::Rules(_) => unreachable!("NpyWriter::new refuses a selection with rules"),
        }
    }

    /// Text is UTF-32, padded by zeros.
    fn label(&self, class: usize, bytes: &mut Vec<u8>) {
        match self.labels {
            Some(Labels::Text(labels)) => {
                let end = bytes.len() + 4 * self.width;
                let characters = labels[class].chars();
                bytes.extend(characters.flat_map(|c| u32::from(c).to_le_bytes()));
                bytes.resize(end, 0);
            }
            Some(Labels::Integers(labels)) => bytes.extend(labels[class].to_le_bytes()),
            None => unreachable!("a selection holds labels only if the model has them"),
        }
    }

    /// The magic string, the version and the dictionary of an array of `n_rows`, padded to
    /// `header_length`, or to a multiple of 64 bytes if that is more.
    fn header(&self, n_rows: usize) -> Vec<u8> {
        let dtype = match self.columns.as_slice() {
            [column] => format!("'{}'", column.dtype),
            columns => format!("[{}]", fields(columns)),
        };
        let mut dictionary =
            format!("{{'descr': {dtype}, 'fortran_order': False, 'shape': ({n_rows},");
        if let [column] = self.columns.as_slice() {
            // Writing to a string can't fail.
            let _ = write!(dictionary, " {}", dimensions(&column.shape));
            dictionary.truncate(dictionary.trim_end().len());
        }
        dictionary.push_str("), }");

        let least = (PREFIX + dictionary.len() + 1).next_multiple_of(64);
        let total = least.max(self.header_length);
        dictionary.push_str(&" ".repeat(total - PREFIX - 1 - dictionary.len()));
        dictionary.push('\n');
        let Ok(length) = u16::try_from(dictionary.len()) else {
            unreachable!("a selection has each key once, and each takes some 60 bytes");
        };
        let mut header = b"\x93NUMPY\x01\x00".to_vec();
        header.extend(length.to_le_bytes());
        header.extend(dictionary.as_bytes());
        header
    }
}

impl Writer for NpyWriter<'_> {
    fn content_type(&self) -> &'static str {
        "application/x-npy"
    }

    /// Makes room for the header, whatever the number of rows.
    fn begin(&mut self, answer: &mut Vec<u8>) {
        answer.resize(self.header_length, b' ');
    }

    fn records(
        &mut self,
        keys: &[Key],
        cells: &Cells<'_>,
        answer: &mut Vec<u8>,
    ) -> Result<(), PredictError> {
        for row in 0..cells.n_rows() {
            for key in keys {
                self.value(cells.get(*key, row)?, answer);
            }
        }
        Ok(())
    }

    fn end(&mut self, n_rows: usize, answer: &mut Vec<u8>) {
        answer[..self.header_length].copy_from_slice(&self.header(n_rows));
    }
}

fn fields(columns: &[Column]) -> String {
    let field = |column: &Column| {
        let name = column.key.name();
        match column.shape.as_slice() {
            [] => format!("('{name}', '{}')", column.dtype),
            [length] => format!("('{name}', '{}', ({length},))", column.dtype),
            shape => format!("('{name}', '{}', ({}))", column.dtype, dimensions(shape)),
        }
    };
    let fields: Vec<String> = columns.iter().map(field).collect();
    fields.join(", ")
}

fn dimensions(shape: &[usize]) -> String {
    let lengths: Vec<String> = shape.iter().map(usize::to_string).collect();
    lengths.join(", ")
}

impl Column {
    /// `None` for a key that an array can't hold.
    fn new(key: Key, signature: &Signature, width: usize) -> Option<Self> {
        let float = || if signature.is_double { "<f8" } else { "<f4" }.to_owned();
        let label = || match &signature.output {
            Output::Classes(Labels::Text(_)) => format!("<U{width}"),
            Output::Classes(Labels::Integers(_)) => "<i8".to_owned(),
            Output::Targets(_) => unreachable!("only a classifier's keys are labels"),
        };
        let all = signature.width();
        let n_raw = match raw_scores_in_row(signature) {
            0 => all,
            announced => announced,
        };
        let n_explained = signature.features.len() + 1;
        let (dtype, shape) = match key {
            Key::PredictedLabel => (label(), vec![]),
            Key::Labels => (label(), vec![all]),
            Key::Probability | Key::RawScore => (float(), vec![]),
            Key::Probabilities | Key::Distances => (float(), vec![all]),
            Key::RawScores => (float(), vec![n_raw]),
            Key::PredictedScore if all == 1 => (float(), vec![]),
            Key::PredictedScore => (float(), vec![all]),
            Key::Path => return None,
            Key::Leaf => ("<u4".to_owned(), vec![signature.leaves]),
            Key::Contributions => match signature.contributions {
                Contributions::Given { outputs: 1 } => (float(), vec![n_explained]),
                Contributions::Given { outputs } => (float(), vec![outputs, n_explained]),
                Contributions::Missing(_) => {
                    unreachable!("a selection holds contributions only if the model gives them")
                }
            },
        };
        Some(Self { key, dtype, shape })
    }
}

#[cfg(test)]
mod tests {
    use algorithm::Labels;
    use records::Format;

    use crate::{
        answer::testing::{encode, try_encode},
        testing::{Toy, classifier, explained, labels, regressor},
    };

    /// The header's text and the data.
    fn npy(model: &Toy, keys: &str, rows: &[f32]) -> (String, Vec<u8>) {
        let body = encode(Format::Npy, model, keys, rows).body;
        assert_eq!(&body[..8], b"\x93NUMPY\x01\x00");
        let length = usize::from(u16::from_le_bytes([body[8], body[9]]));
        assert_eq!((10 + length) % 64, 0);
        let header = std::str::from_utf8(&body[10..10 + length]).unwrap();
        assert!(header.ends_with('\n'));
        (header.trim_end().to_owned(), body[10 + length..].to_vec())
    }

    #[test]
    fn one_key_is_an_array() {
        let (header, data) = npy(&regressor(2), "predicted_score", &[0.0, 1.0]);
        assert_eq!(
            header,
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }"
        );
        let values: Vec<f32> = data
            .as_chunks()
            .0
            .iter()
            .map(|b| f32::from_le_bytes(*b))
            .collect();
        assert_eq!(values, [1.5, 0.0, -2.0, 0.1]);
        let (header, data) = npy(&classifier(labels()), "predicted_label", &[0.0, 0.0]);
        assert_eq!(
            header,
            "{'descr': '<U3', 'fortran_order': False, 'shape': (1,), }"
        );
        assert_eq!(data, b"a\0\0\0,\0\0\0b\0\0\0");
    }

    #[test]
    fn several_keys_are_fields() {
        let model = classifier(Labels::Integers(vec![-3, 5, 8]));
        let (header, data) = npy(&model, "predicted_label,probabilities", &[0.0, 0.0]);
        assert_eq!(
            header,
            "{'descr': [('predicted_label', '<i8'), ('probabilities', '<f4', (3,))], \
             'fortran_order': False, 'shape': (1,), }"
        );
        assert_eq!(data.len(), 8 + 3 * 4);
        assert_eq!(data[..8], (-3_i64).to_le_bytes());
    }

    #[test]
    fn details_have_a_shape() {
        let singles = |data: &[u8]| -> Vec<f32> {
            let numbers = data.as_chunks().0.iter();
            numbers.map(|bytes| f32::from_le_bytes(*bytes)).collect()
        };
        let (header, data) = npy(&explained(2), "contributions", &[1.0, 9.0]);
        assert_eq!(
            header,
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3), }"
        );
        assert_eq!(singles(&data), [0.1, 0.9, 0.5, 0.2, 1.8, 0.5]);
        let (header, data) = npy(&explained(2), "leaf,contributions", &[1.0, 9.0]);
        assert_eq!(
            header,
            "{'descr': [('leaf', '<u4', (3,)), ('contributions', '<f4', (2, 3))], \
             'fortran_order': False, 'shape': (1,), }"
        );
        assert_eq!(data[..12], [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]);
        let (header, _) = npy(&explained(1), "raw_scores", &[1.0, 9.0]);
        assert_eq!(
            header,
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }"
        );
    }

    #[test]
    fn rules_do_not_fit() {
        let error = try_encode(Format::Npy, &classifier(labels()), "path", &[0.0, 0.0]);
        assert_eq!(
            error.unwrap_err().to_string(),
            "Accept \"application/x-npy\": expected text/csv, application/json, \
             application/jsonlines for the output \"path\""
        );
    }
}
