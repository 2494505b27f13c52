//! Answers as a numpy array (numpy.lib.format, version 1.0).
//!
//! One key gives an array of one row a record; several keys give a structured array with a field a key.
//! Text is of a fixed width, so `path` has no place here.

use std::fmt::Write as _;

use algorithm::{Labels, Output, Predictor};

use super::{
    Encoded, Key, NotAcceptable, Part, Selection,
    cells::{Cell, Cells, Number, Numbers, labels},
};
use records::Format;

/// Writes the elements behind room for the header, which tells their number.
pub(super) struct Writer<'a> {
    labels: Option<&'a Labels>,
    /// Characters of the longest label.
    width: usize,
    columns: Vec<Column>,
    header_length: usize,
    n_rows: usize,
    bytes: Vec<u8>,
}

/// A key's element type and the shape of a record's value.
struct Column {
    key: Key,
    dtype: String,
    /// `None` for one value.
    length: Option<usize>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        model: &'a dyn Predictor,
        selection: &Selection,
    ) -> Result<Self, NotAcceptable> {
        let labels = labels(model);
        let width = match labels {
            Some(Labels::Text(labels)) => labels.iter().map(|l| l.chars().count()).max(),
            _ => None,
        };
        // numpy has no text of width 0.
        let width = width.unwrap_or(1).max(1);
        let columns: Vec<Column> = selection
            .keys()
            .iter()
            .map(|key| Column::new(*key, model, width))
            .collect::<Option<_>>()
            .ok_or_else(|| {
                NotAcceptable::new(
                    "application/x-npy",
                    format!(
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
            n_rows: usize::MAX,
            bytes: Vec::new(),
        };
        writer.header_length = writer.header().len();
        writer.n_rows = 0;
        writer.bytes.resize(writer.header_length, b' ');
        Ok(writer)
    }

    pub(super) fn push(&mut self, keys: &[Key], cells: &Cells<'_>) {
        for row in 0..cells.n_rows() {
            for key in keys {
                self.value(cells.get(*key, row));
            }
        }
        self.n_rows += cells.n_rows();
    }

    fn value(&mut self, cell: Cell<'_>) {
        match cell {
            Cell::Label(label) => self.label(label),
            Cell::Labels => (0..self.labels.map_or(0, Labels::len)).for_each(|i| self.label(i)),
            Cell::Number(Number::Single(value)) => self.bytes.extend(value.to_le_bytes()),
            Cell::Number(Number::Double(value)) => self.bytes.extend(value.to_le_bytes()),
            Cell::Numbers(Numbers::Single(values)) => {
                self.bytes
                    .extend(values.iter().flat_map(|value| value.to_le_bytes()));
            }
            Cell::Numbers(Numbers::Double(values)) => {
                self.bytes
                    .extend(values.iter().flat_map(|value| value.to_le_bytes()));
            }
            // No writer is made for these.
            Cell::Rules(_) => {}
        }
    }

    /// Text is UTF-32, padded by zeros.
    fn label(&mut self, label: usize) {
        match self.labels {
            Some(Labels::Text(labels)) => {
                let text = labels.get(label).map_or("", String::as_str);
                let end = self.bytes.len() + 4 * self.width;
                let characters = text.chars().flat_map(|c| u32::from(c).to_le_bytes());
                self.bytes.extend(characters);
                self.bytes.resize(end, 0);
            }
            Some(Labels::Integers(labels)) => {
                let label = labels.get(label).copied().unwrap_or_default();
                self.bytes.extend(label.to_le_bytes());
            }
            None => {}
        }
    }

    pub(super) fn into_part(self) -> Part {
        Part {
            bytes: self.bytes,
            start: self.header_length,
            n_rows: self.n_rows,
        }
    }

    pub(super) fn append(&mut self, part: &Part) {
        self.bytes.extend_from_slice(part.records());
        self.n_rows += part.n_rows;
    }

    pub(super) fn length(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn finish(mut self) -> Encoded {
        let header = self.header();
        if let Some(room) = self.bytes.get_mut(..header.len()) {
            room.copy_from_slice(&header);
        }
        Encoded {
            content_type: "application/x-npy",
            body: self.bytes,
        }
    }

    /// The magic string, the version and the dictionary, padded to the length that the first call gave.
    fn header(&self) -> Vec<u8> {
        let mut dictionary = String::from("{'descr': ");
        // A string takes whatever is written.
        let _ = match self.columns.as_slice() {
            [column] => write!(dictionary, "'{}'", column.dtype),
            columns => write!(dictionary, "[{}]", fields(columns)),
        };
        let _ = write!(
            dictionary,
            ", 'fortran_order': False, 'shape': ({},",
            self.n_rows
        );
        if let [
            Column {
                length: Some(length),
                ..
            },
        ] = self.columns.as_slice()
        {
            let _ = write!(dictionary, " {length}");
        }
        dictionary.push_str("), }");

        // The first call tells the length, for any number of rows; the data begin at a multiple of 64.
        let least = (10 + dictionary.len() + 1).next_multiple_of(64);
        let total = least.max(self.header_length);
        dictionary.push_str(&" ".repeat(total - 11 - dictionary.len()));
        dictionary.push('\n');
        let length = u16::try_from(dictionary.len()).unwrap_or(u16::MAX);
        let mut header = b"\x93NUMPY\x01\x00".to_vec();
        header.extend(length.to_le_bytes());
        header.extend(dictionary.as_bytes());
        header
    }
}

fn fields(columns: &[Column]) -> String {
    let field = |column: &Column| {
        let name = column.key.name();
        match column.length {
            Some(length) => format!("('{name}', '{}', ({length},))", column.dtype),
            None => format!("('{name}', '{}')", column.dtype),
        }
    };
    let fields: Vec<String> = columns.iter().map(field).collect();
    fields.join(", ")
}

impl Column {
    fn new(key: Key, model: &dyn Predictor, width: usize) -> Option<Self> {
        let float = if model.signature().is_double {
            "<f8"
        } else {
            "<f4"
        };
        let (label, n_values) = match &model.signature().output {
            Output::Classes(labels @ Labels::Text(_)) => (format!("<U{width}"), labels.len()),
            Output::Classes(labels @ Labels::Integers(_)) => ("<i8".to_owned(), labels.len()),
            Output::Targets(n) => (String::new(), *n),
        };
        let (dtype, length) = match key {
            Key::PredictedLabel => (label, None),
            Key::Labels => (label, Some(n_values)),
            Key::Probability | Key::RawScore => (float.to_owned(), None),
            Key::Probabilities | Key::RawScores => (float.to_owned(), Some(n_values)),
            Key::PredictedScore => (float.to_owned(), Some(n_values).filter(|n| *n != 1)),
            Key::Path => return None,
        };
        Some(Self { key, dtype, length })
    }
}

#[cfg(test)]
mod tests {
    use algorithm::Labels;

    use records::Format;

    use crate::answer::testing::{classifier, encode, labels, regressor, try_encode};

    /// The header's text and the data.
    fn npy(model: &trees::Model, keys: &str, rows: &[f32]) -> (String, Vec<u8>) {
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
    fn rules_do_not_fit() {
        let error = try_encode(Format::Npy, &classifier(labels()), "path", &[0.0, 0.0]);
        assert_eq!(
            error.unwrap_err().to_string(),
            "Accept \"application/x-npy\": expected text/csv, application/json, \
             application/jsonlines for the output \"path\""
        );
    }
}
