//! Answers as JSON: an object a record, in an array or a line each.

use super::{
    Encoded, Key, Part, Vocabulary,
    cells::{Cell, Cells},
    text::{self, NotFinite},
};

/// What comes before the records of a document.
const BEGINNING: &[u8] = b"{\"predictions\":[";

/// Writes `{"predictions":[{KEY:VALUE,...},...]}`, or an object a line.
pub(super) struct Writer<'a> {
    vocabulary: &'a Vocabulary,
    is_lines: bool,
    text: Vec<u8>,
}

impl<'a> Writer<'a> {
    pub(super) fn document(vocabulary: &'a Vocabulary) -> Self {
        Self {
            vocabulary,
            is_lines: false,
            text: BEGINNING.to_vec(),
        }
    }

    pub(super) fn lines(vocabulary: &'a Vocabulary) -> Self {
        Self {
            vocabulary,
            is_lines: true,
            text: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, keys: &[Key], cells: &Cells<'_>) {
        for row in 0..cells.n_rows() {
            self.separate();
            for (position, key) in keys.iter().enumerate() {
                self.text.push(if position == 0 { b'{' } else { b',' });
                self.text.push(b'"');
                self.text.extend_from_slice(key.name().as_bytes());
                self.text.extend_from_slice(b"\":");
                self.value(cells.get(*key, row));
            }
            self.text.push(b'}');
            if self.is_lines {
                self.text.push(b'\n');
            }
        }
    }

    /// To be called before a record.
    fn separate(&mut self) {
        if !self.is_lines && self.text.last() == Some(&b'}') {
            self.text.push(b',');
        }
    }

    fn value(&mut self, cell: Cell<'_>) {
        let text = &mut self.text;
        match cell {
            Cell::Label(label) => {
                let label = self.vocabulary.json.get(label);
                text.extend_from_slice(label.map_or(b"null", Vec::as_slice));
            }
            Cell::Labels => text.extend_from_slice(&self.vocabulary.json_list),
            Cell::Number(number) => text::number(number, NotFinite::Null, text),
            Cell::Numbers(numbers) => {
                text.push(b'[');
                text::numbers(numbers, b",", NotFinite::Null, text);
                text.push(b']');
            }
            Cell::Rules(rules) => {
                text.extend_from_slice(serde_json::Value::from(rules).to_string().as_bytes());
            }
        }
    }

    pub(super) fn into_part(self) -> Part {
        Part {
            start: if self.is_lines { 0 } else { BEGINNING.len() },
            bytes: self.text,
            n_rows: 0,
        }
    }

    pub(super) fn append(&mut self, part: &Part) {
        if !part.records().is_empty() {
            self.separate();
        }
        self.text.extend_from_slice(part.records());
    }

    pub(super) fn length(&self) -> usize {
        self.text.len()
    }

    pub(super) fn finish(mut self) -> Encoded {
        if !self.is_lines {
            self.text.extend_from_slice(b"]}");
        }
        Encoded {
            content_type: if self.is_lines {
                "application/jsonlines"
            } else {
                "application/json"
            },
            body: self.text,
        }
    }
}

#[cfg(test)]
mod tests {
    use algorithm::Labels;
    use serde_json::{Value, json};

    use records::Format;

    use crate::answer::testing::{classifier, encode, labels, regressor};

    #[test]
    fn a_record_is_an_object() {
        let rows = [0.0, 9.0, 1.0, 9.0];
        let keys = "predicted_label,labels,probability,probabilities,path";
        let expected = [
            json!({
                "predicted_label": "a,b", "labels": ["a,b", "c", "d"], "probability": 0.75,
                "probabilities": [0.75, 0.25, 0.0], "path": ["wi\"dth <= 0.5"],
            }),
            json!({
                "predicted_label": "c", "labels": ["a,b", "c", "d"], "probability": 0.5,
                "probabilities": [0.0, 0.5, 0.5], "path": ["wi\"dth > 0.5"],
            }),
        ];
        let model = classifier(labels());
        let document = encode(Format::Json, &model, keys, &rows);
        assert_eq!(document.content_type, "application/json");
        let document: Value = serde_json::from_slice(&document.body).unwrap();
        assert_eq!(document, json!({ "predictions": expected }));

        let lines = encode(Format::JsonLines, &model, keys, &rows);
        assert_eq!(lines.content_type, "application/jsonlines");
        let lines = String::from_utf8(lines.body).unwrap();
        assert!(lines.ends_with('\n'));
        let lines: Vec<Value> = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn labels_and_targets_keep_their_types() {
        let model = classifier(Labels::Integers(vec![-3, 5, 8]));
        let body = encode(Format::Json, &model, "predicted_label", &[1.0, 0.0]).body;
        assert_eq!(body, br#"{"predictions":[{"predicted_label":5}]}"#);
        let body = encode(Format::Json, &regressor(1), "predicted_score", &[0.0]).body;
        assert_eq!(body, br#"{"predictions":[{"predicted_score":1.5}]}"#);
        let body = encode(Format::Json, &regressor(2), "predicted_score", &[1.0]).body;
        assert_eq!(body, br#"{"predictions":[{"predicted_score":[-2.0,0.1]}]}"#);
    }
}
