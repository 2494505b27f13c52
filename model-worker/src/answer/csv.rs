//! Answers as CSV: one line a record, ended by LF, a field a key.

use super::{
    Encoded, Key, Part, Vocabulary,
    cells::{Cell, Cells},
    text::{self, NotFinite, csv_field},
};

/// Lists are one field each, in AWS's form: `0,"[0.8, 0.2]"`. A regressor with several targets gives a
/// field a target.
pub(super) struct Writer<'a> {
    vocabulary: &'a Vocabulary,
    text: Vec<u8>,
    list: Vec<u8>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(vocabulary: &'a Vocabulary) -> Self {
        Self {
            vocabulary,
            text: Vec::new(),
            list: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, keys: &[Key], cells: &Cells<'_>) {
        for row in 0..cells.n_rows() {
            for (position, key) in keys.iter().enumerate() {
                if position > 0 {
                    self.text.push(b',');
                }
                self.field(*key, cells.get(*key, row));
            }
            self.text.push(b'\n');
        }
    }

    fn field(&mut self, key: Key, cell: Cell<'_>) {
        let text = &mut self.text;
        match cell {
            Cell::Label(label) => {
                let label = self.vocabulary.csv.get(label);
                text.extend_from_slice(label.map_or(&[], Vec::as_slice));
            }
            Cell::Labels => text.extend_from_slice(&self.vocabulary.csv_list),
            Cell::Number(number) => text::number(number, NotFinite::Named, text),
            Cell::Numbers(numbers) if key == Key::PredictedScore => {
                text::numbers(numbers, b",", NotFinite::Named, text);
            }
            Cell::Numbers(numbers) => {
                self.list.clear();
                self.list.push(b'[');
                text::numbers(numbers, b", ", NotFinite::Null, &mut self.list);
                self.list.push(b']');
                csv_field(&self.list, text);
            }
            Cell::Rules(rules) => csv_field(rules.join(" and ").as_bytes(), text),
        }
    }

    pub(super) fn into_part(self) -> Part {
        Part {
            bytes: self.text,
            start: 0,
            n_rows: 0,
        }
    }

    pub(super) fn append(&mut self, part: &Part) {
        self.text.extend_from_slice(part.records());
    }

    pub(super) fn length(&self) -> usize {
        self.text.len()
    }

    pub(super) fn finish(self) -> Encoded {
        Encoded {
            content_type: "text/csv; charset=utf-8",
            body: self.text,
        }
    }
}

#[cfg(test)]
mod tests {
    use records::Format;

    use crate::answer::testing::{classifier, encode, labels, regressor};

    #[test]
    fn a_record_is_a_line() {
        let model = classifier(labels());
        let rows = [0.0, 9.0, 1.0, 9.0];
        for (keys, text) in [
            ("predicted_label", "\"a,b\"\nc\n"),
            ("probability", "0.75\n0.5\n"),
            (
                "predicted_label,probabilities",
                "\"a,b\",\"[0.75, 0.25, 0.0]\"\nc,\"[0.0, 0.5, 0.5]\"\n",
            ),
            (
                "labels,raw_score",
                "\"[\"\"a,b\"\", \"\"c\"\", \"\"d\"\"]\",0.75\n\"[\"\"a,b\"\", \"\"c\"\", \"\"d\"\"]\",0.5\n",
            ),
            ("path", "\"wi\"\"dth <= 0.5\"\n\"wi\"\"dth > 0.5\"\n"),
        ] {
            let body = encode(Format::Csv, &model, keys, &rows).body;
            assert_eq!(String::from_utf8(body).unwrap(), text, "{keys}");
        }
    }

    #[test]
    fn a_regressor_gives_a_field_a_target() {
        let body = encode(Format::Csv, &regressor(1), "predicted_score", &[0.0, 1.0]).body;
        assert_eq!(body, b"1.5\n-2.0\n");
        let body = encode(Format::Csv, &regressor(2), "predicted_score", &[0.0, 1.0]).body;
        assert_eq!(body, b"1.5,0.0\n-2.0,0.1\n");
    }
}
