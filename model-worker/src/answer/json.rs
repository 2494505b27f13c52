//! Answers as JSON: an object for each record, in an array or on a line of its own.

use algorithm::PredictError;

use super::{
    cells::{Cell, Cells},
    selection::Key,
    text::{self, NotFinite},
    vocabulary::Vocabulary,
    writer::Writer,
};

/// Writes `{"predictions":[{KEY:VALUE,...},...]}`, or an object on each line.
pub(super) struct JsonWriter<'a> {
    vocabulary: &'a Vocabulary,
    is_lines: bool,
}

impl<'a> JsonWriter<'a> {
    pub(super) fn document(vocabulary: &'a Vocabulary) -> Self {
        Self {
            vocabulary,
            is_lines: false,
        }
    }

    pub(super) fn lines(vocabulary: &'a Vocabulary) -> Self {
        Self {
            vocabulary,
            is_lines: true,
        }
    }

    fn value(&self, cell: Cell<'_>, text: &mut Vec<u8>) {
        match cell {
            Cell::Label(class) => text.extend_from_slice(&self.vocabulary.json[class]),
            Cell::Labels => text.extend_from_slice(&self.vocabulary.json_list),
            Cell::Number(number) => text::number(number, NotFinite::Null, text),
            Cell::Numbers(numbers) => {
                text.push(b'[');
                text::numbers(numbers, b",", NotFinite::Null, text);
                text.push(b']');
            }
            Cell::Lists(numbers, length) => text::lists(numbers, length, b",", text),
            Cell::Leaves(leaves) => text::integers(leaves, b",", text),
            Cell::Rules(rules) => {
                text.extend_from_slice(serde_json::Value::from(rules).to_string().as_bytes());
            }
        }
    }
}

impl Writer for JsonWriter<'_> {
    fn content_type(&self) -> &'static str {
        if self.is_lines {
            "application/jsonlines"
        } else {
            "application/json"
        }
    }

    fn begin(&mut self, answer: &mut Vec<u8>) {
        if !self.is_lines {
            answer.extend_from_slice(b"{\"predictions\":[");
        }
    }

    fn separate(&self, answer: &mut Vec<u8>) {
        if !self.is_lines && answer.last() == Some(&b'}') {
            answer.push(b',');
        }
    }

    fn records(
        &mut self,
        keys: &[Key],
        cells: &Cells<'_>,
        answer: &mut Vec<u8>,
    ) -> Result<(), PredictError> {
        for row in 0..cells.n_rows() {
            self.separate(answer);
            for (position, key) in keys.iter().enumerate() {
                answer.push(if position == 0 { b'{' } else { b',' });
                answer.push(b'"');
                answer.extend_from_slice(key.name().as_bytes());
                answer.extend_from_slice(b"\":");
                self.value(cells.get(*key, row)?, answer);
            }
            answer.push(b'}');
            if self.is_lines {
                answer.push(b'\n');
            }
        }
        Ok(())
    }

    fn end(&mut self, _n_rows: usize, answer: &mut Vec<u8>) {
        if !self.is_lines {
            answer.extend_from_slice(b"]}");
        }
    }
}

#[cfg(test)]
mod tests {
    use algorithm::Labels;
    use records::Format;
    use serde_json::{Value, json};

    use crate::{
        answer::testing::encode,
        testing::{classifier, explained, labels, regressor},
    };

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
    fn details_are_lists() {
        let keys = "leaf,raw_scores,contributions";
        let one = encode(Format::Json, &explained(1), keys, &[1.0, 9.0]).body;
        let expected = br#"{"predictions":[{"leaf":[1,2,3],"raw_scores":[1.0,2.0,3.0],"contributions":[0.1,0.9,0.5]}]}"#;
        assert_eq!(
            String::from_utf8_lossy(&one),
            String::from_utf8_lossy(expected)
        );
        let two = encode(
            Format::JsonLines,
            &explained(2),
            "contributions",
            &[1.0, 9.0],
        )
        .body;
        let expected = "{\"contributions\":[[0.1,0.9,0.5],[0.2,1.8,0.5]]}\n";
        assert_eq!(String::from_utf8_lossy(&two), expected);
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
