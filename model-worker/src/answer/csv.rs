//! Answers as CSV: a line for each record, ended by LF, and a field for each key.

use algorithm::PredictError;

use super::{
    cells::{Cell, Cells},
    selection::Key,
    text::{self, NotFinite},
    vocabulary::Vocabulary,
    writer::Writer,
};

/// A list is one field, in AWS's form: `0,"[0.8, 0.2]"`. A regressor with several targets has a field for
/// each target.
pub(super) struct CsvWriter<'a> {
    vocabulary: &'a Vocabulary,
    /// Reused from list to list.
    list: Vec<u8>,
}

impl<'a> CsvWriter<'a> {
    pub(super) fn new(vocabulary: &'a Vocabulary) -> Self {
        Self {
            vocabulary,
            list: Vec::new(),
        }
    }

    fn field(&mut self, key: Key, cell: Cell<'_>, text: &mut Vec<u8>) {
        match cell {
            Cell::Label(class) => text.extend_from_slice(&self.vocabulary.csv[class]),
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
                text::csv_field(&self.list, text);
            }
            Cell::Lists(numbers, length) => {
                self.list.clear();
                text::lists(numbers, length, b", ", &mut self.list);
                text::csv_field(&self.list, text);
            }
            Cell::Leaves(leaves) => {
                self.list.clear();
                text::integers(leaves, b", ", &mut self.list);
                text::csv_field(&self.list, text);
            }
            Cell::Rules(rules) => text::csv_field(rules.join(" and ").as_bytes(), text),
        }
    }
}

impl Writer for CsvWriter<'_> {
    fn content_type(&self) -> &'static str {
        "text/csv; charset=utf-8"
    }

    fn records(
        &mut self,
        keys: &[Key],
        cells: &Cells<'_>,
        answer: &mut Vec<u8>,
    ) -> Result<(), PredictError> {
        for row in 0..cells.n_rows() {
            for (position, key) in keys.iter().enumerate() {
                if position > 0 {
                    answer.push(b',');
                }
                self.field(*key, cells.get(*key, row)?, answer);
            }
            answer.push(b'\n');
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use records::Format;

    use crate::{
        answer::testing::encode,
        testing::{classifier, explained, labels, regressor, wide},
    };

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
    fn a_list_is_a_field() {
        for (outputs, keys, text) in [
            (1, "contributions", "\"[0.1, 0.9, 0.5]\"\n"),
            (
                2,
                "predicted_label,contributions",
                "c,\"[[0.1, 0.9, 0.5], [0.2, 1.8, 0.5]]\"\n",
            ),
            (1, "leaf,raw_score", "\"[1, 2, 3]\",3.0\n"),
            (1, "raw_scores", "\"[1.0, 2.0, 3.0]\"\n"),
        ] {
            let body = encode(Format::Csv, &explained(outputs), keys, &[1.0, 9.0]).body;
            assert_eq!(String::from_utf8(body).unwrap(), text, "{keys}");
        }
    }

    #[test]
    fn a_classifier_of_two_classes_has_a_raw_score_for_each() {
        let mut model = wide(1, 2);
        model.signature.raw_scores = 1;
        let body = encode(Format::Csv, &model, "raw_score,raw_scores", &[1.5, 0.25]).body;
        assert_eq!(body, b"1.5,\"[-1.5, 1.5]\"\n0.25,\"[-0.25, 0.25]\"\n");
    }

    #[test]
    fn a_regressor_has_a_field_for_each_target() {
        let body = encode(Format::Csv, &regressor(1), "predicted_score", &[0.0, 1.0]).body;
        assert_eq!(body, b"1.5\n-2.0\n");
        let body = encode(Format::Csv, &regressor(2), "predicted_score", &[0.0, 1.0]).body;
        assert_eq!(body, b"1.5,0.0\n-2.0,0.1\n");
    }
}
